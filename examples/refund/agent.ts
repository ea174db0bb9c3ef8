import { z } from 'zod'
import type { ActorRefFrom } from 'xstate'
import { actorToolset, Agent, type ModelInput } from '../../src/index.ts'
import type { refundMachine } from './refund.machine.ts'

/** An agent that moves one refund on, as far as its chart lets it. */
export function refundAgent(actor: ActorRefFrom<typeof refundMachine>, model: ModelInput): Agent {
  const moves = actorToolset(actor, {
    only: ['request', 'withdraw', 'pay'], // what people decide is no tool, in no state
    events: {
      request: {
        inputSchema: z.object({ euros: z.number(), reason: z.string() }),
        refusal: 'A refund is above 0 and at most what was paid for the order.',
      },
    },
    context: ({ order, price, euros }) => ({ order, price, euros }),
    waitFor: 'idle',
  })
  return new Agent({
    name: 'refunds',
    model,
    instructions: 'Handle the customer’s mail. Refunds are yours to ask for, not to approve.',
    toolsets: [moves],
  })
}
