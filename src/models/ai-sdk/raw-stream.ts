import type { ResponseDelta } from '../../streaming/index.ts'
import { AnthropicStreamReader } from '../anthropic/read-stream.ts'
import { GoogleStreamReader } from '../google/read-stream.ts'
import { ChatStreamReader } from '../openai-chat/read-stream.ts'
import type { PendingJob } from '../openai-responses/background.ts'
import { StreamReader as ResponsesStreamReader } from '../openai-responses/read-stream.ts'
import { isRawObject, rawObject, rawObjects, rawText } from '../raw.ts'
import type { ReadContext } from '../read-context.ts'
import { streamError } from '../sdk-error.ts'
import { type Asked, cutOff } from './errors.ts'

/** Reads what a provider sends, chunk by chunk, and throws the error that it reports. */
export interface RawStreamReader {
  read(chunk: unknown): Iterable<ResponseDelta>
  /**
   * What is known when no more will come.
   *
   * @throws {ModelAPIError} worth a retry, when the answer was cut off
   */
  end(): Iterable<ResponseDelta>
  /** How the response stands if the stream breaks off here; absent or `undefined` where that is its end. */
  suspension?(): ResponseDelta | undefined
}

/** What a reader is told of the request. */
export interface RawTerms {
  readonly asked: Asked
  readonly context: ReadContext
  /** What the stream goes on with, if it does. */
  readonly job: PendingJob | undefined
}

/**
 * The reader of a stream of this family; `undefined` when its first chunk is of another kind: a package may have more
 * than one API.
 */
export function rawStreamReader(chunk: unknown, terms: RawTerms): RawStreamReader | undefined {
  const { choices, type, candidates, promptFeedback, usageMetadata } = rawObject(chunk)
  switch (terms.asked.family) {
    case 'openai-chat':
      return Array.isArray(choices) ? chatReader(terms) : undefined
    case 'openai-responses':
      return rawText(type)?.startsWith('response.') ? responsesReader(terms) : undefined
    case 'anthropic':
      return type === 'message_start' ? anthropicReader(terms) : undefined
    case 'google':
      return [candidates, promptFeedback, usageMetadata].some((field) => field != null)
        ? googleReader(terms)
        : undefined
    case 'other':
      return undefined
  }
}

/**
 * A chunk may hold an error beside choices, which the package reads instead. Servers that never say why an answer ends
 * do end it with the count of what was used.
 */
function chatReader({ asked, context }: RawTerms): RawStreamReader {
  const reader = new ChatStreamReader(context)
  let hasCount = false
  return {
    *read(chunk) {
      const { error, choices, usage } = rawObject(chunk)
      if (error != null) throw streamError(error, asked)
      hasCount ||= rawObjects(choices).length === 0 && isRawObject(usage)
      yield* reader.read(chunk)
    },
    *end() {
      if (!reader.hasFinished && !hasCount) throw cutOff(asked)
      yield* reader.end()
    },
  }
}

function responsesReader({ asked, context, job }: RawTerms): RawStreamReader {
  const reader = new ResponsesStreamReader(context, job)
  return {
    *read(chunk) {
      yield* reader.read(chunk)
      if (reader.failure !== undefined) throw streamError(reader.failure, asked)
    },
    end() {
      if (!reader.isFinished) throw cutOff(asked)
      return []
    },
    suspension: () => (reader.isBackground ? reader.suspension() : undefined),
  }
}

function anthropicReader({ asked: { modelName, provider } }: RawTerms): RawStreamReader {
  const reader = new AnthropicStreamReader(modelName, provider)
  return {
    read: (event) => reader.read(event),
    end() {
      reader.finish()
      return []
    },
  }
}

function googleReader({ asked, context }: RawTerms): RawStreamReader {
  const reader = new GoogleStreamReader(context)
  return {
    *read(chunk) {
      if (isRawObject(rawObject(chunk)['error'])) throw streamError(chunk, asked)
      yield* reader.read(rawObject(chunk))
    },
    *end() {
      if (!reader.isComplete) throw cutOff(asked)
      yield* reader.end()
    },
  }
}
