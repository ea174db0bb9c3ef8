import { z } from 'zod'
import { Agent, tool, type ToolCallPartInput } from '../../src/index.ts'
import { FunctionModel } from '../../src/testing/index.ts'

const lookUpOrder = tool({
  name: 'look_up_order',
  description: 'What was ordered, and what it cost.',
  inputSchema: z.object({ order: z.number() }),
  execute: ({ order }) => ({ order, item: 'kettle', euros: 30 }),
})

const refund = tool({
  name: 'refund',
  description: 'Pays money back.',
  inputSchema: z.object({ order: z.number(), euros: z.number() }),
  needsApproval: true,
  execute: ({ order, euros }, ctx) => {
    console.log(`paid ${euros} euros back for order ${order} (key ${ctx.toolCallId})`)
    return `${euros} euros are on their way`
  },
})

/** What both the service and its workers know. The name tells the store whose runs they are. */
export const agent = new Agent({
  name: 'refunds',
  instructions: 'You refund orders.',
  tools: [lookUpOrder, refund],
  deferred: 'wait', // a run waits for approval instead of ending with the question
  model: new FunctionModel((messages) => answers[(messages.length - 1) / 2] ?? 'Hm.', {
    modelName: 'stand-in',
  }),
})

/** A stand-in for a model, so that the example needs no key. */
const answers = [
  { parts: [call('look_up_order', { order: 7 })] },
  { parts: [call('refund', { order: 7, euros: 30 })] },
  'Your money is on its way.',
]

function call(toolName: string, args: Readonly<Record<string, unknown>>): ToolCallPartInput {
  return { partKind: 'tool-call', toolName, toolCallId: `call-${toolName}`, args }
}
