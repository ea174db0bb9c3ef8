import { AgentError } from './agent-error.ts'

/** The store holds no run of this id: it was never saved there, or was deleted. */
export class RunNotFoundError extends AgentError {
  override name = 'RunNotFoundError' as const
  readonly runId: string

  constructor(runId: string) {
    super(`The store holds no run '${runId}'`)
    this.runId = runId
  }
}
