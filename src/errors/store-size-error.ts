import { AgentError } from './agent-error.ts'

/** Something is larger than the store may hold; nothing was written. */
export class StoreSizeError extends AgentError {
  override name = 'StoreSizeError' as const
  readonly runId: string
  /** What is too large: `snapshot`, `message`, `event` or another kind of payload. */
  readonly kind: string
  /** Bytes of UTF-8, as it would have been stored. */
  readonly bytes: number
  readonly maxBytes: number

  constructor(runId: string, kind: string, bytes: number, maxBytes: number) {
    const bound = kind === 'message' || kind === 'event' ? 'maxMessageBytes' : 'maxSnapshotBytes'
    super(`A ${kind} of the run '${runId}' has ${bytes} bytes, and ${maxBytes} are allowed`, {
      hint: `Keep large data elsewhere and refer to it, or raise \`${bound}\` of the store`,
    })
    this.runId = runId
    this.kind = kind
    this.bytes = bytes
    this.maxBytes = maxBytes
  }
}
