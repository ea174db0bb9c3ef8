import { AgentError } from './agent-error.ts'

/** A usage limit of the run, or of a run it belongs to, was reached. Raising the limit lets the run go on. */
export class UsageLimitExceeded extends AgentError {
  override name = 'UsageLimitExceeded' as const

  constructor(message: string) {
    super(message, { hint: 'Raise the limit in `usageLimits`, or let the agent need less' })
  }
}
