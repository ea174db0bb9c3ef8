/**
 * Reads what `doStream` gave. Where the family of the provider is known, what the provider sent is read instead of what
 * the package made of it; the package says only where the stream fails and where it ends.
 *
 *   S1. The first raw chunk decides how the whole stream is read.
 *   S2. A chunk that the package could not read counts if it can be read here.
 *   S3. A stream without a finish was cut off; only work in the background goes on without one.
 */
import { ModelAPIError, ModelStreamError } from '../../errors/index.ts'
import type { ResponseDelta } from '../../streaming/index.ts'
import { isRawObject, type RawObject, rawObject, rawObjects, rawText } from '../raw.ts'
import { cutOff, emptyStream, isUnreadChunk, modelError, streamFailure } from './errors.ts'
import { type RawStreamReader, rawStreamReader, type RawTerms } from './raw-stream.ts'
import { SdkStreamParts } from './stream-parts.ts'

interface StreamTerms extends RawTerms {
  /** Ends the stream at once, even if the model does not listen to it. */
  readonly signal: AbortSignal
  /** The names of the tools that the request has. */
  readonly toolNames: readonly string[]
}

/**
 * The answer in pieces, one part of the stream after the other.
 *
 * @throws {ModelStreamError} when the stream reports an error
 * @throws {ModelAPIError} worth a retry, when it ends without a finish
 * @throws {UnexpectedModelBehavior} when there is nothing in it
 */
export async function* readSdkStream(
  result: unknown,
  terms: StreamTerms,
): AsyncGenerator<ResponseDelta> {
  const reader = new SdkStreamReader(terms, usesPackageTool(result, terms))
  const { modelName, provider: providerName } = terms.asked
  yield { kind: 'response', modelName: terms.job?.modelName ?? modelName, providerName }
  try {
    for await (const part of partsOf(result, terms.signal))
      for (const piece of reader.read(part)) yield piece
    yield* reader.end()
  } catch (error) {
    yield reader.suspension(error)
  }
}

class SdkStreamReader {
  readonly #terms: StreamTerms
  readonly #parts: SdkStreamParts
  #raw: RawStreamReader | undefined
  #isDecided: boolean
  #chunk: unknown
  #hasBegun = false
  #hasFinished = false

  constructor(terms: StreamTerms, readsParts: boolean) {
    this.#terms = terms
    this.#parts = new SdkStreamParts(terms.asked.provider)
    this.#isDecided = readsParts
  }

  *read(part: RawObject): Generator<ResponseDelta> {
    const { type } = part
    if (type === 'raw') yield* this.#readChunk(part['rawValue'])
    if (type === 'error') this.#fail(part['error'])
    if (type === 'finish') this.#hasFinished = !isInterrupted(part)
    else this.#hasBegun ||= type !== 'stream-start'
    if (this.#raw === undefined) yield* this.#parts.read(part)
  }

  *end(): Generator<ResponseDelta> {
    const { asked } = this.#terms
    if (this.#raw !== undefined) yield* this.#raw.end()
    else if (!this.#hasFinished) throw this.#hasBegun ? cutOff(asked) : emptyStream(asked) // S3
  }

  /**
   * What is left of a stream that failed, when the work goes on without it.
   *
   * @throws the error, in any other case
   */
  suspension(error: unknown): ResponseDelta {
    const { asked, signal } = this.#terms
    const failure = signal.aborted ? error : modelError(error, asked)
    const isCut = failure instanceof ModelAPIError && !(failure instanceof ModelStreamError)
    const suspension = isCut ? this.#raw?.suspension?.() : undefined
    if (suspension === undefined) throw failure
    return suspension
  }

  *#readChunk(chunk: unknown): Generator<ResponseDelta> {
    this.#chunk = chunk
    if (!this.#isDecided) this.#raw = rawStreamReader(chunk, this.#terms) // S1
    this.#isDecided = true
    if (this.#raw !== undefined) yield* this.#raw.read(chunk)
  }

  #fail(error: unknown): void {
    if (this.#raw !== undefined && isUnreadChunk(error)) return // S2
    throw streamFailure(error, this.#terms.asked, this.#raw && this.#chunk)
  }
}

/** Some packages write a finish although the provider wrote none, and say so. */
function isInterrupted(finish: RawObject): boolean {
  return rawObject(finish['finishReason'])['unified'] === 'interrupted'
}

/** Packages may ask for a native output by a tool of their own, `json`; only they can undo that. */
function usesPackageTool(result: unknown, { toolNames }: StreamTerms): boolean {
  const { tools } = rawObject(rawObject(rawObject(result)['request'])['body'])
  const sent = rawObjects(tools).flatMap((tool) => [
    tool,
    ...rawObjects(tool['functionDeclarations']),
  ])
  return sent.some(({ name }) => {
    const text = rawText(name) ?? ''
    return /^json(_\d+)?$/.test(text) && !toolNames.includes(text)
  })
}

async function* partsOf(result: unknown, signal: AbortSignal): AsyncGenerator<RawObject> {
  const stream: unknown = rawObject(result)['stream']
  if (!isReadable(stream)) throw new TypeError('doStream() gave no stream')
  const reader = stream.getReader()
  const close = (): void => void reader.cancel(signal.reason).catch(() => {})
  signal.addEventListener('abort', close)
  try {
    signal.throwIfAborted()
    for (;;) {
      const { done, value } = await reader.read()
      signal.throwIfAborted()
      if (done) return
      if (isRawObject(value)) yield value
    }
  } finally {
    signal.removeEventListener('abort', close)
    close()
  }
}

/** By what it can do: packages may bring a stream of their own. */
function isReadable(value: unknown): value is ReadableStream<unknown> {
  return isRawObject(value) && typeof value['getReader'] === 'function'
}
