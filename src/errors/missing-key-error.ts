import { AgentError } from './agent-error.ts'

/** A provider's API key is neither given nor in the environment. */
export class MissingKeyError extends AgentError {
  override name = 'MissingKeyError' as const
  readonly variable: string

  constructor(variable: string, neededFor: string, cause?: unknown) {
    super(`${neededFor} needs an API key`, {
      hint: `Set the environment variable ${variable}`,
      cause,
    })
    this.variable = variable
  }
}
