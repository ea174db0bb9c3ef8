/// <reference lib="esnext.disposable" preserve="true" />
import {
  type AgentContext,
  type GraphEvent,
  nextDeadline,
  type VerdictEvent,
} from '../../machines/index.ts'
import {
  ForeignNodeError,
  RunBusyError,
  RunDisposedError,
  RunEndedError,
  UserError,
} from '../errors/index.ts'
import { checkedNode, type NodeOrEnd } from '../nodes/index.ts'
import type { AgentEvent } from '../streaming/index.ts'
import type { Enqueued, EnqueueOptions } from '../tools/index.ts'
import type { UsageLimits } from '../usage/index.ts'
import type { AgentActor, AgentMachine, AgentSnapshot } from './agent-machine.ts'
import type { AgentRunResult } from './agent-run-result.ts'
import { deadlineIn } from './deadline.ts'
import { addressed, type DecisionOptions } from './decide.ts'
import { saveAside } from './keeper.ts'
import { LazyEvents } from './lazy-events.ts'
import { isAtRest, isWaiting } from './pace.ts'
import type { RunHost } from './run-host.ts'
import type { EventsOptions } from './run-start.ts'
import { RunView } from './run-view.ts'

/** Changes that `next` makes before it moves. */
export interface NextOptions {
  /** Sets these limits anew; a run that rests because of a limit goes on without paying for its response again. */
  readonly usageLimits?: UsageLimits
  /** How long the run may take from now on, in milliseconds; `null` for no limit. */
  readonly timeoutMs?: number | null
}

/** What happens in a run, in order; the last event carries its result. */
export type RunEvent<TOutput = unknown> = AgentEvent<AgentRunResult<TOutput>>

/**
 * One run of an agent. Iterate over it to drive it node by node, or call `next` by hand.
 *
 * It wraps the run's actor and holds no state of its own: where the run is, the actor's snapshot says.
 */
