/** An agent that answers offline, with a tool of each sort: one that looks up, one that needs approval, one that runs elsewhere. */
import { setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import {
  Agent,
  externalToolset,
  type ModelMessage,
  type ResponseDelta,
  tool,
} from '../../src/index.ts'
import type { InspectedAgent } from '../../src/ui/index.ts'
import { FunctionModel } from '../../src/testing/index.ts'

const findOrder = tool({
  name: 'find_order',
  description: 'Looks an order up.',
  inputSchema: z.object({ order: z.string() }),
  execute: async ({ order }) => {
    await setTimeout(180)
    return {
      order,
      customer: 'Ada Holm',
      total: '64.00',
      currency: 'EUR',
      items: [
        { sku: 'lamp-02', price: '49.00', returned: true },
        { sku: 'bulb-e27', price: '15.00', returned: false },
      ],
    }
  },
})

const refund = tool({
  name: 'refund',
  description: 'Pays money back.',
  inputSchema: z.object({ order: z.string(), amount: z.string() }),
  needsApproval: true,
  execute: async ({ order, amount }) => {
    await setTimeout(240)
    return { order, paid: amount, reference: 'RF-20871' }
  },
})

const elsewhere = externalToolset([
  {
    name: 'ask_customer',
    description: 'Asks the customer.',
    parametersJsonSchema: { type: 'object', properties: { question: { type: 'string' } } },
  },
])

type Part = ModelMessage['parts'][number]

/** What the model says, by what happened before. */
function pieces(messages: readonly ModelMessage[]): readonly ResponseDelta[] {
  const returns = messages
    .flatMap(({ parts }): readonly Part[] => parts)
    .filter(({ partKind }) => partKind === 'tool-return' || partKind === 'retry-prompt').length
  if (returns === 0) {
    return [
      ...words('thinking', 'The customer wants money back for one item. I need the order first.'),
      ...words('text', 'I will look the order up and ask which item came back.'),
      { kind: 'tool-call', toolName: 'find_order', args: '{"order": ', toolCallId: 'call_find' },
      { kind: 'tool-call', args: '"A-1093"}' },
      {
        kind: 'tool-call',
        toolName: 'ask_customer',
        args: { question: 'Was the lamp damaged, or did you change your mind?' },
        toolCallId: 'call_ask',
      },
    ]
  }
  if (returns === 2) {
    return [
      ...words('thinking', 'Only the lamp came back: 49.00, not the 64.00 of the whole order.'),
      ...words('text', 'The lamp came back, so 49.00 EUR are due.'),
      {
        kind: 'tool-call',
        toolName: 'refund',
        args: { order: 'A-1093', amount: '49.00' },
        toolCallId: 'call_refund',
      },
    ]
  }
  return words(
    'text',
    'Done. Ada Holm gets her money back under RF-20871, within three working days.',
  )
}

function words(kind: 'text' | 'thinking', content: string): readonly ResponseDelta[] {
  return content.split(/(?<= )/).map((word) => ({ kind, content: word }))
}

/** The agent. Each piece of an answer waits for what `beforePiece` returns. */
export function supportAgent(
  beforePiece: (piece: ResponseDelta) => Promise<unknown> | undefined = () => undefined,
): InspectedAgent {
  const model = new FunctionModel(
    async function* support(messages) {
      for (const piece of pieces(messages)) {
        await beforePiece(piece)
        yield piece
      }
      const asked = messages.length * 412
      const usage = { inputTokens: asked, outputTokens: 58, cost: (asked * 0.000002).toFixed(6) }
      yield { kind: 'response', usage }
    },
    { modelName: 'scripted-large' },
  )
  return new Agent({
    name: 'support',
    instructions: 'You help customers of a lamp shop. Be brief, and careful with money.',
    model,
    tools: [findOrder, refund],
    toolsets: [elsewhere],
  })
}
