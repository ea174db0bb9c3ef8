import { AgentError } from './agent-error.ts'

/** The run was cancelled. It rests where it was and can go on with `next()`. */
export class RunCancelledError extends AgentError {
  override name = 'RunCancelledError' as const
  /** What was given to `cancel(reason)`, or the reason of the aborted signal; `undefined` when none was. */
  readonly reason: unknown

  constructor(reason?: unknown) {
    super('The agent run was cancelled.', reason instanceof Error ? { cause: reason } : {})
    this.reason = reason
  }
}
