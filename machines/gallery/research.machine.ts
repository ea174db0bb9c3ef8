/**
 * Parallel research with a join: a topic is split into questions, each has a researcher of its own, all work at the same
 * time, and somebody writes up what they found. It goes on without those who failed, as long as enough have answered.
 *
 *   Planning ──▶ Researching ──▶ Writing ──▶ Done
 *      │          │ ● ● ● ●  └─ too few ──▶ TooFewAnswers
 *      └──────────┼──────────────┴──▶ Failed
 *                 └── cancel, at any time ──▶ Cancelled: all researchers are stopped
 *
 * Use it when the parts need each other's answers only at the end. `Promise.allSettled` over `agent.run()` does the same
 * when nobody watches, nothing is put away on the way, and one signal is enough to cancel.
 */
import {
  assign,
  type DoneActorEvent,
  enqueueActions,
  type ErrorActorEvent,
  setup,
  stopChild,
} from 'xstate'
import { type Fault, slot, toFailed, type Work } from './slot.ts'

/** A question, and what became of it. */
export interface Finding {
  /** Of the researcher's actor. */
  readonly id: string
  readonly question: string
  readonly answer: string | null
  readonly state: 'asked' | 'answered' | 'failed'
}

/** What a piece of research is given. */
export interface ResearchInput {
  readonly topic: string
  /** How many questions are asked at most; what the planner has beyond that is left out. Default 5. */
  readonly maxQuestions?: number
  /** How many answers are enough to go on with. Default `null`: all of them. */
  readonly minAnswers?: number | null
}

/** What a piece of research knows. It is the output, too. */
export interface ResearchContext extends Required<ResearchInput> {
  /** In the order of the questions. */
  readonly findings: readonly Finding[]
  /** At `Done` only. */
  readonly text: string | null
  /** What was thrown that led to `Failed`; `null` everywhere else. */
  readonly error: unknown
}

/** What it is told: by people, and by the researchers' actors. */
export type ResearchEvent =
  | { readonly type: 'cancel' }
  | DoneActorEvent<Work<string>>
  | ErrorActorEvent

function count({ findings }: ResearchContext, ...states: readonly Finding['state'][]): number {
  return findings.filter(({ state }) => states.includes(state)).length
}

function needed({ findings, minAnswers }: ResearchContext): number {
  return Math.max(1, minAnswers ?? findings.length)
}

function settle(findings: readonly Finding[], id: string, answer: string | null): Finding[] {
  const state = answer === null ? 'failed' : 'answered'
  return findings.map((finding) => (finding.id === id ? { ...finding, answer, state } : finding))
}

/** Slots: `planner` (questions), `researcher` (text; an actor for each question), `writer` (text). */
export const researchMachine = setup({
  types: {} as {
    input: ResearchInput
    context: ResearchContext
    events: ResearchEvent
    output: ResearchContext
  },
  actors: {
    planner: slot<readonly string[]>('planner'),
    researcher: slot<string>('researcher'),
    writer: slot<string>('writer'),
  },
  guards: {
    hasTooFew: ({ context }) => count(context, 'answered', 'asked') < needed(context),
    isComplete: ({ context }) => count(context, 'asked') === 0,
  },
  actions: {
    keepQuestions: assign(({ context }, { output }: Work<readonly string[]>) => ({
      findings: output.slice(0, context.maxQuestions).map((question, index) => {
        return { id: `researcher-${index}`, question, answer: null, state: 'asked' as const }
      }),
    })),
    askAll: enqueueActions(({ context, enqueue }) => {
      for (const { id, question } of context.findings) {
        enqueue.spawnChild('researcher', { id, input: { prompt: question } })
      }
    }),
    keepAnswer: assign(({ context }, { actorId, output }: DoneActorEvent<Work<string>>) => ({
      findings: settle(context.findings, actorId, output.output),
    })),
    keepFailure: assign(({ context }, { actorId }: ErrorActorEvent) => ({
      findings: settle(context.findings, actorId, null),
    })),
    letGo: stopChild((_, { actorId }: { readonly actorId: string }) => actorId),
    keepText: assign((_, { output }: Work<string>) => ({ text: output })),
    keepError: assign((_, { error }: Fault) => ({ error })),
  },
}).createMachine({
  id: 'research',
  context: ({ input }) => ({
    maxQuestions: 5,
    minAnswers: null,
    ...input,
    findings: [],
    text: null,
    error: null,
  }),
  output: ({ context }) => context,
  on: { cancel: '.Cancelled' },
  initial: 'Planning',
  states: {
    Planning: {
      invoke: {
        id: 'planner',
        src: 'planner',
        input: ({ context }) => ({ prompt: context.topic }),
        onDone: {
          target: 'Researching',
          actions: { type: 'keepQuestions', params: ({ event }) => event.output },
        },
        onError: toFailed,
      },
    },
    Researching: {
      entry: 'askAll',
      always: [
        { guard: 'hasTooFew', target: 'TooFewAnswers' },
        { guard: 'isComplete', target: 'Writing' },
      ],
      on: {
        'xstate.done.actor.*': {
          actions: [
            { type: 'keepAnswer', params: ({ event }) => event },
            { type: 'letGo', params: ({ event }) => event },
          ],
        },
        'xstate.error.actor.*': {
          actions: [
            { type: 'keepFailure', params: ({ event }) => event },
            { type: 'letGo', params: ({ event }) => event },
          ],
        },
      },
    },
    Writing: {
      invoke: {
        id: 'writer',
        src: 'writer',
        input: ({ context: { topic, findings } }) => ({
          prompt: [
            topic,
            ...findings.map(({ question, answer, state }) =>
              state === 'answered' ? `${question}\n${answer}` : `${question}\n(nothing was found)`,
            ),
          ].join('\n\n'),
        }),
        onDone: {
          target: 'Done',
          actions: { type: 'keepText', params: ({ event }) => event.output },
        },
        onError: toFailed,
      },
    },
    Done: { type: 'final' },
    TooFewAnswers: { type: 'final' },
    Cancelled: { type: 'final' },
    Failed: { type: 'final' },
  },
})
