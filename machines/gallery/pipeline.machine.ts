/**
 * A sequential pipeline: each step works on what the one before it has made. A gate behind the first one stops what is
 * not worth going on with.
 *
 *   Outlining ──▶ Drafting ──▶ Editing ──▶ Done
 *    │     │          │           │
 *    │     └──────────┴───────────┴──▶ Failed
 *    └─ too few points ──▶ Rejected
 *
 * Use it when people want to see which step a piece of work is in, or put it away between two steps. Where nobody looks
 * and nothing is kept, three `await`s in a function say the same.
 */
import { assign, setup } from 'xstate'
import { type Fault, slot, toFailed, type Work } from './slot.ts'

/** What a pipeline is given. */
export interface PipelineInput {
  readonly topic: string
  /** The gate: how many points an outline needs at least. Default 1. */
  readonly minPoints?: number
}

/** What the steps have made so far; what is not there yet is `null`. It is the output, too. */
export interface PipelineContext {
  readonly topic: string
  readonly minPoints: number
  readonly outline: readonly string[] | null
  readonly draft: string | null
  /** The finished text, at `Done` only. */
  readonly text: string | null
  /** What the step threw that led to `Failed`; `null` everywhere else. */
  readonly error: unknown
}

/** Slots: `outliner` (a list of points), `drafter` and `editor` (text). */
export const pipelineMachine = setup({
  types: {} as { input: PipelineInput; context: PipelineContext; output: PipelineContext },
  actors: {
    outliner: slot<readonly string[]>('outliner'),
    drafter: slot<string>('drafter'),
    editor: slot<string>('editor'),
  },
  guards: {
    hasPoints: ({ context }, { output }: Work<readonly string[]>) =>
      output.length >= context.minPoints,
  },
  actions: {
    keepOutline: assign((_, { output }: Work<readonly string[]>) => ({ outline: output })),
    keepDraft: assign((_, { output }: Work<string>) => ({ draft: output })),
    keepText: assign((_, { output }: Work<string>) => ({ text: output })),
    keepError: assign((_, { error }: Fault) => ({ error })),
  },
}).createMachine({
  id: 'pipeline',
  context: ({ input: { topic, minPoints = 1 } }) => ({
    topic,
    minPoints,
    outline: null,
    draft: null,
    text: null,
    error: null,
  }),
  output: ({ context }) => context,
  initial: 'Outlining',
  states: {
    Outlining: {
      invoke: {
        id: 'outliner',
        src: 'outliner',
        input: ({ context }) => ({ prompt: context.topic }),
        onDone: [
          {
            guard: { type: 'hasPoints', params: ({ event }) => event.output },
            target: 'Drafting',
            actions: { type: 'keepOutline', params: ({ event }) => event.output },
          },
          {
            target: 'Rejected',
            actions: { type: 'keepOutline', params: ({ event }) => event.output },
          },
        ],
        onError: toFailed,
      },
    },
    Drafting: {
      invoke: {
        id: 'drafter',
        src: 'drafter',
        input: ({ context: { topic, outline } }) => ({
          prompt: [topic, ...(outline ?? [])].join('\n- '),
        }),
        onDone: {
          target: 'Editing',
          actions: { type: 'keepDraft', params: ({ event }) => event.output },
        },
        onError: toFailed,
      },
    },
    Editing: {
      invoke: {
        id: 'editor',
        src: 'editor',
        input: ({ context }) => ({ prompt: context.draft ?? '' }),
        onDone: {
          target: 'Done',
          actions: { type: 'keepText', params: ({ event }) => event.output },
        },
        onError: toFailed,
      },
    },
    Done: { type: 'final' },
    Rejected: { type: 'final' },
    Failed: { type: 'final' },
  },
})
