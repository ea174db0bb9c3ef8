import { AgentError } from './agent-error.ts'

/** A run of this id is in the store already; nothing was written. */
export class RunExistsError extends AgentError {
  override name = 'RunExistsError' as const
  readonly runId: string

  constructor(runId: string) {
    super(`The store holds a run '${runId}' already`, {
      hint: 'Resume that one, or give the new run another `runId`',
    })
    this.runId = runId
  }
}