export class AgentRun<TOutput = unknown, TDeps = unknown>
  extends RunView<TOutput, TDeps>
  implements AsyncIterable<NodeOrEnd<TOutput>>
{
  /** The actor that runs the chart, for subscribing, sending and inspecting. */
  readonly actor: AgentActor
  readonly #host: RunHost
  /** Nodes by visit. */
  readonly #nodes: NodeOrEnd<TOutput>[] = []
  /** Resolved with what the step under way has come to; there while somebody waits for that. */
  #atRest: PromiseWithResolvers<AgentSnapshot> | undefined
  #disposed: Promise<void> | undefined
  /** Resolved when the run rests, or when nothing is left to do but to wait. */
  #paused: PromiseWithResolvers<AgentSnapshot> | undefined
  /** The failure that readers were told of; those who joined later wait for what comes of the next try. */
  #told: AgentContext['failure'] = null

  /** Use `agent.iter()`, or `runOf(actor)`. @internal */
  constructor(actor: AgentActor, host: RunHost) {
    super(host)
    this.#host = host
    this.actor = actor
    const observe = (): void => this.#observe()
    this.actor.subscribe(observe, observe, observe) // an unobserved error would crash the process
    this.#observe()
  }

  /** The run of a machine, begun. @internal */
  static begin(machine: AgentMachine, host: RunHost): AgentRun {
    const actor = machine.actorFor(host)
    const run = new AgentRun(actor, host)
    actor.start()
    run.#observe()
    return run
  }

  /**
   * The run that an error of `agent.run()` came from; it rests where it failed, and `next()` tries again. `undefined` for
   * other errors, and for one that several runs failed with: see `captureRunMessages()` for those.
   */
  static of(error: unknown): AgentRun | undefined {
    return (typeof error === 'object' && error !== null && runs.get(error)) || undefined
  }

  /**
   * Runs one node and resolves with the one that follows.
   *
   * @param node Default: the pending node. An edited copy of it runs instead; a node from its factory skips to its
   *   state; a node of an earlier visit runs nothing and tells what followed it.
   * @throws what the work threw, unwrapped; the run then rests and `next()` tries again
   * @throws {RunBusyError} while a step is running
   * @throws {RunEndedError} after the end
   * @throws {RunDisposedError} after `dispose()`
   * @throws {ForeignNodeError} for a node of another run
   * @throws {UserError} for `End`, which cannot be run
   */
  async next(node?: NodeOrEnd, options: NextOptions = {}): Promise<NodeOrEnd<TOutput>> {
    if (this.#isStopped) throw new RunDisposedError()
    if (node?.runId !== undefined && node.runId !== this.runId) {
      throw new ForeignNodeError(this.runId, node.runId)
    }
    const followed = node?.visit === undefined ? undefined : this.#nodes[node.visit + 1]
    if (followed !== undefined) return followed
    refuseForgotten(node, this.#context)
    if (this.nextNode.kind === 'end') throw new RunEndedError()
    if (node?.kind === 'end') throw new UserError('`End` is no node that can be run')
    const checked = node && checkedNode(node)
    if (!this.#isAtRest) throw new RunBusyError()
    const { usageLimits, timeoutMs } = options
    const deadline =
      timeoutMs === undefined ? undefined : deadlineIn(this.#host.start.clock, timeoutMs)
    if (usageLimits !== undefined) this.#host.start.meter.raise(usageLimits)
    const event = {
      type: 'next',
      ...(checked && { node: checked }),
      ...(usageLimits && { limitsChanged: true }),
      ...(deadline !== undefined && { deadline }),
    } as const
    const sent = this.#send(event)
    if (sent !== undefined) await sent
    return this.#nodeAt(await this.#rested())
  }

  /**
   * Runs one node like `next` and yields its events; responses are streamed. `nextNode` tells afterwards what follows.
   * Nothing runs before the first pull. A reader that leaves early leaves the step running, unobserved.
   *
   * @throws as `next` does, from the iteration
   */
  async *stream(node?: NodeOrEnd, options: NextOptions = {}): AsyncGenerator<AgentEvent, void> {
    const reader = this.#host.feed.join()
    const moved = this.next(node, options)
    moved.then(
      () => reader.close(),
      (error: unknown) => reader.close({ error }),
    )
    for await (const event of reader) {
      if (event.eventKind !== 'agent_run_result') yield event // the run's, not the step's
    }
  }

  /**
   * What happens in the run, while somebody drives it; ends with it. Responses are streamed as long as somebody reads.
   * Following begins with the first pull; the slowest reader slows the provider, so that nothing piles up.
   *
   * @throws what a step fails with, from the iteration; whoever goes on reads on with new `events()`
   */
  events(options: EventsOptions = {}): AsyncIterableIterator<RunEvent<TOutput>, void> {
    return new LazyEvents(() => {
      const reader = this.#host.follow(options, this.result)
      if (this.#isStopped) reader.close({ error: new RunDisposedError() })
      // The last event carries the result of this run, whose output is of this type.
      return reader as Events<TOutput>
    })
  }

  /**
   * Gives the model something to read that it did not ask for: user content, request parts or whole messages.
   *
   * @returns an id that the event `enqueued_messages` repeats when it is delivered; `null` when there was nothing in it
   * @throws {UserError} when it does not end in something the model can respond to
   * @throws {RunEndedError} after the end
   * @throws {RunDisposedError} after `dispose()`
   */
  enqueue(content: Enqueued, options?: EnqueueOptions): string | null {
    if (this.#isStopped) throw new RunDisposedError()
    if (this.nextNode.kind === 'end') throw new RunEndedError()
    return this.#host.context().enqueue(content, options)
  }

  /**
   * Lets a call run that waits for approval. Saying it once more, or too late, does nothing.
   *
   * @param toolCallId as `waitingFor` tells it
   * @returns when it is kept, with a store when it is saved
   * @throws {UnknownCallError} for a call that the run never made; it lists those that wait
   * @throws {AmbiguousCallError} when several open calls have this id
   * @throws {VerdictMismatchError} for a call that waits for an answer
   */
  approve(
    toolCallId: string,
    options: DecisionOptions & {
      /** Instead of the model's; checked like those. */
      readonly overrideArgs?: Readonly<Record<string, unknown>>
    } = {},
  ): Promise<void> {
    return this.#decide({ type: 'tool-call-approved', toolCallId, ...options })
  }

  /** Refuses a call that waits; otherwise like `approve`. @param message what the model reads */
  deny(toolCallId: string, message?: string, options: DecisionOptions = {}): Promise<void> {
    const said = message === undefined ? {} : { message }
    return this.#decide({ type: 'tool-call-denied', toolCallId, ...said, ...options })
  }

  /** Answers a call that waits; otherwise like `approve`. @param result what it returned, or a tagged answer */
  answer(toolCallId: string, result: unknown, options: DecisionOptions = {}): Promise<void> {
    return this.#decide({ type: 'tool-call-answered', toolCallId, result, ...options })
  }

  /**
   * Runs until the end, or until nothing is left to do but to wait for somebody outside; a run that waits goes on by
   * itself when they have spoken.
   *
   * @throws as `next` does
   */
  async proceed(): Promise<'ended' | 'waiting'> {
    if (this.nextNode.kind === 'end') return 'ended'
    const sent = this.#setOff()
    if (sent !== undefined) await sent
    const snapshot = (await this.#inboxRead()) ?? (await this.#pause())
    if (isWaiting(snapshot)) return 'waiting'
    this.#nodeAt(snapshot)
    this.#ended()
    return 'ended'
  }

  /** Takes what came from outside while nobody drove the run. Called by `agent.load()`. @internal */
  async reopen(): Promise<void> {
    await this.#host.keeper?.open()
  }

  /** Writes the run to its store as it is now; without a store it does nothing. @throws what the store throws */
  async save(): Promise<void> {
    await this.#host.keeper?.save()
  }

  /** Runs to the end, from wherever the run is. @throws as `next` does */
  async finish(): Promise<AgentRunResult<TOutput>> {
    if (this.nextNode.kind === 'end') return this.#ended()
    const sent = this.#setOff()
    if (sent !== undefined) await sent
    this.#nodeAt(await this.#rested())
    return this.#ended()
  }

  /** Lets the run drive itself. */
  #setOff(): Promise<void> | undefined {
    const { drive, failure } = this.#context
    if (drive === 'step') this.actor.send({ type: 'drive', drive: 'auto' })
    const isCancelled = this.#context.failure !== failure // it was asked to while it was at rest
    return this.#isAtRest && !isCancelled ? this.#send({ type: 'next' }) : undefined
  }

  #ended(): AgentRunResult<TOutput> {
    const { result } = this
    if (result === null)
      throw new Error('A run that drives itself rests at its end or at a failure')
    return result
  }

  /**
   * Yields each node before it runs, and the end last; leaving the loop leaves the run where it is. Nodes that the loop's
   * body runs with `next` are not run again.
   */
  async *[Symbol.asyncIterator](): AsyncIterator<NodeOrEnd<TOutput>, void, undefined> {
    const isOver: boolean = this.nextNode.kind === 'end'
    if (isOver) return
    let node: NodeOrEnd<TOutput> = this.nextNode
    for (;;) {
      yield node
      if (node.kind === 'end') return
      const hasMoved: boolean = this.#context.visit !== node.visit
      node = hasMoved ? this.nextNode : await this.next()
    }
  }

  /** Asks the run to stop; what is under way settles with what it has, and the driver gets a `RunCancelledError`. */
  cancel(reason?: unknown): void {
    if (this.actor.getSnapshot().status === 'active') this.actor.send({ type: 'cancel', reason })
  }

  /**
   * Closes what the run has opened, and gives a stored run back, so that other processes may drive it; it can go on, and
   * then opens it again.
   */
  async release(): Promise<void> {
    if (!this.#isAtRest) return
    await this.#host.close()
    await this.#host.keeper?.settle?.()
    await this.#host.keeper?.release()
  }

  /**
   * Ends this object for good: cancels what is under way, waits for it, closes toolsets. Messages, result and context
   * stay readable. A stored run can go on elsewhere: one that was at rest is `paused`, so that workers leave it alone, one
   * that was at work or waited is not.
   */
  dispose(): Promise<void> {
    this.#disposed ??= this.#dispose()
    return this.#disposed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }

  get #context(): AgentContext {
    return this.actor.getSnapshot().context
  }

  get #isStopped(): boolean {
    return this.#disposed !== undefined || this.actor.getSnapshot().status === 'stopped'
  }

  get #isAtRest(): boolean {
    return isAtRest(this.actor.getSnapshot())
  }

  get #isWaiting(): boolean {
    return isWaiting(this.actor.getSnapshot())
  }

  /** Whether it waits, and for somebody: a wait whose time is up ends by itself. @internal */
  get needsSomebody(): boolean {
    if (!this.#isWaiting) return false
    const deadline = nextDeadline(this.#context)
    return deadline === null || deadline > this.#host.start.clock.now()
  }

  #send(event: GraphEvent): Promise<void> | undefined {
    const before = this.actor.getSnapshot()
    this.actor.send(event)
    const isQueued = this.actor.getSnapshot() === before // sent by a subscriber: taken when that returns
    return isQueued ? Promise.resolve() : undefined
  }

  /** What the step that is running comes to. */
  #rested(): AgentSnapshot | Promise<AgentSnapshot> {
    if (!this.#isAtRest) this.#atRest ??= Promise.withResolvers()
    return this.#atRest?.promise ?? this.actor.getSnapshot()
  }

  /** What the run is at when it rests, or when nothing is left to do but to wait. */
  #pause(): AgentSnapshot | Promise<AgentSnapshot> {
    if (!this.#isAtRest && !this.needsSomebody) this.#paused ??= Promise.withResolvers()
    return this.#paused?.promise ?? this.actor.getSnapshot()
  }

  /** The node that the run rests at. @throws what the step failed with */
  #nodeAt(snapshot: AgentSnapshot): NodeOrEnd<TOutput> {
    if (snapshot.status === 'stopped') throw new RunDisposedError()
    if (snapshot.status === 'error') throw snapshot.error
    const { context } = snapshot
    const { failure } = context
    // Of this run: its output is what its agent declares.
    if (failure === null) return context.node as NodeOrEnd<TOutput>
    this.#rememberFor(failure.error)
    throw failure.error
  }

  async #decide(event: VerdictEvent): Promise<void> {
    if (this.#isStopped) throw new RunDisposedError()
    const { keeper, awaits, start } = this.#host
    const messages = this.allMessages()
    const known = addressed(event, { context: this.#context, messages, awaits })
    if (known === undefined) return
    this.actor.send({ ...known, at: new Date(start.clock.now()).toISOString() })
    if (keeper !== undefined) await saveAside(keeper, () => this.#isAtRest)
  }

  /**
   * What was said so far is known then; what keeps it from being read is the step's matter.
   *
   * @returns what the run is at if it came to rest meanwhile
   */
  async #inboxRead(): Promise<AgentSnapshot | undefined> {
    const { keeper } = this.#host
    if (!this.#isWaiting || keeper === undefined) return undefined
    const read = Promise.allSettled([keeper.open()]).then(() => undefined)
    return Promise.race([this.#rested(), read])
  }

  #rememberFor(error: unknown): void {
    if (typeof error !== 'object' || error === null) return
    const other = runs.get(error)
    runs.set(error, other === undefined || other === this ? this : null)
  }

  #observe(): void {
    this.#nodes[this.#context.visit] = this.nextNode
    if (this.#isAtRest) this.#tellReaders()
    else if (!this.needsSomebody) return
    const snapshot = this.actor.getSnapshot() // others may move the run on before it is read
    this.#paused?.resolve(snapshot)
    this.#paused = undefined
    if (!isAtRest(snapshot)) return
    this.#atRest?.resolve(snapshot)
    this.#atRest = undefined
  }

  /** The run rests: at its end or at a failure there is nothing more to read. */
  #tellReaders(): void {
    const { feed } = this.#host
    const { status, context, error } = this.actor.getSnapshot()
    const { failure } = context
    const hasFailed = failure !== null && failure !== this.#told
    this.#told = failure
    if (!feed.hasReaders) return
    const { result } = this
    if (result !== null) feed.push({ eventKind: 'agent_run_result', result })
    if (result !== null) feed.close()
    else if (hasFailed) feed.close(failure)
    else if (status === 'stopped') feed.close({ error: new RunDisposedError() })
    else if (status === 'error') feed.close({ error })
  }

  async #dispose(): Promise<void> {
    const { keeper } = this.#host
    const wasAtRest = this.#isAtRest
    if (wasAtRest) await keeper?.settle?.()
    if (this.#isWaiting) await keeper?.close(false)
    if (!this.#isAtRest) {
      this.cancel(new RunDisposedError())
      await Promise.allSettled([this.#rested()])
    }
    try {
      await this.#host.close()
      await keeper?.close(wasAtRest)
    } finally {
      this.#host.feed.close({ error: new RunDisposedError() })
      stop(this.actor)
    }
  }
}

/** Below another actor, where XState's `stop()` is not for outsiders, an actor is told. */
function stop(actor: AgentActor): void {
  if (actor.getSnapshot().status !== 'active') return
  if (actor._parent === undefined) actor.stop()
  else actor.send({ type: 'xstate.stop' } as never) // what XState itself would send
}

type Events<TOutput> = AsyncIterableIterator<RunEvent<TOutput>, undefined>

/** Runs by the error they failed with; `null` when several failed with the very same. */
const runs = new WeakMap<object, AgentRun | null>()

/** @throws {UserError} for a node whose successor nobody remembers any more */
function refuseForgotten(node: NodeOrEnd | undefined, { visit }: AgentContext): void {
  if (node?.visit === undefined || node.visit >= visit) return
  throw new UserError(`This node is from visit ${node.visit}, before the run was put away`, {
    hint: 'Go on with `run.nextNode`; its successor is in the messages',
  })
}
