import type { AgentContext } from '../../machines/index.ts'
import { type MermaidOptions, pathDiagram, runPath } from '../diagram/index.ts'
import { messagesOf, messagesToJson, type ModelMessage } from '../messages/index.ts'
import type { End, NodeOrEnd } from '../nodes/index.ts'
import type { AwaitedCall, RunSnapshot } from '../snapshot/index.ts'
import type { RunContext } from '../tools/index.ts'
import type { RunUsage } from '../usage/index.ts'
import { AgentRunResult, type MessageOptions, withOutputToolReturn } from './agent-run-result.ts'
import type { RunHost } from './run-host.ts'

/** What a run knows about itself, and what its code is called with. */
export interface AgentRunContext<TDeps> {
  /** The chart's context: counters, ids, the pending node, the ledger. Plain data, new after each step. */
  readonly state: AgentContext
  readonly deps: TDeps
  /** What a tool would get. */
  readonly runContext: RunContext
}

/** What a run can be asked at any time, whether or not it is at work. */
export abstract class RunView<TOutput, TDeps> {
  readonly #host: RunHost

  /** @internal */
  constructor(host: RunHost) {
    this.#host = host
  }

  /** The node that runs next, or the end. Pass it to `next`, as it is or changed. */
  get nextNode(): NodeOrEnd<TOutput> {
    // The context is not generic; the output of this run is what its agent declares.
    return this.#host.state.node as NodeOrEnd<TOutput>
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
      state: this.#host.state,
      deps: this.#host.start.setup.deps as TDeps,
      runContext: this.#host.context(),
    }
  }

  /** Used so far, nested runs included. Frozen; read again for newer values. */
  get usage(): RunUsage {
    return this.#host.start.meter.usage
  }

  get runId(): string {
    return this.#host.state.runId
  }

  get conversationId(): string {
    return this.#host.state.conversationId
  }

  get metadata(): Readonly<Record<string, unknown>> | null {
    return this.#host.state.metadata
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
    return this.allMessages(options).slice(this.#host.state.newMessageIndex)
  }

  /** `allMessages()` as JSON that Pydantic AI reads, in UTF-8. */
  allMessagesJson(options: MessageOptions = {}): Uint8Array {
    return encoder.encode(messagesToJson(this.allMessages(options)))
  }

  /** `newMessages()` as JSON that Pydantic AI reads, in UTF-8. */
  newMessagesJson(options: MessageOptions = {}): Uint8Array {
    return encoder.encode(messagesToJson(this.newMessages(options)))
  }

  /** The calls that wait for somebody outside, those of runs below included. */
  get waitingFor(): readonly AwaitedCall[] {
    return this.#host.awaits
  }

  /**
   * The run on paper, in any state and at any moment: plain JSON, from which `agent.resume()` goes on in another process.
   * Of a step that is under way it holds what has happened to calls; the step itself begins anew.
   *
   * @throws {ValidationError} when metadata, output or messages hold what JSON cannot
   */
  snapshot(): RunSnapshot {
    return this.#host.written()
  }

  /**
   * The chart's states as a Mermaid diagram, with the path that the run has taken: how often each state was entered and
   * each arrow taken, and the state that is next. It is read off the messages, so a run that was resumed has all of it.
   */
  toMermaid(options: MermaidOptions = {}): string {
    const { state, log } = this.#host
    return pathDiagram(runPath(state, messagesOf(log)), options)
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

  #messages(): readonly ModelMessage[] {
    const { tail, failure } = this.#host.state
    const committed = messagesOf(this.#host.log)
    return failure === null ? committed : [...committed, ...tail]
  }

  #resultOf(end: End<TOutput>): AgentRunResult<TOutput> {
    return new AgentRunResult({
      end,
      context: this.#host.state,
      messages: messagesOf(this.#host.log),
      usage: this.usage,
      traceparent: this.traceparent,
    })
  }
}

type Inspect = (value: unknown, options: object) => string

const encoder = new TextEncoder()
