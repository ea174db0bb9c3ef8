/**
 * Makes pieces of a response out of the chunks of a chat stream.
 *
 * Is told the chunks as they came; tells what is new in each.
 *
 *   C1. Thinking is told as it comes, before the text that follows.
 *   C2. A refusal takes the place of the answer.
 *   C3. What is used is summed up, since servers tell it in one chunk or in parts.
 *   C4. Of several answers the one that began first is read.
 */
import { addUsage, RequestUsage } from '../../usage/index.ts'
import type { ResponseDelta, ResponseFacts, ThinkingPiece } from '../../streaming/index.ts'
import {
  filledText,
  present,
  type RawObject,
  rawNumber,
  rawObject,
  rawObjects,
  timestampOf,
} from '../raw.ts'
import type { ReadContext } from '../read-context.ts'
import { CallPieces } from './call-pieces.ts'
import { dialectOf } from './dialect.ts'
import { finishReasonOf, readChatUsage, textOf, thinkingOf } from './read-response.ts'
import { ThinkTags, type Stretch } from './think-tags.ts'
import { ThinkingDetails } from './thinking-details.ts'

export class ChatStreamReader {
  readonly #context: ReadContext
  readonly #opening: Omit<ResponseFacts, 'kind'>
  readonly #tags = new ThinkTags()
  readonly #calls = new CallPieces()
  #choiceIndex: number | undefined
  #usage = RequestUsage()
  #refusal = ''
  readonly #logprobs: RawObject[] = []
  readonly #thinkingDetails = new ThinkingDetails()
  #thinkingKey = 'reasoning'
  readonly #begun = new Set<string>()
  readonly #repeated = new Map<string, string>()
  /** How many times the text went over to thinking or back. */
  #stretches = 0
  #stretchKind: Stretch['kind'] | undefined
  #hasChunks = false
  #hasFinished = false

  /** @param opening what is known before the first chunk; told with it */
  constructor(context: ReadContext, opening: Omit<ResponseFacts, 'kind'> = {}) {
    this.#context = context
    this.#opening = opening
  }

  /** Whether anything has come. */
  get hasChunks(): boolean {
    return this.#hasChunks
  }

  /** Whether the server has said why the answer ends. */
  get hasFinished(): boolean {
    return this.#hasFinished
  }

  *read(value: unknown): Generator<ResponseDelta> {
    const chunk = rawObject(value)
    yield* this.#facts(chunk)
    this.#hasChunks = true
    const choice = rawObjects(chunk['choices']).find((each) => this.#isRead(each))
    if (choice !== undefined) yield* this.#choice(choice)
  }

  // C4
  #isRead({ index }: RawObject): boolean {
    this.#choiceIndex ??= rawNumber(index)
    return this.#choiceIndex === undefined || (index ?? this.#choiceIndex) === this.#choiceIndex
  }

  /** What is known when no more will come. */
  *end(): Generator<ResponseDelta> {
    yield* this.#content(this.#tags.end())
    if (this.#thinkingDetails.all.length > 0) {
      const providerDetails = { reasoning_details: this.#thinkingDetails.all }
      yield { kind: 'thinking', key: this.#thinkingKey, providerDetails }
    }
    const details = present({
      refusal: filledText(this.#refusal),
      logprobs: this.#logprobs.length > 0 ? this.#logprobs : undefined,
    })
    if (Object.keys(details).length > 0) yield { kind: 'response', providerDetails: details }
  }

  *#facts(chunk: RawObject): Generator<ResponseFacts> {
    const providerResponseId = this.#ifNew('id', chunk)
    const modelName = this.#ifNew('model', chunk)
    const details = present({
      timestamp: this.#hasChunks ? undefined : timestampOf(chunk['created']),
      moderation: chunk['moderation'],
    })
    const facts = {
      ...(!this.#hasChunks && this.#opening),
      ...(providerResponseId !== undefined && { providerResponseId }),
      ...(modelName !== undefined && { modelName }),
      ...(Object.keys(details).length > 0 && { providerDetails: details }),
      ...(chunk['usage'] != null && { usage: this.#addUsage(chunk['usage']) }),
    }
    if (Object.keys(facts).length > 0) yield { kind: 'response', ...facts }
  }

  /** Every chunk repeats these. */
  #ifNew(field: string, chunk: RawObject): string | undefined {
    const value = filledText(chunk[field])
    if (value === undefined || this.#repeated.get(field) === value) return undefined
    this.#repeated.set(field, value)
    return value
  }

  // C3
  #addUsage(usage: unknown): RequestUsage {
    const more = RequestUsage(readChatUsage(usage))
    const replaces = this.#context.settings['openaiContinuousUsageStats'] === true
    this.#usage = replaces ? more : addUsage(this.#usage, more)
    return this.#usage
  }

  *#choice(choice: RawObject): Generator<ResponseDelta> {
    const delta = rawObject(choice['delta'])
    const refusal = filledText(delta['refusal'])
    if (refusal !== undefined) {
      if (this.#refusal === '') yield { kind: 'response', finishReason: 'content_filter' }
      this.#refusal += refusal
    }
    yield* this.#finish(filledText(choice['finish_reason']))
    this.#logprobs.push(...rawObjects(rawObject(choice['logprobs'])['content']))
    if (refusal !== undefined) return
    yield* this.#thinking(delta)
    yield* this.#content(this.#tags.read(textOf(delta['content'])))
    for (const call of rawObjects(delta['tool_calls'])) yield this.#calls.read(call)
  }

  *#finish(reason: string | undefined): Generator<ResponseFacts> {
    if (reason === undefined) return
    this.#hasFinished = true
    if (this.#refusal !== '') return // C2
    yield {
      kind: 'response',
      finishReason: finishReasonOf(reason, this.#context),
      providerDetails: { finish_reason: reason },
    }
  }

  // C1
  *#thinking(delta: RawObject): Generator<ResponseDelta> {
    const { providerName } = this.#context
    const hasDetails = dialectOf(providerName, '').hasThinkingDetails
    const details = hasDetails ? rawObjects(delta['reasoning_details']) : []
    this.#thinkingDetails.add(details)
    const thinking = thinkingOf(delta)
    if (thinking === undefined && details.length === 0) return
    // Sealed thinking has no text.
    const { field: id, content } = thinking ?? { field: this.#thinkingKey, content: '' }
    this.#thinkingKey = id
    yield this.#thinkingPiece(id, id, content)
  }

  /** Whose thinking it is stands where it begins. */
  #thinkingPiece(key: string, id: string, content: string): ThinkingPiece {
    const isBegun = this.#begun.has(key)
    this.#begun.add(key)
    const { providerName } = this.#context
    return { kind: 'thinking', key, content, ...(!isBegun && { id, providerName }) }
  }

  *#content(stretches: Iterable<Stretch>): Generator<ResponseDelta> {
    for (const { kind, content } of stretches) {
      const isFirst = kind !== this.#stretchKind || content === ''
      if (isFirst && kind === 'text' && this.#isBlank(content)) continue
      if (isFirst) this.#stretches += 1
      this.#stretchKind = kind
      const key = `content ${this.#stretches}`
      if (kind === 'text') yield { kind, key, content }
      else yield this.#thinkingPiece(key, 'content', content)
    }
  }

  /** Many open models write line breaks before a call, which must not pass for the beginning of an answer. */
  #isBlank(content: string): boolean {
    return this.#context.providerName !== 'openai' && content.trim() === ''
  }
}
