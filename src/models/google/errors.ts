import { AgentError, ModelAPIError, ModelHTTPError, ModelStreamError } from '../../errors/index.ts'
import type { Model } from '../model.ts'
import { type RawObject, rawNumber, rawObject, rawObjects, rawText } from '../raw.ts'
import { retryAfterOf, sdkError } from '../sdk-error.ts'

type Asked = Pick<Model, 'modelName' | 'system'>

/** What a failure of a request is to a run. Whatever else is thrown comes from signing in. */
export function googleError(
  cause: unknown,
  { modelName, system: provider }: Asked,
  signal: AbortSignal,
): unknown {
  if (signal.aborted) return signal.reason
  if (cause instanceof AgentError) return cause
  const error = sdkError(cause, { modelName, provider, signal })
  if (error !== cause || !(cause instanceof Error)) return error
  return new ModelAPIError(modelName, `Google could not be asked: ${cause.message}`, {
    cause,
    provider,
  })
}

/** A refusal: an answer with an error status. */
export async function refusal(
  response: Response,
  modelName: string,
  provider: string,
): Promise<ModelHTTPError> {
  const { status: statusCode, headers } = response
  const body = parsed(await response.text())
  const retryAfter = retryAfterOf(headers) ?? retryDelayOf(body)
  return new ModelHTTPError({ modelName, statusCode, provider, body, retryAfter })
}

/** An error that Google wrote into a stream that had begun. */
export function streamError(
  body: RawObject,
  modelName: string,
  provider: string,
): ModelStreamError {
  const { code, message } = rawObject(body['error'])
  const status = rawNumber(code) ?? 500
  return new ModelStreamError(modelName, rawText(message) ?? JSON.stringify(body), {
    body,
    provider,
    isRetryable: status === 429 || status >= 500,
  })
}

/** JSON if it is some, else the text; `null` for none. */
function parsed(text: string): unknown {
  if (text === '') return null
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Google says in the body when to come again, in seconds such as `34.5s`. */
function retryDelayOf(body: unknown): number | null {
  const details = rawObjects(rawObject(rawObject(body)['error'])['details'])
  const delay = details.map((detail) => rawText(detail['retryDelay'])).find(Boolean)
  const seconds = Number(/^([\d.]+)s$/.exec(delay ?? '')?.[1] ?? Number.NaN)
  return Number.isFinite(seconds) ? seconds : null
}
