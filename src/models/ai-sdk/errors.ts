import {
  MissingKeyError,
  ModelAPIError,
  ModelHTTPError,
  UnexpectedModelBehavior,
  UserError,
} from '../../errors/index.ts'
import { filledText, isRawObject, type RawObject, rawNumber, rawObject, rawText } from '../raw.ts'
import { type FailedRequest, retryAfterOf, sdkError, streamError } from '../sdk-error.ts'
import type { Family } from './family.ts'

/**
 * The body of an answer that the package could not read although the provider said all is well. A body that is not text
 * was read once already: there the package made up the status of the error.
 */
export function unreadBody(error: unknown): unknown {
  const { name, statusCode, responseBody, data } = rawObject(error)
  if (name === 'AI_InvalidResponseDataError') return data
  if (name !== 'AI_APICallError') return undefined
  const isAnswer = isRawObject(responseBody) || (rawNumber(statusCode) ?? 400) < 400
  return isAnswer ? parsedBody(responseBody) : undefined
}

/** Whose request failed. */
export interface Asked extends FailedRequest {
  readonly family: Family
}

/**
 * What a failure of the AI SDK is to a run. Its errors are known by their names, since a package may bring classes of
 * its own; any other error stays what it is.
 *
 * | from the package | becomes |
 * |---|---|
 * | an HTTP status of 400 or more | `ModelHTTPError` with the parsed body |
 * | an error in a stream, before anything else | `ModelStreamError` |
 * | no answer at all, or one that was cut | `ModelAPIError`, worth a retry unless the package says otherwise |
 * | an answer that cannot be read | `UnexpectedModelBehavior` |
 * | no API key | `MissingKeyError` |
 * | something this provider does not know | `UserError` |
 */
export function modelError(cause: unknown, asked: Asked): unknown {
  const { modelName } = asked
  const error = rawObject(cause)
  const message = rawText(error['message']) ?? String(cause)
  switch (error['name']) {
    case 'AI_APICallError':
      return callError(error, message, { ...asked, cause })
    case 'AI_LoadAPIKeyError':
      return keyError(message, modelName, cause)
    case 'AI_UnsupportedFunctionalityError':
    case 'AI_InvalidPromptError':
    case 'AI_InvalidArgumentError':
    case 'AI_LoadSettingError':
      return new UserError(`The request to '${modelName}' cannot be sent: ${message}`, { cause })
    case 'AI_InvalidResponseDataError':
    case 'AI_JSONParseError':
    case 'AI_TypeValidationError':
    case 'AI_EmptyResponseBodyError':
    case 'AI_NoContentGeneratedError':
      return unreadable(modelName, message, cause)
    default:
      return sdkError(cause, asked)
  }
}

/**
 * What an `error` part of a stream is to a run: what the provider reported, or what the package could not read.
 *
 * @param cause an error, or whatever the provider wrote
 * @param chunk what the provider sent, if that is known
 */
export function streamFailure(cause: unknown, asked: Asked, chunk?: unknown): unknown {
  const known = cause instanceof Error ? modelError(cause, asked) : cause
  if (known !== cause) return known
  const { message, data } = rawObject(cause)
  const told = cause instanceof Error ? { ...rawObject(cause), message } : cause
  const body = chunk ?? data ?? told
  return streamError(errorBody(body, asked.family), asked, cause)
}

/** The stream ended and the answer did not; whoever asks again may get all of it. */
export function cutOff({ modelName, provider }: Asked): ModelAPIError {
  const message = `The answer of '${modelName}' was cut off: the stream ended without a finish`
  return new ModelAPIError(modelName, message, { provider, isRetryable: true })
}

/** Servers that do not stream answer with something else, which packages pass over. */
export function emptyStream({ modelName }: Asked): UnexpectedModelBehavior {
  return new UnexpectedModelBehavior(`The stream of '${modelName}' is empty`)
}

/** Whether the package, not the provider, says that it could not read a chunk. */
export function isUnreadChunk(error: unknown): boolean {
  const { name } = rawObject(error)
  return name === 'AI_TypeValidationError' || name === 'AI_InvalidResponseDataError'
}

interface CallFacts extends Asked {
  readonly cause: unknown
}

function callError(error: RawObject, message: string, { cause, ...asked }: CallFacts) {
  const { modelName, provider, family } = asked
  const statusCode = rawNumber(error['statusCode'])
  const isRetryable = error['isRetryable'] === true
  if (statusCode === undefined) {
    return new ModelAPIError(modelName, message, { cause, provider, isRetryable })
  }
  const headers = lowerCased(error['responseHeaders'])
  const body = errorBody(parsedBody(error['responseBody']), family)
  if (statusCode >= 400 && headers['content-type']?.startsWith('text/event-stream')) {
    return streamError(body, asked, cause)
  }
  if (statusCode >= 400) {
    const retryAfter = retryAfterOf(headers)
    return new ModelHTTPError({
      modelName,
      statusCode,
      provider,
      body,
      retryAfter,
      cause,
      ...(typeof error['isRetryable'] === 'boolean' && { isRetryable }),
    })
  }
  if (isRetryable || sdkError(error['cause'], asked) instanceof ModelAPIError) {
    return new ModelAPIError(modelName, message, { cause, provider, isRetryable: true })
  }
  return unreadable(modelName, message, cause)
}

function unreadable(modelName: string, message: string, cause: unknown): UnexpectedModelBehavior {
  return new UnexpectedModelBehavior(`Unreadable response of '${modelName}': ${message}`, { cause })
}

function lowerCased(headers: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(rawObject(headers)).map(([name, value]) => [name.toLowerCase(), String(value)]),
  )
}

/** OpenAI and those who speak like it wrap the error; the wrapper says nothing. */
function errorBody(body: unknown, family: Family): unknown {
  const isWrapped = family === 'openai-chat' || family === 'openai-responses'
  return isWrapped && isRawObject(body) ? (body['error'] ?? body) : body
}

function parsedBody(body: unknown): unknown {
  if (isRawObject(body)) return body
  const text = filledText(body)
  if (text === undefined) return null
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function keyError(message: string, modelName: string, cause: unknown): UserError | MissingKeyError {
  const variable = /\b([A-Z][A-Z0-9_]+_KEY)\b/.exec(message)?.[1]
  if (variable === undefined) return new UserError(message, { cause })
  return new MissingKeyError(variable, `The model '${modelName}'`, cause)
}
