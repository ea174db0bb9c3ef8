/** Dependencies: typed once, given with each run, seen by tools and instructions. */
import { ModelRetry, withDeps } from '../src/index.ts'
import { TestModel } from '../src/testing/index.ts'
import { z } from 'zod'

interface Shop {
  readonly customer: string
  readonly orders: ReadonlyMap<string, string>
}

const { Agent, tool } = withDeps<Shop>()

const listOrders = tool({
  name: 'list_orders',
  description: 'Ids of the orders of the customer.',
  execute: (_, { deps }) => [...deps.orders.keys()],
})

const orderState = tool({
  name: 'order_state',
  description: 'What is known about an order.',
  inputSchema: z.object({ id: z.enum(['A-1', 'A-2']) }),
  execute: ({ id }, { deps }) => {
    const state = deps.orders.get(id)
    if (state === undefined) throw new ModelRetry(`There is no order '${id}'.`)
    return state
  },
})

const agent = new Agent({
  model: new TestModel(), // calls each tool once with made-up arguments, then tells the results
  instructions: ({ deps }) => `You are talking to ${deps.customer}.`,
  tools: [listOrders, orderState],
})

const deps: Shop = { customer: 'Ada', orders: new Map([['A-1', 'packed']]) }
const result = await agent.run('Where is my order?', { deps }) // without deps it does not compile

const request = result.allMessages().find((message) => message.kind === 'request')
console.log(request?.instructions)
console.log(result.output)
