import { AgentError, type AgentErrorOptions } from './agent-error.ts'

/** The provider could not be asked or did not answer in a usable way. */
export class ModelAPIError extends AgentError {
  override name: string = 'ModelAPIError'
  /** The model that was asked, as the provider names it. */
  readonly modelName: string

  constructor(modelName: string, message: string, options: AgentErrorOptions = {}) {
    super(message, options)
    this.modelName = modelName
  }
}
