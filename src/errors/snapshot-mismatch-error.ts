import { AgentError } from './agent-error.ts'

/** One thing in which a snapshot and an agent differ. */
export interface SnapshotMismatch {
  readonly kind: 'agent' | 'tool' | 'output' | 'option'
  /** The name of the tool or option, or what the snapshot says of agent and output. */
  readonly name: string
  /** What differs and what can be done about it, one sentence. */
  readonly message: string
}

/** A snapshot does not fit the agent that is to resume it. */
export class SnapshotMismatchError extends AgentError {
  override name = 'SnapshotMismatchError' as const
  readonly mismatches: readonly SnapshotMismatch[]

  constructor(mismatches: readonly SnapshotMismatch[]) {
    super(
      `The snapshot does not fit this agent: ${mismatches.map(({ message }) => message).join('; ')}`,
    )
    this.mismatches = mismatches
  }
}
