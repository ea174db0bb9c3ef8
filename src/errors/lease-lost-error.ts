import { AgentError } from './agent-error.ts'

/** The lease of the run was given to somebody else, given back, or the run was deleted; nothing was written. */
export class LeaseLostError extends AgentError {
  override name = 'LeaseLostError' as const
  readonly runId: string
  /** Whoever had the lease. */
  readonly owner: string
  readonly token: number

  constructor(runId: string, owner: string, token: number) {
    super(`'${owner}' no longer holds the lease ${token} of the run '${runId}'`, {
      hint: 'Stop driving it; whoever holds it now goes on from the last save',
    })
    this.runId = runId
    this.owner = owner
    this.token = token
  }
}
