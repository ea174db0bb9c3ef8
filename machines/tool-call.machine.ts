/**
 * One tool call, from the response that asks for it to its result. The agent graph moves the entries of its ledger
 * through this chart; nothing runs here.
 *
 *   requested ──▶ waiting ──▶ executing ──▶ returned | retryAsked | failed | deferred
 *       │            ▲  │         │  ▲
 *       │            │  │         ▼  │
 *       │            │  │     interrupted ──▶ outcomeUnknown | skipped
 *       │            ▼  │
 *       │ awaitingApproval | awaitingAnswer ◀── executing
 *       │               │
 *       └───────────────┴──▶ skipped | deferred | retryAsked | returned | failed | denied | expired
 *
 *   T1. A call executes only after its arguments were validated.
 *   T2. A settled call stays settled: its states have no way out, so it never runs again.
 *   T3. A call that was cut off is not settled: it may start again, under the same id.
 *   T4. Any call that never ran can be skipped, so no call is left without a result.
 *   T5. A call that waits for a verdict goes on only with one: an approval, a denial, an answer, or that time is up.
 *   T6. A call that wants to ask somebody goes back to wait its turn while the run may end without it.
 */
import { setup } from 'xstate'

/** What can happen to a call. */
export type ToolCallEvent = { readonly type: ToolCallEventType }

/** The types of what can happen to a call. */
export type ToolCallEventType =
  /** Its arguments fit; for a call answered from outside, it has been accepted as such. */
  | 'call-validated'
  | 'call-started'
  | 'call-returned'
  /** The model is asked to call again: arguments that do not fit, an unknown tool, or the tool's wish. */
  | 'call-retry-asked'
  | 'call-failed'
  /** A person is asked whether it may run. */
  | 'call-approval-asked'
  /** Somebody outside is asked for its result. */
  | 'call-answer-asked'
  /** It is to ask somebody, and does so only if the run does not end with this response. */
  | 'call-held-back'
  /** What was asked is known, or nobody said it in time. */
  | 'call-verdict-given'
  /** A person said no. */
  | 'call-denied'
  /** Nobody said anything in time. */
  | 'call-expired'
  /** Its result will come from outside, after this run. */
  | 'call-deferred'
  /** The run ends without it. */
  | 'call-skipped'
  /** It threw, or was cancelled because of a sibling or the run. */
  | 'call-interrupted'
  /** It was running when its process ended, and is not to run twice. */
  | 'call-outcome-unknown'

/** Where a call is; states without a way out are its ends. */
export type ToolCallState =
  | 'requested'
  | 'waiting'
  | 'awaitingApproval'
  | 'awaitingAnswer'
  | 'executing'
  | 'interrupted'
  | 'returned'
  | 'retryAsked'
  | 'failed'
  | 'denied'
  | 'deferred'
  | 'skipped'
  | 'expired'
  | 'outcomeUnknown'

const settled = {
  'call-returned': 'returned',
  'call-retry-asked': 'retryAsked',
  'call-failed': 'failed',
  'call-deferred': 'deferred',
} as const

const asked = {
  'call-approval-asked': 'awaitingApproval',
  'call-answer-asked': 'awaitingAnswer',
} as const

/** The chart of one tool call. */
export const toolCallMachine = setup({
  types: {} as { events: ToolCallEvent },
}).createMachine({
  id: 'tool-call',
  initial: 'requested',
  states: {
    requested: {
      on: {
        ...settled, // known without running: answered from outside, refused, or put off
        'call-denied': 'denied',
        'call-skipped': 'skipped', // T4
        'call-validated': 'waiting',
      },
    },
    waiting: {
      on: {
        ...settled,
        ...asked,
        'call-denied': 'denied',
        'call-expired': 'expired',
        'call-skipped': 'skipped', // T4
        'call-started': 'executing', // T1
      },
    },
    awaitingApproval: { on: { 'call-verdict-given': 'waiting', 'call-skipped': 'skipped' } }, // T5
    awaitingAnswer: { on: { 'call-verdict-given': 'waiting', 'call-skipped': 'skipped' } },
    executing: {
      on: {
        ...settled,
        ...asked,
        'call-held-back': 'waiting', // T6
        'call-interrupted': 'interrupted',
      },
    },
    interrupted: {
      on: {
        'call-started': 'executing', // T3
        'call-skipped': 'skipped',
        'call-outcome-unknown': 'outcomeUnknown',
      },
    },
    returned: { type: 'final' }, // T2
    retryAsked: { type: 'final' },
    failed: { type: 'final' },
    denied: { type: 'final' },
    deferred: { type: 'final' },
    skipped: { type: 'final' },
    expired: { type: 'final' },
    outcomeUnknown: { type: 'final' },
  },
})

const moves = movesOf(toolCallMachine.config.states ?? {})

/**
 * The state after an event, read off the chart's own definition; the same state where the chart does not handle it.
 * The chart has neither guards nor actions, so a look-up is all that a transition is.
 */
export function moveToolCall(state: ToolCallState, event: ToolCallEventType): ToolCallState {
  return moves.get(state)?.get(event) ?? state
}

/** Whether nothing more can happen to a call in this state. */
export function isSettled(state: ToolCallState): boolean {
  return moves.get(state)?.size === 0
}

function movesOf(
  states: Readonly<Record<string, { readonly on?: unknown }>>,
): ReadonlyMap<string, ReadonlyMap<string, ToolCallState>> {
  return new Map(
    Object.entries(states).map(([state, { on }]) => [state, new Map(Object.entries(on ?? {}))]),
  )
}
