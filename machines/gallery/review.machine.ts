/**
 * A person reviews what an agent has written: approves it, sends it back with a comment, or edits it first. Nothing leaves
 * without an approval, whatever the agent says.
 *
 *   Drafting ──▶ InReview ──▶ Approved
 *       │         │  ▲  └─ too often rejected ──▶ Rejected
 *       │  reject │  │  └─ deadline-passed ─────▶ Expired
 *       │         ▼  │
 *       │       Revising ──▶ Failed
 *       └────────────────────▶
 *
 * `InReview` may last for weeks: no work goes on in there, and `getPersistedSnapshot()` is small plain JSON. Use it for
 * text as a whole; when single calls of tools need a person, `needsApproval` of the tool asks within the run.
 */
import { assign, setup } from 'xstate'
import { type Fault, slot, toFailed, type Work } from './slot.ts'

/** What a person says. `by` is for the record: take it from the session. */
export type ReviewEvent =
  | { readonly type: 'approve'; readonly by: string }
  | { readonly type: 'reject'; readonly by: string; readonly comment: string }
  /** Replaces the draft, which is then still to be approved. */
  | { readonly type: 'edit'; readonly by: string; readonly text: string }
  /** From whoever keeps the time; `at` in milliseconds since the epoch. Before the deadline it does nothing. */
  | { readonly type: 'deadline-passed'; readonly at: number }

/** What a review is given. */
export interface ReviewInput {
  readonly task: string
  /** How often the draft may be sent back; one rejection more ends the review. Default 3. */
  readonly maxRevisions?: number
  /** When the review is to be over, in milliseconds since the epoch. Default `null`: never. */
  readonly deadline?: number | null
}

/** What a review knows. It is the output, too. */
export interface ReviewContext extends Required<ReviewInput> {
  readonly draft: string | null
  /** What people said, in order. */
  readonly verdicts: readonly Exclude<ReviewEvent, { readonly type: 'deadline-passed' }>[]
  readonly revisions: number
  /** What was thrown that led to `Failed`; `null` everywhere else. */
  readonly error: unknown
}

/** Slots: `writer` (text), who also revises. Told by `approve`, `reject`, `edit` and `deadline-passed`. */
export const reviewMachine = setup({
  types: {} as {
    input: ReviewInput
    context: ReviewContext
    events: ReviewEvent
    output: ReviewContext
  },
  actors: { writer: slot<string>('writer') },
  guards: {
    mayRevise: ({ context }) => context.revisions < context.maxRevisions,
    isDue: ({ context: { deadline }, event }) =>
      event.type === 'deadline-passed' && deadline !== null && event.at >= deadline,
  },
  actions: {
    keepDraft: assign((_, { output }: Work<string>) => ({ draft: output })),
    keepVerdict: assign(({ context: { verdicts }, event }) =>
      event.type === 'deadline-passed' ? {} : { verdicts: [...verdicts, event] },
    ),
    takeEdit: assign(({ context, event }) => ({
      draft: event.type === 'edit' ? event.text : context.draft,
    })),
    countRevision: assign(({ context }) => ({ revisions: context.revisions + 1 })),
    keepError: assign((_, { error }: Fault) => ({ error })),
  },
}).createMachine({
  id: 'review',
  context: ({ input }) => ({
    maxRevisions: 3,
    deadline: null,
    ...input,
    draft: null,
    verdicts: [],
    revisions: 0,
    error: null,
  }),
  output: ({ context }) => context,
  initial: 'Drafting',
  states: {
    Drafting: {
      invoke: {
        id: 'draft',
        src: 'writer',
        input: ({ context }) => ({ prompt: context.task }),
        onDone: {
          target: 'InReview',
          actions: { type: 'keepDraft', params: ({ event }) => event.output },
        },
        onError: toFailed,
      },
    },
    InReview: {
      on: {
        approve: { target: 'Approved', actions: 'keepVerdict' },
        reject: [
          { guard: 'mayRevise', target: 'Revising', actions: ['keepVerdict', 'countRevision'] },
          { target: 'Rejected', actions: 'keepVerdict' },
        ],
        edit: { actions: ['keepVerdict', 'takeEdit'] },
        'deadline-passed': { guard: 'isDue', target: 'Expired' },
      },
    },
    Revising: {
      invoke: {
        id: 'revise',
        src: 'writer',
        input: ({ context: { task, draft, verdicts } }) => {
          const last = verdicts.at(-1)
          const comment = last?.type === 'reject' ? last.comment : ''
          return { prompt: `${task}\n\nDraft:\n${draft}\n\nComment:\n${comment}` }
        },
        onDone: {
          target: 'InReview',
          actions: { type: 'keepDraft', params: ({ event }) => event.output },
        },
        onError: toFailed,
      },
    },
    Approved: { type: 'final' },
    Rejected: { type: 'final' },
    Expired: { type: 'final' },
    Failed: { type: 'final' },
  },
})
