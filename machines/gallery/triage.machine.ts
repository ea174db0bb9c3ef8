/**
 * Triage with hand-off: one agent reads what comes in and says who deals with it. Whoever gets it answers, or hands it on
 * to another desk, with a note and with the conversation.
 *
 *                        ┌──▶ Billing ───┐
 *   Triage ──▶ Routing ──┼──▶ Orders ────┼──▶ Answered
 *                 ▲  │   └──▶ Technical ─┤
 *                 │  └─ handed on too    │
 *                 │     often ▼          │
 *                 │        Stranded      │
 *                 └────── hand-off ──────┘         any of them fails: Failed
 *
 * Use it when the specialists differ in instructions, tools or model, and the ways between them should be seen and
 * bounded. If one classification picks one of three prompts, a lookup in a record does.
 */
import { assign, type DoneActorEvent, setup } from 'xstate'
import type { ModelMessageInput } from '../../src/messages/index.ts'
import { type Fault, slot, toFailed, type Work } from './slot.ts'

/** Who deals with a request. */
export type Desk = 'billing' | 'orders' | 'technical'

/** Who is to deal with it now, and what they should know. */
export interface HandOff {
  readonly to: Desk
  readonly note: string
}

/** A specialist answers or hands on. */
export type DeskReply = { readonly answer: string } | HandOff

/** What triage and the desks are asked: the customer's words, the notes so far, and the conversation before. */
export interface Turn {
  readonly prompt: string
  readonly messageHistory: readonly ModelMessageInput[]
}

/** What a triage is given. */
export interface TriageInput {
  readonly prompt: string
  /** The conversation so far, such as `messages` of the last output. Default: none. */
  readonly messageHistory?: readonly ModelMessageInput[]
  /** How often a request may be handed from desk to desk. Default 2. */
  readonly maxHandOffs?: number
}

/** What a triage knows. */
export interface TriageContext extends Required<TriageInput> {
  /** The first one is the triage's. */
  readonly handOffs: readonly HandOff[]
  readonly answer: string | null
  /** What was thrown that led to `Failed`; `null` everywhere else. */
  readonly error: unknown
}

/** What came of a request. */
export interface TriageOutput extends Pick<TriageContext, 'answer' | 'handOffs' | 'error'> {
  /** Who had it last. */
  readonly desk: Desk | null
  /** The conversation, as the customer has seen it: history for the next request. */
  readonly messages: readonly ModelMessageInput[]
}

function turnOf({ prompt, messageHistory, handOffs }: TriageContext): Turn {
  const notes = handOffs.map(({ to, note }) => `[to ${to}: ${note}]`)
  return { prompt: [prompt, ...notes].join('\n'), messageHistory }
}

function outputOf({
  prompt,
  messageHistory,
  handOffs,
  answer,
  error,
}: TriageContext): TriageOutput {
  const exchange: readonly ModelMessageInput[] = [
    { kind: 'request', parts: [{ partKind: 'user-prompt', content: prompt }] },
    { kind: 'response', parts: [{ partKind: 'text', content: answer ?? '' }] },
  ]
  const messages = answer === null ? messageHistory : [...messageHistory, ...exchange]
  return { answer, handOffs, error, desk: handOffs.at(-1)?.to ?? null, messages }
}

const params = ({ event }: { readonly event: DoneActorEvent<Work<DeskReply>> }) => event.output

const replied = [
  {
    guard: { type: 'handsOn', params },
    target: 'Routing',
    actions: { type: 'keepHandOff', params },
  },
  { target: 'Answered', actions: { type: 'keepAnswer', params } },
] as const

/** Slots: `triage` ({@link HandOff}), and `billing`, `orders`, `technical` ({@link DeskReply}). */
export const triageMachine = setup({
  types: {} as { input: TriageInput; context: TriageContext; output: TriageOutput },
  actors: {
    triage: slot<HandOff, Turn>('triage'),
    billing: slot<DeskReply, Turn>('billing'),
    orders: slot<DeskReply, Turn>('orders'),
    technical: slot<DeskReply, Turn>('technical'),
  },
  guards: {
    handsOn: (_, { output }: Work<DeskReply>) => 'to' in output,
    wasHandedOnTooOften: ({ context }) => context.handOffs.length > context.maxHandOffs + 1,
    isForBilling: ({ context }) => context.handOffs.at(-1)?.to === 'billing',
    isForOrders: ({ context }) => context.handOffs.at(-1)?.to === 'orders',
  },
  actions: {
    keepHandOff: assign(({ context: { handOffs } }, { output }: Work<DeskReply>) =>
      'to' in output ? { handOffs: [...handOffs, output] } : {},
    ),
    keepAnswer: assign((_, { output }: Work<DeskReply>) =>
      'answer' in output ? { answer: output.answer } : {},
    ),
    keepError: assign((_, { error }: Fault) => ({ error })),
  },
}).createMachine({
  id: 'triage',
  context: ({ input }) => ({
    messageHistory: [],
    maxHandOffs: 2,
    ...input,
    handOffs: [],
    answer: null,
    error: null,
  }),
  output: ({ context }) => outputOf(context),
  initial: 'Triage',
  states: {
    Triage: {
      invoke: {
        id: 'triage',
        src: 'triage',
        input: ({ context }) => turnOf(context),
        onDone: { target: 'Routing', actions: { type: 'keepHandOff', params } },
        onError: toFailed,
      },
    },
    Routing: {
      always: [
        { guard: 'wasHandedOnTooOften', target: 'Stranded' },
        { guard: 'isForBilling', target: 'Billing' },
        { guard: 'isForOrders', target: 'Orders' },
        { target: 'Technical' },
      ],
    },
    Billing: {
      invoke: {
        id: 'billing',
        src: 'billing',
        input: ({ context }) => turnOf(context),
        onDone: replied,
        onError: toFailed,
      },
    },
    Orders: {
      invoke: {
        id: 'orders',
        src: 'orders',
        input: ({ context }) => turnOf(context),
        onDone: replied,
        onError: toFailed,
      },
    },
    Technical: {
      invoke: {
        id: 'technical',
        src: 'technical',
        input: ({ context }) => turnOf(context),
        onDone: replied,
        onError: toFailed,
      },
    },
    Answered: { type: 'final' },
    Stranded: { type: 'final' },
    Failed: { type: 'final' },
  },
})
