import {
  type ActorRef,
  type AnyActorRef,
  type AnyStateMachine,
  createActor,
  type EventObject,
  fromPromise,
  type MetaObject,
  StateMachine,
  type Snapshot,
  type StateValue,
} from 'xstate'
import {
  type AgentContext,
  agentMachine,
  type AgentOutput,
  type GraphEvent,
  outcomeOf,
  outputOf,
  type StepOutcome,
  type StepReference,
} from '../../machines/index.ts'
import { DeadlinePassedError, RunCancelledError } from '../errors/index.ts'
import { callTools, preparePrompt, requestModel, type Step } from '../steps/index.ts'
import { RunHost } from './run-host.ts'
import type { RunStart } from './run-start.ts'
import { type AnySnapshot, Shortcuts } from './shortcuts.ts'

const hosts = new WeakMap<AnyActorRef, RunHost>()

/** The agent graph with its work in place; the actor of a run finds its host by itself. */
const hostedMachine = agentMachine.provide({
  actors: {
    preparePrompt: slot(preparePrompt),
    requestModel: slot(requestModel),
    callTools: slot(callTools),
    saveStep: fromPromise<void, StepReference>(({ self }) => hostOf(self._parent).saveStep()),
  },
  actions: {
    abort: ({ self, event }) => {
      const error =
        event.type === 'deadline-passed' && event.scope !== 'wait'
          ? new DeadlinePassedError(event.scope)
          : new RunCancelledError(event.type === 'cancel' ? event.reason : undefined)
      hostOf(self).abort(error)
    },
  },
})

/**
 * A slot like those of `fromPromise`, but for its start: that one makes an abort controller for every step and asks for
 * it by no one, since a run cancels its steps itself.
 */
function slot(step: Step) {
  const logic = fromPromise<StepOutcome, StepReference>(() =>
    Promise.reject(new Error('Not started this way')),
  )
  return {
    ...logic,
    start: (_state: unknown, { self }: { readonly self: SlotActor }) => {
      const settle = (kind: 'resolve' | 'reject', data: unknown) => {
        const isStopped = self.getSnapshot().status !== 'active'
        if (!isStopped) self.send({ type: `xstate.promise.${kind}`, data })
      }
      hostOf(self._parent)
        .perform(step)
        .then(
          (outcome) => settle('resolve', outcome),
          (error: unknown) => settle('reject', error),
        )
    },
    transition: (...[state, event, scope]: Parameters<typeof logic.transition>) => {
      if (event.type === 'xstate.stop') hostOf(scope.self._parent).stop()
      return logic.transition(state, event, scope)
    },
  }
}

/** The actor of a slot, as far as it settles. */
interface SlotActor {
  readonly _parent?: AnyActorRef
  getSnapshot(): { readonly status: string }
  send(event: { readonly type: string; readonly data: unknown }): void
}

function hostOf(actor: AnyActorRef | undefined): RunHost {
  const host = actor && hosts.get(actor)
  if (host === undefined) throw new Error('This actor is not the run of an agent')
  return host
}

/** An agent's machine as XState types it, for `setup({ actors })`, `createActor` and the like. */
export type AgentMachineLogic<TInput, TOutput> = StateMachine<
  AgentContext,
  GraphEvent,
  Record<string, AnyActorRef | undefined>,
  never,
  never,
  never,
  never,
  StateValue,
  string,
  TInput,
  AgentOutput<TOutput>,
  EventObject,
  MetaObject,
  // XState's own stand-in for "no state schema"; there is no narrower type it takes.
  // oxlint-disable-next-line typescript/no-explicit-any
  any
>

function contextOf({ context }: { readonly context: unknown }): AgentContext {
  return context as AgentContext // this machine has no other
}

/** The actor of one run. */
export type AgentActor = ActorRef<AgentSnapshot, GraphEvent>

