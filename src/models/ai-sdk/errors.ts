import {
  MissingKeyError,
  ModelAPIError,
  ModelHTTPError,
  UnexpectedModelBehavior,
  UserError,
} from '../../errors/index.ts'
import { filledText, isRawObject, type RawObject, rawNumber, rawObject, rawText } from '../raw.ts'
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

/**
 * What a failure of the AI SDK is to a run. Its errors are known by their names, since a package may bring classes of
 * its own; any other error stays what it is.
 *
 * | from the package | becomes |
 * |---|---|
 * | an HTTP status of 400 or more | `ModelHTTPError` with the parsed body |
 * | no answer at all | `ModelAPIError` |
 * | an answer that cannot be read | `UnexpectedModelBehavior` |
 * | no API key | `MissingKeyError` |
 * | something this provider does not know | `UserError` |
 */
export function modelError(cause: unknown, modelName: string, family: Family): unknown {
  const error = rawObject(cause)
  const message = rawText(error['message']) ?? String(cause)
  switch (error['name']) {
    case 'AI_APICallError':
      return callError(error, message, { cause, modelName, family })
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
      return cause
  }
}

interface CallFacts {
  readonly cause: unknown
  readonly modelName: string
  readonly family: Family
}

function callError(error: RawObject, message: string, { cause, modelName, family }: CallFacts) {
  const statusCode = rawNumber(error['statusCode'])
  if (statusCode === undefined) return new ModelAPIError(modelName, message, { cause })
  if (statusCode < 400) return unreadable(modelName, message, cause)
  const body = errorBody(parsedBody(error['responseBody']), family)
  return new ModelHTTPError({ modelName, statusCode, body, cause })
}

function unreadable(modelName: string, message: string, cause: unknown): UnexpectedModelBehavior {
  return new UnexpectedModelBehavior(`Unreadable response of '${modelName}': ${message}`, { cause })
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
