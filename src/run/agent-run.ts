/// <reference lib="esnext.disposable" preserve="true" />
import type { AgentContext, GraphEvent } from '../../machines/index.ts'
import {
  ForeignNodeError,
  RunBusyError,
  RunDisposedError,
  RunEndedError,
  UserError,
} from '../errors/index.ts'
import { messagesOf, messagesToJson, type ModelMessage } from '../messages/index.ts'
import { checkedNode, type End, type NodeOrEnd } from '../nodes/index.ts'
import type { AgentEvent } from '../streaming/index.ts'
import type { Enqueued, EnqueueOptions, RunContext } from '../tools/index.ts'
import type { RunUsage, UsageLimits } from '../usage/index.ts'
import type { AgentActor, AgentMachine, AgentSnapshot } from './agent-machine.ts'
import { AgentRunResult, type MessageOptions, withOutputToolReturn } from './agent-run-result.ts'
import { LazyEvents } from './lazy-events.ts'
import type { EventsOptions, RunHost } from './run-host.ts'

/** What a run knows about itself, and what its code is called with. */
export interface AgentRunContext<TDeps> {
  /** The chart's context: counters, ids, the pending node, the ledger. Plain data, new after each step. */
  readonly state: AgentContext
  readonly deps: TDeps
  /** What a tool would get. */
  readonly runContext: RunContext
}

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
export class AgentRun<TOutput = unknown, TDeps = unknown> implements AsyncIterable<
  NodeOrEnd<TOutput>
