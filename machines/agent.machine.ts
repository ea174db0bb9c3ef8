/**
 * The agent graph. It decides what comes next and never calls out.
 *
 *   UserPrompt ──▶ ModelRequest ──▶ CallTools ──▶ End
 *        │              ▲               │  ▲
 *        │              └───────────────┘  │
 *        └──── the history ends in calls ──┘
 *
 * The first three states hold `ready`, where the node is known and waits, and `active`, where its work is done. A run
 * that is stored goes through `saving` behind its work.
 *
 *   A1. `node` always belongs to the active state.
 *   A2. Work happens only in the named slots; a host provides them.
 *   A3. A failure or a cancel returns to `ready` of the same state, with the error in the context; with
 *       `onFailure: 'fail'` the actor ends with that very error instead.
 *   A4. `End` is entered once, and nothing leaves it.
 *   A5. In `auto` a run goes from work to work past `ready`, and on from `ready` by itself, but never from a failure.
 *   A6. A failure that repeating cannot change is not repeated: `next` with the same node does nothing.
 *   A7. A cancel reaches a slot once, and the slot lives on to settle with what it has.
 *   A8. Each node entered has a visit number of its own, one above the last.
 *   A9. What happened to a call is kept until its response is dealt with, whatever fails on the way.
 *   A10. Messages that wait are sent before the run ends, unless it ends with calls that somebody else is to answer.
 *   A11. With a store, what a step came to is taken once it is saved; until then it is held, and not made again.
 *   A12. A verdict about a call that waits is kept with it, whether or not the run is at work; the first one counts.
 *   A13. A run that is taken up again does nothing before its first event, which is `run-resumed` if nobody sends
 *        another, and nothing without the deps it needs.
 */
import { assign, fromPromise, setup } from 'xstate'
import { SlotMissingError } from '../src/errors/index.ts'
import type {
  AgentContext,
  AgentInput,
  AgentOutput,
  GraphEvent,
  StepOutcome,
  StepReference,
} from './agent-context.ts'
import {
  advance,
  enqueue,
  errorOf,
  holdOutcome,
  initialContext,
  keepCancel,
  keepDeadline,
  keepFailure,
  keepSaveFailure,
  moveCalls,
  nextKind,
  nodeOf,
  outputOf,
  reference,
  saveAgain,
  takeNode,
  withoutDepsFailure,
} from './agent-updates.ts'
import { outcomeOf } from './outcome.ts'
import { endsWait, onlyWaits, takeVerdict } from './verdicts.ts'

const missing = (slot: string) =>
  fromPromise<StepOutcome, StepReference>(() => Promise.reject(new SlotMissingError(slot)))
const missingSave = fromPromise<void, StepReference>(() =>
  Promise.reject(new SlotMissingError('saveStep')),
)

/** Whether the run goes on by itself; a cancel that came while it was saved is met at rest. */
function drivesOn({ drive, cancelRequest }: AgentContext): boolean {
  return drive === 'auto' && cancelRequest === null
}

/** What an action that changes the context is called with. */
interface Change {
  readonly context: AgentContext
  readonly event: GraphEvent
}

/**
 * `assign` for this graph. XState's own type of such an action takes the compiler more work than all other types of
 * the product together, and says no more than this one.
 */
function update(change: (args: Change) => Partial<AgentContext>): () => void {
  const action: unknown = assign(change as never)
  return action as () => void
}

