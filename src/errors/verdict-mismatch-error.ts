import { AgentError } from './agent-error.ts'

/** A call that waits for an approval was answered, or one that waits for an answer was approved. */
export class VerdictMismatchError extends AgentError {
  override name = 'VerdictMismatchError' as const
  readonly runId: string
  readonly toolCallId: string
  /** What the call waits for. */
  readonly awaits: 'approval' | 'answer'

  constructor(runId: string, toolCallId: string, awaits: 'approval' | 'answer') {
    super(`The call '${toolCallId}' of the run '${runId}' waits for an ${awaits}`, {
      hint: awaits === 'approval' ? 'Approve or deny it' : 'Answer or deny it',
    })
    this.runId = runId
    this.toolCallId = toolCallId
    this.awaits = awaits
  }

  /** Whether it would be one to say this about a call that waits for that. A denial never is. */
  static isOne(
    awaits: VerdictMismatchError['awaits'],
    said: `${'' | 'tool-call-'}${'approved' | 'denied' | 'answered' | 'expired'}`,
  ): boolean {
    return said.endsWith(awaits === 'approval' ? 'answered' : 'approved')
  }
}
