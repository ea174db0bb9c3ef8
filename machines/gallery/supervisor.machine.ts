/**
 * A supervisor with a budget: it decides who does what next, reads what came of it, and decides again until it has the
 * answer or the money is gone.
 *
 *   Supervising ──▶ Weighing ──▶ Done
 *        ▲           ▲ │ │ └───▶ BudgetSpent
 *        │           │ │ └─▶ Researching ─┐
 *        │           │ └───▶ Writing ─────┤
 *        │           └────────────────────┘
 *        └── somebody has reported              any of them fails: Failed
 *
 * One budget holds for all: each run begins at what was spent before it and ends with the sum, so it is also stopped on
 * its way. Use it when the order of the work is not known beforehand. When it is, a pipeline says more; when the
 * supervisor can decide within one run, give it the workers as tools: `worker.asTool()` shares usage and limits, too.
 */
import { assign, setup } from 'xstate'
import { UsageLimitExceeded } from '../../src/errors/index.ts'
import {
  checkBeforeRequest,
  emptyRunUsage,
  resolveLimits,
  type RunUsage,
  type UsageLimits,
} from '../../src/usage/index.ts'
import { type Fault, slot, toFailed, type Work } from './slot.ts'

/** What a supervisor says: who does what next, or the answer. */
export type Order =
  | { readonly worker: 'researcher' | 'writer'; readonly task: string }
  | { readonly answer: string }

/** What a worker has done. */
export interface Report {
  readonly worker: 'researcher' | 'writer'
  readonly task: string
  readonly text: string
}

/** What everybody here is asked: an agent's own options share the budget. */
export interface BudgetedAssignment {
  readonly prompt: string
  /** What was spent before. The work counts on from there. */
  readonly usage: RunUsage
  readonly usageLimits: UsageLimits
}

/** What comes of it: an agent's own output. */
export interface BudgetedWork<TOutput> extends Work<TOutput> {
  /** All that was spent, with what was spent before. */
  readonly usage: RunUsage
}

/** What a supervision is given. */
export interface SupervisionInput {
  readonly goal: string
  /** For all runs together: tokens, requests, dollars. A run's default of 50 requests holds as well. */
  readonly budget: UsageLimits
}

/** What a supervision knows. It is the output, too: what was reported is there when the budget is spent. */
export interface SupervisionContext extends SupervisionInput {
  /** Of all runs that came to their end. */
  readonly usage: RunUsage
  readonly order: Order | null
  readonly reports: readonly Report[]
  /** At `Done` only. */
  readonly answer: string | null
  /** What was thrown; `null` when nothing was. A run that hit the limit throws `UsageLimitExceeded`. */
  readonly error: unknown
}

function isSpent({ usage, budget }: SupervisionContext): boolean {
  try {
    checkBeforeRequest(usage, resolveLimits(budget))
    return false
  } catch (error) {
    if (error instanceof UsageLimitExceeded) return true
    throw error
  }
}

function workerOf({ order }: SupervisionContext): Report['worker'] | null {
  return order && 'worker' in order ? order.worker : null
}

function taskOf({ order, usage, budget }: SupervisionContext): BudgetedAssignment {
  return { prompt: order && 'task' in order ? order.task : '', usage, usageLimits: budget }
}

function situationOf({ goal, reports, usage, budget }: SupervisionContext): BudgetedAssignment {
  const lines = reports.map(({ worker, task, text }) => `${worker} on '${task}': ${text}`)
  return { prompt: [goal, ...lines].join('\n\n'), usage, usageLimits: budget }
}

const params = ({ event }: { readonly event: Fault }) => event

const failed = [
  {
    guard: { type: 'hitTheLimit', params },
    target: 'BudgetSpent',
    actions: { type: 'keepError', params },
  },
  toFailed,
] as const

/** Slots: `supervisor` ({@link Order}), `researcher` and `writer` (text); all tell their usage. */
export const supervisorMachine = setup({
  types: {} as { input: SupervisionInput; context: SupervisionContext; output: SupervisionContext },
  actors: {
    supervisor: slot<Order, BudgetedAssignment, BudgetedWork<Order>>('supervisor'),
    researcher: slot<string, BudgetedAssignment, BudgetedWork<string>>('researcher'),
    writer: slot<string, BudgetedAssignment, BudgetedWork<string>>('writer'),
  },
  guards: {
    hitTheLimit: (_, { error }: Fault) => error instanceof UsageLimitExceeded,
    hasAnswer: ({ context }) => context.answer !== null,
    isSpent: ({ context }) => isSpent(context),
    isForResearcher: ({ context }) => workerOf(context) === 'researcher',
    isForWriter: ({ context }) => workerOf(context) === 'writer',
  },
  actions: {
    keepOrder: assign((_, { output, usage }: BudgetedWork<Order>) => ({
      usage,
      order: output,
      answer: 'answer' in output ? output.answer : null,
    })),
    keepReport: assign(({ context: { order, reports } }, work: BudgetedWork<string>) => ({
      usage: work.usage,
      order: null,
      reports: order && 'worker' in order ? [...reports, { ...order, text: work.output }] : reports,
    })),
    keepError: assign((_, { error }: Fault) => ({ error })),
  },
}).createMachine({
  id: 'supervisor',
  context: ({ input: { goal, budget } }) => ({
    goal,
    budget,
    usage: emptyRunUsage,
    order: null,
    reports: [],
    answer: null,
    error: null,
  }),
  output: ({ context }) => context,
  initial: 'Supervising',
  states: {
    Supervising: {
      invoke: {
        id: 'supervisor',
        src: 'supervisor',
        input: ({ context }) => situationOf(context),
        onDone: {
          target: 'Weighing',
          actions: { type: 'keepOrder', params: ({ event }) => event.output },
        },
        onError: failed,
      },
    },
    Weighing: {
      always: [
        { guard: 'hasAnswer', target: 'Done' },
        { guard: 'isSpent', target: 'BudgetSpent' },
        { guard: 'isForResearcher', target: 'Researching' },
        { guard: 'isForWriter', target: 'Writing' },
        { target: 'Supervising' },
      ],
    },
    Researching: {
      invoke: {
        id: 'researcher',
        src: 'researcher',
        input: ({ context }) => taskOf(context),
        onDone: {
          target: 'Weighing',
          actions: { type: 'keepReport', params: ({ event }) => event.output },
        },
        onError: failed,
      },
    },
    Writing: {
      invoke: {
        id: 'writer',
        src: 'writer',
        input: ({ context }) => taskOf(context),
        onDone: {
          target: 'Weighing',
          actions: { type: 'keepReport', params: ({ event }) => event.output },
        },
        onError: failed,
      },
    },
    Done: { type: 'final' },
    BudgetSpent: { type: 'final' },
    Failed: { type: 'final' },
  },
})
