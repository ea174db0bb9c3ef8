import { AgentError } from './agent-error.ts'

/** Somebody else drives the run. */
export class RunLockedError extends AgentError {
  override name = 'RunLockedError' as const
  readonly runId: string
  /** Whoever holds the lease. */
  readonly owner: string
  /** When it runs out unless it is renewed, in milliseconds since the epoch. */
  readonly until: number

  constructor(runId: string, owner: string, until: number) {
    super(`The run '${runId}' is driven by '${owner}' until ${new Date(until).toISOString()}`, {
      hint: 'Let that one finish; what the run is to be told can go to `store.deliver`',
    })
    this.runId = runId
    this.owner = owner
    this.until = until
  }
}