const graph = setup({
  types: {} as {
    context: AgentContext
    events: GraphEvent
    input: AgentInput
    output: AgentOutput
    children: {
      'prepare-prompt': 'preparePrompt'
      'request-model': 'requestModel'
      'call-tools': 'callTools'
      'save-step': 'saveStep'
    }
  },
  actors: {
    preparePrompt: missing('preparePrompt'),
    requestModel: missing('requestModel'),
    callTools: missing('callTools'),
    saveStep: missingSave,
  },
  guards: {
    drivesItself: ({ context }) => context.drive === 'auto' && context.failure === null,
    isCancelRequested: ({ context }) => context.cancelRequest !== null,
    drivesIntoCancel: ({ context }) =>
      context.drive === 'auto' && context.failure === null && context.cancelRequest !== null,
    repeatsInVain: ({ context, event }) =>
      context.failure?.isFinal === true &&
      event.type === 'next' &&
      event.limitsChanged !== true &&
      event.deadline === undefined &&
      (event.node === undefined || event.node === context.node),
    nextIsUserPrompt: ({ context, event }) => nodeOf(context, event)?.kind === 'user-prompt',
    nextIsModelRequest: ({ context, event }) => nodeOf(context, event)?.kind === 'model-request',
    nextIsCallTools: ({ context, event }) => nodeOf(context, event)?.kind === 'call-tools',
    endsAtFailure: ({ context }) => context.onFailure === 'fail',
    isToBeSaved: ({ context, event }) => context.isStored && outcomeOf(event) !== undefined, // A11
    hasFailed: ({ context }) => context.unsaved?.kind === 'failed',
    savesAgain: ({ context, event }) =>
      event.type === 'next' && (event.node === undefined || event.node === context.node),
    onlyWaits: ({ context }) => onlyWaits(context),
    isAtWork: ({ context }) => !onlyWaits(context),
    endsWait: ({ event }) => endsWait(event),
    endsWork: ({ event }) => !endsWait(event),
    drivesOnToModelRequest: ({ context, event }) =>
      drivesOn(context) && nextKind(context, event) === 'model-request',
    drivesOnToCallTools: ({ context, event }) =>
      drivesOn(context) && nextKind(context, event) === 'call-tools',
    leadsToModelRequest: ({ context, event }) => nextKind(context, event) === 'model-request',
    leadsToCallTools: ({ context, event }) => nextKind(context, event) === 'call-tools',
    leadsToEnd: ({ context, event }) => nextKind(context, event) === 'end',
  },
  actions: {
    takeNode: update(({ context, event }) => takeNode(context, event)),
    advance: update(({ context, event }) => advance(context, event)),
    keepFailure: update(({ context, event }) => keepFailure(context, event)),
    holdOutcome: update(({ event }) => holdOutcome(event)),
    keepSaveFailure: update(({ event }) => keepSaveFailure(event)),
    saveAgain: update(({ context, event }) => saveAgain(context, event)),
    takeVerdict: update(({ context, event }) => takeVerdict(context, event)),
    keepCancel: update(({ context }) => keepCancel(context)),
    requestCancel: update(({ event }) => ({
      cancelRequest: event.type === 'cancel' ? { reason: event.reason } : null,
    })),
    enqueue: update(({ context, event }) => enqueue(context, event)),
    keepDeadline: update(({ context, event }) => keepDeadline(context, event)),
    moveCalls: update(({ context, event }) => moveCalls(context, event)),
    setDrive: update(({ context, event }) => ({
      drive: event.type === 'drive' ? event.drive : context.drive,
    })),
    /** Ends the actor: an error thrown in a transition becomes the actor's own, unwrapped. */
    failOutright: update(({ context, event }) => {
      throw errorOf(context, event)
    }),
    /** Host: aborts the slot that is at work. */
    abort: () => {},
    /** Host: takes the deps of the event. */
    takeDeps: () => {},
    goOnWithDeps: update(({ context }) => withoutDepsFailure(context)),
  },
})

/** Where `next` leads, by the kind of the node it asks for. */
const byNode = [
  { guard: 'nextIsUserPrompt', target: '#agent.UserPrompt.active', actions: 'takeNode' },
  { guard: 'nextIsModelRequest', target: '#agent.ModelRequest.active', actions: 'takeNode' },
  { guard: 'nextIsCallTools', target: '#agent.CallTools.active', actions: 'takeNode' },
] as const

/** Waiting for `next`: the same in all three states. */
const ready = graph.createStateConfig({
  always: [
    { guard: 'drivesIntoCancel', actions: 'keepCancel' },
    { guard: 'drivesItself', target: 'active' }, // A5
  ],
  on: {
    cancel: { actions: 'requestCancel' },
    'deadline-passed': { guard: 'endsWork', actions: 'keepDeadline' },
    deps: { actions: ['takeDeps', 'goOnWithDeps'] }, // A13
    next: [
      { guard: 'repeatsInVain' }, // A6
      { guard: 'isCancelRequested', actions: 'keepCancel' },
      ...byNode,
    ],
  },
})

const working = graph.createStateConfig({
  on: { cancel: 'cancelling', 'deadline-passed': { guard: 'endsWork', target: 'cancelling' } },
})
const cancelling = graph.createStateConfig({ entry: 'abort' }) // A7

