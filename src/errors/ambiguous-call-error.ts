import { AgentError } from './agent-error.ts'
import { describeCalls, type OpenCall } from './unknown-call-error.ts'

/** A verdict is about an id that several open calls have. */
export class AmbiguousCallError extends AgentError {
  override name = 'AmbiguousCallError' as const
  readonly runId: string
  readonly toolCallId: string
  /** The open calls that have this id. */
  readonly matches: readonly OpenCall[]

  constructor(runId: string, toolCallId: string, matches: readonly OpenCall[]) {
    super(
      `Several open calls of the run '${runId}' are '${toolCallId}': ${describeCalls(matches)}`,
      { hint: 'Say which one with `index` and `path`' },
    )
    this.runId = runId
    this.toolCallId = toolCallId
    this.matches = matches
  }
}
