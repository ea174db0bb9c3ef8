import { AgentError } from './agent-error.ts'

/** Nobody approved, denied or answered a call in time, and the run was told to fail then. */
export class WaitExpiredError extends AgentError {
  override name = 'WaitExpiredError' as const
  readonly toolName: string
  readonly toolCallId: string

  constructor(toolName: string, toolCallId: string) {
    super(`Nobody said in time what becomes of the call '${toolCallId}' of '${toolName}'`, {
      hint: 'Going on waits once more',
    })
    this.toolName = toolName
    this.toolCallId = toolCallId
  }
}
