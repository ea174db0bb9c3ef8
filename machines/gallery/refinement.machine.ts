/**
 * An evaluator and an optimizer in a loop: one writes, the other scores and says what to do better. After the last round
 * the best draft counts, which need not be the last one.
 *
 *      ┌───────── not good enough ─────────┐
 *      ▼                                   │
 *   Writing ──▶ Judging ──▶ Weighing ──────┤
 *      │           │            │          └─ rounds used up ──▶ OutOfRounds
 *      └───────────┴──▶ Failed  └──▶ Accepted
 *
 * Use it when there are criteria that a second reader can apply, and a revision tends to help. When code can check the
 * output, an output validator of the agent is enough: it throws `ModelRetry`, and the same run tries again.
 */
import { assign, setup } from 'xstate'
import { type Fault, slot, toFailed, type Work } from './slot.ts'

/** What a critic says of a draft. */
export interface Critique {
  /** The higher, the better. */
  readonly score: number
  readonly feedback: string
}

/** A draft and what the critic said of it. */
export interface ScoredDraft extends Critique {
  readonly text: string
}

/** What a refinement is given. */
export interface RefinementInput {
  readonly task: string
  /** A draft with this score is accepted. */
  readonly targetScore: number
  /** How many drafts are written at most. Default 3. */
  readonly maxRounds?: number
}

/** What a refinement knows. It is the output, too: also a failed one keeps its best draft. */
export interface RefinementContext extends Required<RefinementInput> {
  /** Written and not scored yet. */
  readonly draft: string
  readonly last: ScoredDraft | null
  /** The one with the highest score so far; of two the earlier one. */
  readonly best: ScoredDraft | null
  /** Drafts that were scored. */
  readonly rounds: number
  /** What was thrown that led to `Failed`; `null` everywhere else. */
  readonly error: unknown
}

/** Slots: `writer` (text) and `critic` ({@link Critique}). */
export const refinementMachine = setup({
  types: {} as { input: RefinementInput; context: RefinementContext; output: RefinementContext },
  actors: { writer: slot<string>('writer'), critic: slot<Critique>('critic') },
  guards: {
    isGoodEnough: ({ context: { last, targetScore } }) => (last?.score ?? -Infinity) >= targetScore,
    hasRoundsLeft: ({ context }) => context.rounds < context.maxRounds,
  },
  actions: {
    keepDraft: assign((_, { output }: Work<string>) => ({ draft: output })),
    keepCritique: assign(({ context: { draft, best, rounds } }, { output }: Work<Critique>) => {
      const last = { text: draft, score: output.score, feedback: output.feedback }
      return { last, best: best && best.score >= last.score ? best : last, rounds: rounds + 1 }
    }),
    keepError: assign((_, { error }: Fault) => ({ error })),
  },
}).createMachine({
  id: 'refinement',
  context: ({ input }) => ({
    maxRounds: 3,
    ...input,
    draft: '',
    last: null,
    best: null,
    rounds: 0,
    error: null,
  }),
  output: ({ context }) => context,
  initial: 'Writing',
  states: {
    Writing: {
      invoke: {
        id: 'writer',
        src: 'writer',
        input: ({ context: { task, last } }) => ({
          prompt: last ? `${task}\n\nDraft:\n${last.text}\n\nFeedback:\n${last.feedback}` : task,
        }),
        onDone: {
          target: 'Judging',
          actions: { type: 'keepDraft', params: ({ event }) => event.output },
        },
        onError: toFailed,
      },
    },
    Judging: {
      invoke: {
        id: 'critic',
        src: 'critic',
        input: ({ context: { task, draft } }) => ({ prompt: `${task}\n\nDraft:\n${draft}` }),
        onDone: {
          target: 'Weighing',
          actions: { type: 'keepCritique', params: ({ event }) => event.output },
        },
        onError: toFailed,
      },
    },
    Weighing: {
      always: [
        { guard: 'isGoodEnough', target: 'Accepted' },
        { guard: 'hasRoundsLeft', target: 'Writing' },
        { target: 'OutOfRounds' },
      ],
    },
    Accepted: { type: 'final' },
    OutOfRounds: { type: 'final' },
    Failed: { type: 'final' },
  },
})
