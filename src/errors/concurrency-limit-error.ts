import { AgentError } from './agent-error.ts'

/** A `ConcurrencyLimiter` was full, and so was its queue; nothing was sent. */
export class ConcurrencyLimitError extends AgentError {
  override name = 'ConcurrencyLimitError' as const
  readonly maxConcurrent: number
  readonly maxQueued: number

  constructor(maxConcurrent: number, maxQueued: number) {
    super(`${maxConcurrent} at once are allowed, and ${maxQueued} are waiting already`, {
      hint: 'Try again later, or raise `maxQueued` of the limiter',
    })
    this.maxConcurrent = maxConcurrent
    this.maxQueued = maxQueued
  }
}