/** Whatever does not lead on is a failure. */
const failure = [
  { guard: 'endsAtFailure', actions: 'failOutright' },
  { target: 'ready', actions: 'keepFailure' }, // A3
] as const

const toModelRequest = [
  { guard: 'drivesOnToModelRequest', target: '#agent.ModelRequest.active', actions: 'advance' }, // A5
  { guard: 'leadsToModelRequest', target: '#agent.ModelRequest', actions: 'advance' },
] as const
const toCallTools = [
  { guard: 'drivesOnToCallTools', target: '#agent.CallTools.active', actions: 'advance' }, // A5
  { guard: 'leadsToCallTools', target: '#agent.CallTools', actions: 'advance' },
] as const
const toEnd = [{ guard: 'leadsToEnd', target: '#agent.End', actions: 'advance' }] as const

const held = [{ guard: 'isToBeSaved', target: 'saving', actions: 'holdOutcome' }] as const // A11

/** What a step came to is written; if that fails it rests here, unless the step itself has failed. */
function savingBehind(state: string, exits: readonly Exit[]) {
  const failed = { target: `#agent.${state}.ready`, actions: 'keepFailure' } as const // A3
  return graph.createStateConfig({
    initial: 'writing',
    on: { cancel: { actions: 'requestCancel' } },
    states: {
      writing: {
        invoke: {
          id: 'save-step',
          src: 'saveStep',
          input: ({ context }) => reference(context),
          onDone: [...exits, { guard: 'endsAtFailure', actions: 'failOutright' }, failed],
          onError: [
            { guard: 'endsAtFailure', actions: 'failOutright' },
            { guard: 'hasFailed', ...failed },
            { target: 'resting', actions: 'keepSaveFailure' },
          ],
        },
      },
      resting: {
        on: {
          next: [{ guard: 'savesAgain', target: 'writing', actions: 'saveAgain' }, ...byNode],
        },
      },
    },
  })
}

type Exit = (typeof toModelRequest | typeof toCallTools | typeof toEnd)[number]

/** The agent graph, with slots that nobody has filled: `agent.machine` has. */
export const agentMachine = graph.createMachine({
  id: 'agent',
  initial: 'UserPrompt',
  context: ({ input }) => initialContext(input),
  output: ({ context }) => outputOf(context),
  on: { drive: { actions: 'setDrive' }, enqueue: { actions: 'enqueue' } },
  states: {
    UserPrompt: {
      initial: 'ready',
      states: {
        ready,
        active: {
          initial: 'preparing',
          invoke: {
            id: 'prepare-prompt', // ids are part of the format: literal, never derived
            src: 'preparePrompt',
            input: ({ context }) => reference(context),
            onDone: [...held, ...toModelRequest, ...toCallTools, ...failure],
            onError: failure,
          },
          states: { preparing: working, cancelling },
        },
        saving: savingBehind('UserPrompt', [...toModelRequest, ...toCallTools]),
      },
    },
    ModelRequest: {
      initial: 'ready',
      states: {
        ready,
        active: {
          initial: 'requesting',
          invoke: {
            id: 'request-model',
            src: 'requestModel',
            input: ({ context }) => reference(context),
            onDone: [...held, ...toCallTools, ...failure],
            onError: failure,
          },
          states: { requesting: working, cancelling },
        },
        saving: savingBehind('ModelRequest', toCallTools),
      },
    },
    CallTools: {
      initial: 'ready',
      on: {
        'tool-call-approved': { actions: 'takeVerdict' }, // A12
        'tool-call-denied': { actions: 'takeVerdict' },
        'tool-call-answered': { actions: 'takeVerdict' },
        'deadline-passed': { guard: 'endsWait', actions: 'takeVerdict' },
      },
      states: {
        ready,
        active: {
          initial: 'executing',
          on: { 'tool-calls-moved': { actions: 'moveCalls' } }, // A9
          invoke: {
            id: 'call-tools',
            src: 'callTools',
            input: ({ context }) => reference(context),
            onDone: [...held, ...toModelRequest, ...toEnd, ...failure],
            onError: failure,
          },
          states: {
            executing: { ...working, always: { guard: 'onlyWaits', target: 'waiting' } },
            waiting: { ...working, always: { guard: 'isAtWork', target: 'executing' } },
            cancelling,
          },
        },
        saving: savingBehind('CallTools', [...toModelRequest, ...toEnd]),
      },
    },
    End: { type: 'final' }, // A4
  },
})
