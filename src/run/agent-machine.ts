import {
  Actor,
  type ActorRef,
  type AnyActorRef,
  type AnyStateMachine,
  type MetaObject,
  type Observer,
  StateMachine,
  type Snapshot,
  type StateValue,
  type Subscription,
} from 'xstate'
import {
  type AgentContext,
  agentMachine,
  type AgentOutput,
  type GraphEvent,
  outcomeOf,
  outputOf,
} from '../../machines/index.ts'
import { UserError } from '../errors/index.ts'
import { readActor, type SavedActor, writeActor } from '../snapshot/index.ts'
import { CallViews } from './call-views.ts'
import { type AgentEmitted, emittedBetween } from './emitted.ts'
import { findHost, type Hosted, hostedGraph, setHost } from './hosted-machine.ts'
import { RunHost } from './run-host.ts'
import type { Inspector, RunStart } from './run-start.ts'
import { type AnySnapshot, Shortcuts } from './shortcuts.ts'

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
  AgentEmitted,
  MetaObject,
  // XState's own stand-in for "no state schema"; there is no narrower type it takes.
  // oxlint-disable-next-line typescript/no-explicit-any
  any
>

function contextOf({ context }: { readonly context: unknown }): AgentContext {
  return context as AgentContext // this machine has no other
}

/** The actor of one run. */
export type AgentActor = ActorRef<AgentSnapshot, GraphEvent, AgentEmitted>

/** What that actor says of itself. */
export type AgentSnapshot = Snapshot<unknown> & {
  readonly value: StateValue
  readonly context: AgentContext
}

/** Where the runs of a machine come from. */
export interface RunSource {
  /** @param input of the machine */
  begin(input: unknown): RunStart
  /** A run that was put away as an actor. */
  revive(actor: SavedActor): RunStart
}

type Scope = Parameters<AnyStateMachine['transition']>[2]
type StopEvent = { readonly type: 'xstate.stop' }

// What the type arguments of a base class would be is said by `AgentMachineLogic`, where callers see it.
const AnyMachine: new (config: unknown, implementations: unknown) => AnyStateMachine =
  StateMachine as never

/**
 * An agent as an XState machine: invoke it, spawn it, or give it to `createActor`. Its output is that of the run; an
 * error of the run is the actor's own. Its type for callers is {@link AgentMachineLogic}.
 *
 *   M1. A persisted snapshot is in our own format, with everything the run needs: see {@link SavedActor}.
 *   M2. A restored actor rests until it is started, and then tells itself so: `run-resumed`.
 *   M3. Calls have actors of their own where somebody can look at them: below another machine, or inspected.
 *   M4. What cannot be restored below another machine fails when it is started: XState leaves a child alone that has
 *       failed before, and the machine above would wait for ever.
 *   M5. All agents share the nodes of one chart and the shortcuts through it: making them takes longer than a short run.
 *       Where somebody has provided something, there are no shortcuts.
 */
export class AgentMachine extends AnyMachine {
  readonly #source: RunSource
  readonly #hosted: Hosted
  readonly #restored = new WeakSet<AnyActorRef>()
  readonly #refused = new WeakMap<AnyActorRef, { readonly error: unknown }>()

  constructor(source: RunSource, hosted: Hosted = hostedGraph()) {
    super({ ...agentMachine.config, states: {} }, hosted.implementations)
    // The cast: XState's types leave out the nodes by their ids.
    const { config, root, states, events, idMap } = agentMachine as AnyStateMachine & {
      idMap: unknown
    }
    for (const [key, value] of Object.entries({ config, root, states, events, idMap })) {
      Object.defineProperty(this, key, { value, enumerable: false }) // M5; who walks through it stays out of all others
    }
    this.#source = source
    this.#hosted = hosted
  }

