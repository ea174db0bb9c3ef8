import { ModelAPIError } from './model-api-error.ts'

/** What is known of an answer with an error status. */
export interface ModelHTTPErrorOptions {
  readonly modelName: string
  readonly statusCode: number
  /** Default `null`. */
  readonly body?: unknown
  readonly provider?: string | null
  /** Seconds, as the provider asked for; see {@link ModelHTTPError.retryAfter}. */
  readonly retryAfter?: number | null
  /** Default: by the status. */
  readonly isRetryable?: boolean
  readonly cause?: unknown
}

/** The provider answered with an HTTP error status (4xx or 5xx). */
export class ModelHTTPError extends ModelAPIError {
  override name = 'ModelHTTPError' as const
  readonly statusCode: number
  /** The body of the answer: parsed when it was JSON, else text, `null` when there was none. */
  readonly body: unknown
  /** How long the provider asks to wait before the next try, in seconds; `null` when it says nothing. */
  readonly retryAfter: number | null

  constructor(options: ModelHTTPErrorOptions) {
    const {
      modelName,
      statusCode,
      body = null,
      provider = null,
      retryAfter = null,
      cause,
    } = options
    const shown = typeof body === 'string' ? body : JSON.stringify(body)
    super(modelName, `status_code: ${statusCode}, model_name: ${modelName}, body: ${shown}`, {
      cause,
      provider,
      isRetryable: options.isRetryable ?? isTransient(statusCode),
    })
    this.statusCode = statusCode
    this.body = body
    this.retryAfter = retryAfter
  }
}

/** A request timeout, a conflict, a rate limit, or a failure of the server. */
function isTransient(statusCode: number): boolean {
  return [408, 409, 425, 429].includes(statusCode) || statusCode >= 500
}
