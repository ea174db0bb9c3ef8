import type { AgentContext } from '../../machines/index.ts'
import { UserError } from '../errors/index.ts'
import { messagesToJson, type ModelMessage, type ModelResponse } from '../messages/index.ts'
import type { End, NodeOrEnd } from '../nodes/index.ts'
import type { RunUsage } from '../usage/index.ts'

/** How messages are handed out. */
export interface MessageOptions {
  /**
   * Replaces what the model is told of its final output tool call, for a history to go on from. Only for outputs that a
   * tool made.
   */
  readonly outputToolReturnContent?: string
}

interface ResultFacts<TOutput> {
  readonly end: End<TOutput>
  readonly context: AgentContext
  readonly messages: readonly ModelMessage[]
  readonly usage: RunUsage
  readonly traceparent: string | null
}

/** What a run ended with. Immutable. */
export class AgentRunResult<TOutput = unknown> {
  readonly output: TOutput
  /** Of the whole run, nested runs included. Frozen. */
  readonly usage: RunUsage
  readonly runId: string
  readonly conversationId: string
  readonly metadata: Readonly<Record<string, unknown>> | null
  readonly traceparent: string | null
  readonly #facts: ResultFacts<TOutput>

  /** @internal */
  constructor(facts: ResultFacts<TOutput>) {
    const { end, context, usage, traceparent } = facts
    this.#facts = facts
    this.output = end.data.output
    this.usage = usage
    this.runId = context.runId
    this.conversationId = context.conversationId
    this.metadata = context.metadata
    this.traceparent = traceparent
  }

  /** The last response of the model. @throws {UserError} when the history holds none */
  get response(): ModelResponse {
    const response = this.#facts.messages.findLast((message) => message.kind === 'response')
    if (response === undefined) throw new UserError('No response in the message history')
    return response
  }

  /** When the last response came; ISO 8601. */
  get timestamp(): string {
    return this.response.timestamp
  }

  /** All messages, those of earlier runs included. @throws {UserError} see {@link MessageOptions} */
  allMessages(options: MessageOptions = {}): readonly ModelMessage[] {
    return withOutputToolReturn(this.#facts.messages, this.#facts.end, options)
  }

  /** Messages of this run only. @throws {UserError} see {@link MessageOptions} */
  newMessages(options: MessageOptions = {}): readonly ModelMessage[] {
    return this.allMessages(options).slice(this.#facts.context.newMessageIndex)
  }

  /** `allMessages()` as JSON that Pydantic AI reads, in UTF-8. */
  allMessagesJson(options: MessageOptions = {}): Uint8Array {
    return new TextEncoder().encode(messagesToJson(this.allMessages(options)))
  }

  /** `newMessages()` as JSON that Pydantic AI reads, in UTF-8. */
  newMessagesJson(options: MessageOptions = {}): Uint8Array {
    return new TextEncoder().encode(messagesToJson(this.newMessages(options)))
  }
}

/** The messages with another result for the output tool call that ended the run. */
export function withOutputToolReturn(
  messages: readonly ModelMessage[],
  node: NodeOrEnd,
  { outputToolReturnContent: content }: MessageOptions,
): readonly ModelMessage[] {
  if (content === undefined) return messages
  if (node.kind !== 'end' || node.data.toolCallId === null) {
    throw new UserError('Cannot set output tool return content when the return type is `str`.')
  }
  const { toolCallId } = node.data
  const last = messages.at(-1)
  if (last?.kind !== 'request') return messages
  const parts = last.parts.map((part) =>
    part.partKind === 'tool-return' && part.toolCallId === toolCallId ? { ...part, content } : part,
  )
  return [...messages.slice(0, -1), { ...last, parts }]
}