> {
  /** The actor that runs the chart, for subscribing, sending and inspecting. */
  readonly actor: AgentActor
  readonly #host: RunHost
  /** Nodes by visit. */
  readonly #nodes: NodeOrEnd<TOutput>[] = []
  /** Resolved with what the step under way has come to; there while somebody waits for that. */
  #atRest: PromiseWithResolvers<AgentSnapshot> | undefined
  #disposed: Promise<void> | undefined
  /** The failure that readers were told of; those who joined later wait for what comes of the next try. */
  #told: AgentContext['failure'] = null

  /** Use `agent.iter()`. @internal */
  constructor(machine: AgentMachine, host: RunHost) {
    this.#host = host
    const actor = machine.actorFor(host)
    this.actor = actor
    this.actor.subscribe({
      next: () => this.#observe(),
      error: () => this.#observe(), // an unobserved error would crash the process
      complete: () => this.#observe(),
    })
    actor.start()
    this.#observe()
  }

  /**
   * The run that an error of `agent.run()` came from; it rests where it failed, and `next()` tries again. `undefined` for
   * other errors, and for one that several runs failed with: see `captureRunMessages()` for those.
   */
  static of(error: unknown): AgentRun | undefined {
    return (typeof error === 'object' && error !== null && runs.get(error)) || undefined
  }

  /** The node that runs next, or the end. Pass it to `next`, as it is or changed. */
  get nextNode(): NodeOrEnd<TOutput> {
    return this.#nodeOf(this.#context)
  }

  /** `null` until the run has ended. */
  get result(): AgentRunResult<TOutput> | null {
    const { nextNode } = this
    return nextNode.kind === 'end' ? this.#resultOf(nextNode) : null
  }

  /** State and deps of the run. */
  get ctx(): AgentRunContext<TDeps> {
    // Deps were checked against the agent's type where the run was started.
    return {
      state: this.#context,
      deps: this.#host.start.setup.deps as TDeps,
      runContext: this.#host.context(),
    }
  }

  /** Used so far, nested runs included. Frozen; read again for newer values. */
  get usage(): RunUsage {
    return this.#host.start.meter.usage
  }

  get runId(): string {
    return this.#context.runId
  }

  get conversationId(): string {
    return this.#context.conversationId
  }

  get metadata(): Readonly<Record<string, unknown>> | null {
    return this.#context.metadata
  }

  /** The W3C trace context of the run's span; `null` when nobody traces. */
  get traceparent(): string | null {
    return null
  }

  /**
   * All messages, those of earlier runs included. After a failure or a cancel they end with what the interrupted step
   * would have added; going on drops that again.
   */
  allMessages(options: MessageOptions = {}): readonly ModelMessage[] {
    return withOutputToolReturn(this.#messages(), this.nextNode, options)
  }

  /** Messages of this run only. */
  newMessages(options: MessageOptions = {}): readonly ModelMessage[] {
    return this.allMessages(options).slice(this.#context.newMessageIndex)
  }

  /** `allMessages()` as JSON that Pydantic AI reads, in UTF-8. */
  allMessagesJson(options: MessageOptions = {}): Uint8Array {
    return encoder.encode(messagesToJson(this.allMessages(options)))
  }

  /** `newMessages()` as JSON that Pydantic AI reads, in UTF-8. */
  newMessagesJson(options: MessageOptions = {}): Uint8Array {
    return encoder.encode(messagesToJson(this.newMessages(options)))
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
    if (this.nextNode.kind === 'end') throw new RunEndedError()
    if (node?.kind === 'end') throw new UserError('`End` is no node that can be run')
    const checked = node && checkedNode(node)
    if (!this.#isAtRest) throw new RunBusyError()
    const { usageLimits, timeoutMs } = options
    const deadline = timeoutMs === undefined ? undefined : this.#host.deadlineIn(timeoutMs)
    if (usageLimits !== undefined) this.#host.start.meter.raise(usageLimits)
    return this.#move({
      type: 'next',
      ...(checked && { node: checked }),
      ...(usageLimits && { limitsChanged: true }),
      ...(deadline !== undefined && { deadline }),
    })
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

  /** Runs to the end, from wherever the run is. @throws as `next` does */
  async finish(): Promise<AgentRunResult<TOutput>> {
    if (this.nextNode.kind !== 'end') {
      if (this.#context.drive === 'step') this.actor.send({ type: 'drive', drive: 'auto' })
      await (this.#isAtRest ? this.#move({ type: 'next' }) : this.#rested())
    }
    const node = this.nextNode
    if (node.kind !== 'end')
      throw new Error('A run that drives itself rests at its end or at a failure')
    return this.#resultOf(node)
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

  /** Closes what the run has opened; it can go on, and then opens it again. */
  async release(): Promise<void> {
    if (this.#isAtRest) await this.#host.close()
  }

  /**
   * Ends the run for good: cancels what is under way, waits for it, closes toolsets. Messages, result and context stay
   * readable.
   */
  dispose(): Promise<void> {
    this.#disposed ??= this.#dispose()
    return this.#disposed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }

  [Symbol.for('nodejs.util.inspect.custom')](
    _depth: number,
    options: object,
    inspect?: Inspect,
  ): string {
    const { runId, nextNode, usage, result } = this
    const shown = {
      runId,
      nextNode: nextNode.kind,
      result: result === null ? null : result.output,
      usage: {
        requests: usage.requests,
        inputTokens: usage.inputTokens,
        outputTokens: usage.outputTokens,
      },
    }
    return `AgentRun ${inspect ? inspect(shown, options) : JSON.stringify(shown)}`
  }

  get #context(): AgentContext {
    return this.actor.getSnapshot().context
  }

  #nodeOf({ node }: AgentContext): NodeOrEnd<TOutput> {
    // The context is not generic; the output of this run is what its agent declares.
    return node as NodeOrEnd<TOutput>
  }

  get #isStopped(): boolean {
    return this.#disposed !== undefined || this.actor.getSnapshot().status === 'stopped'
  }

  get #isAtRest(): boolean {
    const { status, value } = this.actor.getSnapshot()
    return status !== 'active' || isReady(value)
  }

  #messages(): readonly ModelMessage[] {
    const { tail, failure } = this.#context
    const committed = messagesOf(this.#host.log)
    return failure === null ? committed : [...committed, ...tail]
  }

  async #move(event: GraphEvent): Promise<NodeOrEnd<TOutput>> {
    const before = this.actor.getSnapshot()
    this.actor.send(event)
    const isQueued = this.actor.getSnapshot() === before // sent by a subscriber: taken when that returns
    if (isQueued) await Promise.resolve()
    return this.#rested()
  }

  /** The node after the step that is running. @throws what the step failed with */
  async #rested(): Promise<NodeOrEnd<TOutput>> {
    if (!this.#isAtRest) this.#atRest ??= Promise.withResolvers()
    const snapshot = (await this.#atRest?.promise) ?? this.actor.getSnapshot()
    if (snapshot.status === 'stopped') throw new RunDisposedError()
    if (snapshot.status === 'error') throw snapshot.error
    const { context } = snapshot
    const { failure } = context
    if (failure === null) return this.#nodeOf(context)
    this.#rememberFor(failure.error)
    throw failure.error
  }

  #rememberFor(error: unknown): void {
    if (typeof error !== 'object' || error === null) return
    const other = runs.get(error)
    runs.set(error, other === undefined || other === this ? this : null)
  }

  #observe(): void {
    this.#nodes[this.#context.visit] = this.nextNode
    if (!this.#isAtRest) return
    this.#tellReaders()
    this.#atRest?.resolve(this.actor.getSnapshot()) // others may move the run on before it is read
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
    if (!this.#isAtRest) {
      this.cancel('The run was disposed of')
      await Promise.allSettled([this.#rested()])
    }
    try {
      await this.#host.close()
    } finally {
      this.#host.feed.close({ error: new RunDisposedError() })
      this.actor.stop()
    }
  }

  #resultOf(end: End<TOutput>): AgentRunResult<TOutput> {
    return new AgentRunResult({
      end,
      context: this.#context,
      messages: messagesOf(this.#host.log),
      usage: this.usage,
      traceparent: this.traceparent,
    })
  }
}

type Events<TOutput> = AsyncIterableIterator<RunEvent<TOutput>, undefined>
type Inspect = (value: unknown, options: object) => string

const encoder = new TextEncoder()

/** Runs by the error they failed with; `null` when several failed with the very same. */
const runs = new WeakMap<object, AgentRun | null>()

function isReady(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.values(value)[0] === 'ready'
}