  override provide(implementations: Parameters<AnyStateMachine['provide']>[0]): AgentMachine {
    const { implementations: all } = super.provide(implementations)
    return new AgentMachine(this.#source, { implementations: all })
  }

  override getInitialSnapshot(scope: Scope, input: unknown): AnySnapshot {
    const host = input instanceof RunHost ? input : new RunHost(this.#source.begin(input))
    this.#take(host, scope)
    host.isWatched ||= host !== input // a run's own actor is watched once somebody listens to it
    if (host.start.resumed !== undefined) return this.#resumed(host)
    const known = this.#shortcutsFor(host, scope)?.initial(this, host, scope)
    return marked(known ?? super.getInitialSnapshot(scope, host.start.input), host)
  }

  override getPersistedSnapshot(
    snapshot: AnySnapshot,
    _options?: unknown,
    host: RunHost = hostOf(snapshot),
  ): Snapshot<unknown> {
    const { status } = snapshot
    const { drive, onFailure } = contextOf(snapshot)
    const actor = writeActor({ status, drive, onFailure, run: host.written(snapshot) }) // M1
    return actor as unknown as Snapshot<unknown> // what XState hands back to `restoreSnapshot`, unread
  }

  override restoreSnapshot(saved: unknown, scope: Scope): AnySnapshot {
    try {
      return this.#restore(saved, scope)
    } catch (error) {
      if (scope.self._parent === undefined) throw error
      this.#refused.set(scope.self, { error }) // M4
      return this.resolveState({ value: { UserPrompt: 'ready' }, context: {} })
    }
  }

  #restore(saved: unknown, scope: Scope): AnySnapshot {
    const actor = readActor(saved)
    const host = new RunHost(this.#source.revive(actor))
    this.#take(host, scope)
    host.isWatched = true
    this.#restored.add(scope.self)
    const snapshot = this.#resumed(host)
    const { status } = actor
    if (status === 'active' || snapshot.status === 'done') return snapshot
    const { failure } = contextOf(snapshot)
    return Object.assign(snapshot, { status, ...(status === 'error' && { error: failure?.error }) })
  }

  override start(snapshot: AnySnapshot, scope?: Scope): void {
    const refused = scope && this.#refused.get(scope.self)
    if (refused !== undefined) throw refused.error
    super.start(snapshot)
    if (scope === undefined || snapshot.status !== 'active') return
    emitTo(scope, [{ type: 'node', node: contextOf(snapshot).node }])
    if (this.#restored.has(scope.self)) scope.self.send({ type: 'run-resumed' }) // M2
  }

  /** A run that was put away rests where it was; nothing runs before somebody goes on. */
  #resumed(host: RunHost): AnySnapshot {
    const { resumed } = host.start
    if (resumed === undefined) throw new Error('This run was never put away')
    const { state, context } = resumed
    const isOver = state === 'End'
    const snapshot = this.resolveState({ value: isOver ? state : { [state]: 'ready' }, context })
    if (!isOver) return marked(snapshot, host)
    const end = { status: 'done', output: outputOf(context), error: undefined } as const
    return marked({ ...snapshot, ...end }, host)
  }

  /** A transition of the chart, and with it the log: what a step adds is there before the next step starts. */
  override transition(
    snapshot: AnySnapshot,
    event: GraphEvent | StopEvent,
    scope: Scope,
  ): AnySnapshot {
    const host = findHost(scope.self)
    if (host === undefined || event.type === 'xstate.stop') {
      host?.stop()
      return super.transition(snapshot, event, scope)
    }
    const context = contextOf(snapshot)
    const shortcuts = this.#shortcutsFor(host, scope)
    const known = shortcuts?.next(snapshot, { context, event }, scope, host)
    const next = known ?? super.transition(snapshot, event, scope)
    if (next === snapshot) return next
    const after = contextOf(next)
    if (after.visit !== context.visit) host.commit(outcomeOf(event) ?? context.unsaved)
    else if (after.ledger !== context.ledger) host.notice(after)
    return host.isWatched
      ? watched(marked(next, host), { host, event, before: context }, scope)
      : next
  }

  #take(host: RunHost, scope: Scope): void {
    setHost(scope.self, host)
    if (!this.#hasLookers(host, scope)) return
    host.views = new CallViews(scope.self) // M3
    host.isWatched = true
  }

  #hasLookers(host: RunHost, { self }: Scope): boolean {
    return host.start.inspect !== undefined || self._parent !== undefined
  }

  /** Whoever inspects a run gets to see every transition, and so do systems around it; what others provide is called as XState does. */
  #shortcutsFor(host: RunHost, scope: Scope): Shortcuts | undefined {
    if (this.#hasLookers(host, scope) || this.#hosted !== hostedGraph()) return undefined
    return (this.#hosted.shortcuts ??= new Shortcuts(agentMachine, this.implementations)) // M5
  }

  /** The actor of a run whose host is there already. It is not started. */
  actorFor(host: RunHost): AgentActor & { start(): unknown } {
    const { inspect, above, setup } = host.start
    if (inspect !== undefined || above === undefined) {
      return makeActor(this, { input: host, ...(inspect && { inspect }) })
    }
    return makeActor(this, { input: host, parent: above, id: `run:${setup.agentName ?? 'agent'}` })
  }
}

interface RunActorOptions {
  readonly input: RunHost
  readonly inspect?: Inspector
  readonly parent?: AnyActorRef
  readonly id?: string
}

type Listeners = [
  next?: (snapshot: AnySnapshot) => void,
  error?: (error: unknown) => void,
  complete?: () => void,
]

/** The actor of a run that is driven by `AgentRun`: what only its watchers need is not done before there are any. */
class RunActor extends Actor<AgentMachine> {
  readonly #host: RunHost
  #hasSubscriber = false

  constructor(machine: AgentMachine, options: RunActorOptions) {
    super(machine, options)
    this.#host = options.input
  }

  override on(...[type, handler]: Parameters<Actor<AgentMachine>['on']>): Subscription {
    this.#host.isWatched = true
    return super.on(type, handler)
  }

  /** Whoever subscribes is told of states; the run itself does so first. */
  override subscribe(observer: Observer<AnySnapshot>): Subscription
  override subscribe(...listeners: Listeners): Subscription
  override subscribe(...told: [Observer<AnySnapshot>] | Listeners): Subscription {
    this.#host.isSubscribed = this.#hasSubscriber
    this.#hasSubscriber = true
    const [first, ...others] = told
    return typeof first === 'object' ? super.subscribe(first) : super.subscribe(first, ...others)
  }

  override getPersistedSnapshot(): Snapshot<unknown> {
    return this.logic.getPersistedSnapshot(this.getSnapshot(), {}, this.#host)
  }
}

/** What has happened, from which snapshot on. */
interface Step {
  readonly host: RunHost
  readonly event: GraphEvent
  readonly before: AgentContext
}

/** The snapshot with what whoever looks is to see; those who listen are told once it is there. */
function watched(snapshot: AnySnapshot, { host, event, before }: Step, scope: Scope): AnySnapshot {
  const after = contextOf(snapshot)
  const emitted = emittedBetween(before, after, host.start.setup.agentName ?? null)
  if (emitted.length > 0) scope.defer(() => emitTo(scope, emitted))
  return host.views?.follow(snapshot, { event, ledger: after.ledger }, scope) ?? snapshot
}

function emitTo(scope: Scope, events: readonly AgentEmitted[]): void {
  const emit: (event: AgentEmitted) => void = scope.emit
  for (const event of events) emit(event)
}

/** How a snapshot leads to its run: XState asks for what is persisted by the snapshot alone. */
const runKey = Symbol('agentchart.run')

function marked(snapshot: AnySnapshot, host: RunHost): AnySnapshot {
  const taken: AnySnapshot & { [runKey]?: () => RunHost } = snapshot
  taken[runKey] ??= host.self // a function: nothing prints what is behind it
  return snapshot
}

/** @throws {UserError} for a snapshot that is none of an agent's actor */
function hostOf(snapshot: AnySnapshot & { readonly [runKey]?: () => RunHost }): RunHost {
  const find = snapshot[runKey]
  if (find !== undefined) return find()
  throw new UserError('This is no snapshot of an agent that runs', {
    hint: 'Ask its actor: `actor.getPersistedSnapshot()`',
  })
}

// Checked against the machine's full type, this would be the dearest expression in the code base for the compiler.
const makeActor: (machine: AgentMachine, options: RunActorOptions) => AgentActor = (
  machine,
  options,
) => new RunActor(machine, options)
