import { AgentError } from './agent-error.ts'

/** `next` was given a node that another run made. */
export class ForeignNodeError extends AgentError {
  override name = 'ForeignNodeError' as const
  readonly runId: string
  readonly nodeRunId: string

  constructor(runId: string, nodeRunId: string) {
    super(`Node of run '${nodeRunId}' given to run '${runId}'`, {
      hint: 'Pass `run.nextNode`, or a fresh node from its factory, such as `ModelRequestNode(request)`',
    })
    this.runId = runId
    this.nodeRunId = nodeRunId
  }
}
