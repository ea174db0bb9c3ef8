import type { Clock } from '../models/clock.ts'
import type { PayloadOptions } from './payloads.ts'
import type { RunStatus } from './stored-run.ts'

/** What every store can be made with. */
export interface StoreOptions extends PayloadOptions {
  /** By which leases run out and entries get their times. All who share a store need about the same time. Default: that of the machine. */
  readonly clock?: Pick<Clock, 'now'>
  readonly retention?: Retention
}

/** What is thrown away by and by. Without it, nothing is. */
export interface Retention {
  /** Steps kept per run, the latest ones, at least 1. Default: all. Those that are not kept cannot be loaded or forked. */
  readonly keepSteps?: number
  /** How long runs are kept once they are done, in milliseconds; `prune()` goes by it. */
  readonly doneForMs?: number
}

/** Which runs a worker asks for. */
export interface ClaimRequest {
  /** Whoever asks: unique to the process. */
  readonly owner: string
  /** How long the leases hold without being renewed, in milliseconds. Default 30,000; at most an hour. */
  readonly ttlMs?: number
  /** Most runs to get. Default 1. */
  readonly limit?: number
  /** A run that was claimed so often without getting on becomes `stuck` instead. Default 3. */
  readonly maxAttempts?: number
  /** Only runs of these agents. Default: of all. */
  readonly agentNames?: readonly string[]
}

/** Which runs to delete; all conditions hold. */
export interface PruneRequest {
  /** Default: `done`. */
  readonly status?: RunStatus | readonly RunStatus[]
  /** A day, or a time with its zone, in ISO 8601; included. */
  readonly updatedBefore?: string
  /** Only count them. Default: false. */
  readonly dryRun?: boolean
}
