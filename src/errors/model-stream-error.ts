import { ModelAPIError, type ModelErrorOptions } from './model-api-error.ts'

/** The provider accepted the request, began to stream its answer, and then reported an error in the stream. */
export class ModelStreamError extends ModelAPIError {
  override name = 'ModelStreamError' as const
  /** The error as the provider wrote it into the stream. */
  readonly body: unknown

  constructor(
    modelName: string,
    message: string,
    options: ModelErrorOptions & { body?: unknown } = {},
  ) {
    const { body = null, ...rest } = options
    super(modelName, message, rest)
    this.body = body
  }
}