/** What that actor says of itself. */
export type AgentSnapshot = Snapshot<unknown> & {
  readonly value: StateValue
  readonly context: AgentContext
}

// What the type arguments of a base class would be is said by `AgentMachineLogic`, where callers see it.
const AnyMachine: new (config: unknown, implementations: unknown) => AnyStateMachine =
  StateMachine as never

/**
 * An agent as an XState machine: invoke it, spawn it, or give it to `createActor`. Its output is that of the run; an
 * error of the run is the actor's own. Its type for callers is {@link AgentMachineLogic}.
 */
export class AgentMachine extends AnyMachine {
  readonly #begin: (input: unknown) => RunStart
  #shortcuts: Shortcuts | undefined

  /** @param begin makes a run from the machine's input; called once for each actor */
  constructor(
    begin: (input: unknown) => RunStart,
    implementations: unknown = hostedMachine.implementations,
  ) {
    super(hostedMachine.config, implementations)
    this.#begin = begin
  }

  override provide(implementations: Parameters<AnyStateMachine['provide']>[0]): AgentMachine {
    return new AgentMachine(this.#begin, super.provide(implementations).implementations)
  }

  override getInitialSnapshot(
    scope: Parameters<AnyStateMachine['getInitialSnapshot']>[0],
    input: unknown,
  ): AnySnapshot {
    const host = input instanceof RunHost ? input : new RunHost(this.#begin(input))
    host.attach(scope.self)
    hosts.set(scope.self, host)
    if (host.start.resumed !== undefined) return this.#resumed(host.start.resumed)
    const known = this.#shortcutsFor(host, scope)?.initial(host.start.input, scope)
    return known ?? super.getInitialSnapshot(scope, host.start.input)
  }

  /** A run that was put away rests where it was; nothing runs before somebody goes on. */
  #resumed({ state, context }: NonNullable<RunStart['resumed']>): AnySnapshot {
    const isOver = state === 'End'
    const snapshot = this.resolveState({ value: isOver ? state : { [state]: 'ready' }, context })
    if (!isOver) return snapshot
    return { ...snapshot, status: 'done', output: outputOf(context), error: undefined }
  }

  /** A transition of the chart, and with it the log: what a step adds is there before the next step starts. */
  override transition(
    snapshot: AnySnapshot,
    event: GraphEvent | { readonly type: 'xstate.stop' },
    scope: Parameters<AnyStateMachine['transition']>[2],
  ): AnySnapshot {
    const host = hosts.get(scope.self)
    if (event.type === 'xstate.stop') {
      host?.stop()
      return super.transition(snapshot, event, scope)
    }
    const context = contextOf(snapshot)
    const shortcuts = host && this.#shortcutsFor(host, scope)
    const known = shortcuts?.next(snapshot, { context, event }, scope)
    const next = known ?? super.transition(snapshot, event, scope)
    const after = contextOf(next)
    if (after.visit !== context.visit) host?.commit(outcomeOf(event) ?? context.unsaved)
    else if (after.ledger !== context.ledger) host?.notice(after)
    return next
  }

  /** Whoever inspects a run gets to see every transition; so do the systems that it may be a part of. */
  #shortcutsFor(
    host: RunHost,
    { self }: { readonly self: { readonly _parent?: AnyActorRef } },
  ): Shortcuts | undefined {
    if (host.isInspected || self._parent !== undefined) return undefined
    this.#shortcuts ??= new Shortcuts(this)
    return this.#shortcuts
  }

  /** The actor of a run whose host is there already. It is not started. */
  actorFor(host: RunHost): AgentActor & { start(): unknown } {
    const { inspect } = host.start
    return makeActor(this, { input: host, ...(inspect && { inspect }) })
  }
}

// Checked against the machine's full type, this would be the dearest expression in the code base for the compiler.
const createUnchecked: unknown = createActor
const makeActor = createUnchecked as (
  machine: AgentMachine,
  options: object,
) => AgentActor & { start(): unknown }
