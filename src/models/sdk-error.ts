import {
  AgentError,
  ModelAPIError,
  ModelHTTPError,
  ModelStreamError,
  UnexpectedModelBehavior,
} from '../errors/index.ts'
import { isRawObject, type RawObject, rawNumber, rawObject, rawText } from './raw.ts'

/** What an error is told about the request that failed. */
export interface FailedRequest {
  readonly modelName: string
  readonly provider: string
  readonly signal: AbortSignal
}

/**
 * What a failure of the packages `openai` and `@anthropic-ai/sdk` is to a run; both come out of one generator and fail
 * alike. They are known by their fields, since there may be several copies of a package.
 *
 * | from the package | becomes |
 * |---|---|
 * | an HTTP status | `ModelHTTPError` with the parsed body |
 * | an error in a stream that had begun well | `ModelStreamError` |
 * | no connection, one that was cut, no answer in time | `ModelAPIError`, worth a retry |
 * | an answer that is no JSON | `UnexpectedModelBehavior` |
 * | anything else | stays what it is |
 */
export function sdkError(cause: unknown, request: FailedRequest): unknown {
  if (request.signal.aborted) return request.signal.reason
  if (cause instanceof AgentError) return cause
  const { modelName, provider } = request
  const { status, error, headers } = rawObject(cause)
  const message = cause instanceof Error ? cause.message : String(cause)
  const statusCode = rawNumber(status)
  if (statusCode !== undefined && statusCode >= 400) {
    const body = error ?? plainBody(message)
    const retryAfter = retryAfterOf(headers)
    return new ModelHTTPError({ modelName, statusCode, provider, cause, retryAfter, body })
  }
  if (isRawObject(error)) return streamError(error, request, cause)
  if (cause instanceof SyntaxError) {
    return new UnexpectedModelBehavior(`Unreadable response of '${modelName}': ${message}`, {
      cause,
    })
  }
  if (!isConnectionError(cause)) return cause
  return new ModelAPIError(modelName, connectionMessage(cause, message), {
    cause,
    provider,
    isRetryable: true,
  })
}

/** An error that a provider wrote into a stream, in one of the forms `{ message }` and `{ error: { message } }`. */
export function streamError(
  body: unknown,
  { modelName, provider }: FailedRequest,
  cause?: unknown,
): ModelStreamError {
  const error = { ...rawObject(body), ...rawObject(rawObject(body)['error']) }
  const message = rawText(error['message']) ?? (rawText(body) || JSON.stringify(body))
  const isRetryable = isPassing(error)
  return new ModelStreamError(modelName, message, { body, provider, isRetryable, cause })
}

/** Whether the provider was at fault or busy, by a status or by the words it has for that. */
function isPassing(error: RawObject): boolean {
  const marks = ['code', 'status_code', 'status', 'type'].map((key) => error[key])
  return marks.some((mark) => {
    const status = Number(mark)
    if (Number.isInteger(status)) return [408, 409, 425, 429].includes(status) || status >= 500
    return /server_error|overload|rate_limit|unavailable|timeout|api_error/.test(
      rawText(mark) ?? '',
    )
  })
}

/** The packages keep of a body that is no JSON only what they show: `502 <html>…`. */
function plainBody(message: string): string | null {
  const shown = message.replace(/^\d+ /, '')
  return shown === message || shown === 'status code (no body)' ? null : shown.trim()
}

/** Seconds, from a header `retry-after-ms` or `retry-after`; `null` when there is none, or one that cannot be read. */
export function retryAfterOf(headers: unknown): number | null {
  const read = (name: string): string | undefined =>
    headers instanceof Headers
      ? (headers.get(name) ?? undefined)
      : rawText(rawObject(headers)[name])
  const ms = Number(read('retry-after-ms') ?? Number.NaN)
  if (Number.isFinite(ms)) return Math.max(0, ms / 1000)
  const value = read('retry-after')
  if (value === undefined || value.trim() === '') return null
  const seconds = Number(value)
  if (Number.isFinite(seconds)) return Math.max(0, seconds)
  const until = Date.parse(value)
  return Number.isNaN(until) ? null : Math.max(0, (until - Date.now()) / 1000)
}

/** Packages name these `APIConnectionError` and the like, and `fetch` throws a `TypeError`, as a broken body does. */
function isConnectionError(cause: unknown): boolean {
  if (!isRawObject(cause)) return false
  const { code, name } = cause
  if (name === 'AbortError' || name === 'TimeoutError') return true
  if (cause instanceof TypeError) return brokenConnection.test(cause.message)
  return /^API(Connection|UserAbort)/.test(cause.constructor.name) || rawText(code) !== undefined
}

/** What engines say of a connection that failed: Node, Chrome, Firefox, Safari. */
const brokenConnection = /fetch|terminated|network|load failed|connection|socket/i

/** The reason lies in the cause: `fetch failed` says nothing. */
function connectionMessage(error: unknown, message: string): string {
  const reasons: string[] = []
  for (let cause = rawObject(error)['cause']; cause instanceof Error; cause = cause.cause) {
    reasons.push(cause.message)
  }
  return [message, ...reasons.filter((reason) => !message.includes(reason))].join(': ')
}
