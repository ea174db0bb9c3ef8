/**
 * A refund. The only way to `Paying` leads through `human.approve`, which no tool sends.
 *
 *   Open ──request──▶ Checking ──human.approve──▶ Approved ──pay──▶ Paying ──▶ Paid
 *    ▲                   │ human.reject, withdraw     │ withdraw       │ bank fails
 *    └───────────────────┴────────────────────────────┴───────────────┘
 */
import { assign, fromPromise, setup } from 'xstate'

/** What was asked for; the amount is settled before a person looks at it. */
export interface RefundOrder {
  readonly order: number
  /** What was paid for the order, in euros: no refund is higher. */
  readonly price: number
}

export const refundMachine = setup({
  // oxlint-disable-next-line typescript/no-unnecessary-type-assertion -- XState reads types off a value
  types: {} as {
    input: RefundOrder
    context: RefundOrder & { euros: number; reason: string; approvedBy: string | null }
    events:
      | { type: 'request'; euros: number; reason: string }
      | { type: 'withdraw' }
      | { type: 'pay' }
      | { type: 'human.approve'; by: string }
      | { type: 'human.reject'; by: string }
  },
  actors: {
    // Transfers the money; given with `provide`.
    bank: fromPromise<void, { order: number; euros: number }>(async () => {
      throw new Error('There is no bank')
    }),
  },
  guards: {
    isCovered: ({ context }, { euros }: { euros: number }) => euros > 0 && euros <= context.price,
  },
}).createMachine({
  id: 'refund',
  context: ({ input }) => ({ ...input, euros: 0, reason: '', approvedBy: null }),
  initial: 'Open',
  states: {
    Open: {
      entry: assign({ euros: 0, reason: '', approvedBy: null }),
      on: {
        request: {
          description: 'Asks for a refund. A person decides about it.',
          guard: { type: 'isCovered', params: ({ event }) => ({ euros: event.euros }) },
          target: 'Checking',
          actions: assign({
            euros: ({ event }) => event.euros,
            reason: ({ event }) => event.reason,
          }),
        },
      },
    },
    Checking: {
      description: 'A person looks at the request.',
      on: {
        'human.approve': {
          target: 'Approved',
          actions: assign({ approvedBy: ({ event }) => event.by }),
        },
        'human.reject': 'Open',
        withdraw: { description: 'Takes the request back.', target: 'Open' },
      },
    },
    Approved: {
      on: {
        pay: { description: 'Pays what was approved.', target: 'Paying' },
        withdraw: { description: 'Takes the request back.', target: 'Open' },
      },
    },
    Paying: {
      invoke: {
        id: 'bank',
        src: 'bank',
        input: ({ context: { order, euros } }) => ({ order, euros }),
        onDone: 'Paid',
        onError: 'Open',
      },
    },
    Paid: { type: 'final' },
  },
})
