import type { ModelResponse, ModelResponseInput } from '../messages/index.ts'
import { AgentError } from './agent-error.ts'

/** A model answered, and `fallbackOn` of a `FallbackModel` did not take the answer. */
export class ResponseRejectedError extends AgentError {
  override name = 'ResponseRejectedError' as const
  /** The model that answered. */
  readonly modelName: string
  /** What was not taken; it has been paid for. */
  readonly response: ModelResponse | ModelResponseInput

  constructor(modelName: string, response: ModelResponse | ModelResponseInput) {
    super(`The response of '${modelName}' was rejected by \`badResponse\``)
    this.modelName = modelName
    this.response = response
  }
}
