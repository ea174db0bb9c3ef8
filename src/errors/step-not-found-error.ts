import { AgentError } from './agent-error.ts'

/** The run is stored, but not as of this save: it was no step, was not kept, or was never made. */
export class StepNotFoundError extends AgentError {
  override name = 'StepNotFoundError' as const
  readonly runId: string
  readonly seq: number

  constructor(runId: string, seq: number) {
    super(`The store holds no step ${seq} of the run '${runId}'`, {
      hint: '`store.history(runId)` lists the steps that can be loaded',
    })
    this.runId = runId
    this.seq = seq
  }
}
