import { AgentError, type AgentErrorOptions } from './agent-error.ts'

/** What a `StoreError` knows besides its message. */
export interface StoreErrorOptions extends AgentErrorOptions {
  /** Default: false. */
  readonly isRetryable?: boolean
}

/**
 * The database behind the store failed; `cause` is what it threw. Whether it has written what it was asked to may be
 * unknown; all operations that matter can be sent again.
 */
export class StoreError extends AgentError {
  override name = 'StoreError' as const
  /** Whether the same may succeed later: it was busy, out of reach or full. */
  readonly isRetryable: boolean

  constructor(message: string, options: StoreErrorOptions = {}) {
    const { isRetryable = false, ...rest } = options
    super(message, rest)
    this.isRetryable = isRetryable
  }
}
