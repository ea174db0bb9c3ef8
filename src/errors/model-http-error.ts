import { ModelAPIError } from './model-api-error.ts'

/** The provider answered with an HTTP error status (4xx or 5xx). */
export class ModelHTTPError extends ModelAPIError {
  override name = 'ModelHTTPError' as const
  readonly statusCode: number
  /** The body of the answer: parsed when it was JSON, else text, `null` when there was none. */
  readonly body: unknown

  constructor(options: { modelName: string; statusCode: number; body?: unknown; cause?: unknown }) {
    const { modelName, statusCode, body = null, cause } = options
    const shown = typeof body === 'string' ? body : JSON.stringify(body)
    super(modelName, `status_code: ${statusCode}, model_name: ${modelName}, body: ${shown}`, {
      cause,
    })
    this.statusCode = statusCode
    this.body = body
  }
}
