import { AgentError, type AgentErrorOptions } from './agent-error.ts'

/** What an error of a provider knows besides its message. */
export interface ModelErrorOptions extends AgentErrorOptions {
  /** The provider's name, such as `openai`. Default `null`: not known. */
  readonly provider?: string | null
  /** Whether the same request may succeed when it is sent again. Default `false`. */
  readonly isRetryable?: boolean
}

/** The provider could not be asked or did not answer in a usable way. */
export class ModelAPIError extends AgentError {
  override name: string = 'ModelAPIError'
  /** The model that was asked, as the provider names it. */
  readonly modelName: string
  /** The provider's name, such as `openai`; `null` when it is not known. */
  readonly provider: string | null
  /** Whether the same request may succeed when it is sent again: after a cut connection, a 429, a 5xx. */
  readonly isRetryable: boolean

  constructor(modelName: string, message: string, options: ModelErrorOptions = {}) {
    const { provider = null, isRetryable = false, ...rest } = options
    super(message, rest)
    this.modelName = modelName
    this.provider = provider
    this.isRetryable = isRetryable
  }
}
