import type { AwaitedCall } from '../snapshot/index.ts'

/**
 * Where a stored run stands.
 *
 * - `active`: it can go on; somebody drives it, or will
 * - `waiting`: for approvals or answers; an event in its inbox or the time in `wakeAt` makes it go on
 * - `paused`: somebody put it away on purpose; workers leave it alone
 * - `failed`: it rests at a failure
 * - `cancelled`: it rests because it was cancelled
 * - `stuck`: its drivers died too often, or it does not fit its agent any more; workers leave it alone
 * - `done`: it has ended
 */
export type RunStatus = 'active' | 'waiting' | 'paused' | 'failed' | 'cancelled' | 'stuck' | 'done'

/** What a store says of a run without reading what is in it. */
export interface RunRecord {
  readonly runId: string
  readonly conversationId: string
  readonly agentName: string | null
  readonly status: RunStatus
  /** The beginning of what the run was asked, in one line; `null` without text or when it is not to be readable. */
  readonly title: string | null
  /** ISO 8601. */
  readonly createdAt: string
  readonly updatedAt: string
  /** Number of the latest save, from 1. */
  readonly seq: number
  /** Model requests made so far. */
  readonly step: number
  readonly messageCount: number
  /** When a worker is to look at it, in milliseconds since the epoch; `null`: not because of the time. */
  readonly wakeAt: number | null
  /** How often a worker began to drive it since it last got on. */
  readonly attempts: number
  /** Whoever drives it now; `null` when nobody does, or its lease has run out. */
  readonly owner: string | null
  /** What a run that rests at a failure failed with. */
  readonly error: { readonly name: string; readonly message: string } | null
  /** The run and the save that it was forked from. */
  readonly forkedFrom: { readonly runId: string; readonly seq: number } | null
}

/** The right to write to a run. A newer one of the same run makes it void, whatever the clock says. */
export interface Lease {
  readonly runId: string
  readonly owner: string
  /** Goes up with each lease of the run. */
  readonly token: number
  /** When others may take the run over, in milliseconds since the epoch. */
  readonly until: number
}

/** Who asks for a lease. */
export interface LeaseRequest {
  readonly owner: string
  /** How long it holds without being renewed, in milliseconds. Default 30,000; at most an hour. */
  readonly ttlMs?: number
}

/** What one save writes: a run as of now. */
export interface RunSave {
  /** One above the save before, from 1. The same save sent twice counts once. */
  readonly seq: number
  /** JSON, or an object that `toJSON` makes it of; without the messages. */
  readonly snapshot: unknown
  /**
   * The log from `from` on, as JSON in the wire form, or objects that `toJSON` makes it of; what was behind `from` is no
   * longer part of it.
   */
  readonly messages: { readonly from: number; readonly items: readonly unknown[] }
  readonly status: Exclude<RunStatus, 'stuck'>
  readonly title: string | null
  readonly step: number
  readonly wakeAt: number | null
  /** Calls that wait for a verdict now, those of nested runs included. */
  readonly awaits: readonly AwaitedCall[]
  readonly error: RunRecord['error']
  /** Whether a step led on to this state: only such saves are told by `history`, and can be forked. */
  readonly isStep: boolean
  /** Where the run is, for `history`: `UserPrompt`, `ModelRequest`, `CallTools` or `End`. */
  readonly state: string
  /** Entries of the inbox that this state contains. */
  readonly taken: readonly number[]
  /**
   * A step that led to this state, which is none itself, and is written with it: as if it had been the save before, so
   * that `seq` is two above the last one.
   */
  readonly stepBefore?: StepBefore
}

/** A run as of a step that is written with what came right after it. */
export interface StepBefore extends Pick<RunSave, 'snapshot' | 'awaits' | 'state' | 'step'> {
  /** How much of the log was there already. */
  readonly messageCount: number
}

/** A run that begins, with its first save. */
export interface NewRun extends Omit<RunSave, 'stepBefore'> {
  readonly runId: string
  /**
   * Something unique to this creation. With it, a creation that is sent again by the same owner because its outcome was
   * unknown counts once; without it, it is refused like any second one. Default: `null`.
   */
  readonly creationId?: string | null
  readonly conversationId: string
  readonly agentName: string | null
  readonly forkedFrom: RunRecord['forkedFrom']
}

/** A run as it was saved. */
export interface StoredRun {
  readonly record: RunRecord
  /** JSON, without the messages. */
  readonly snapshot: unknown
  /** In the wire form. */
  readonly messages: readonly unknown[]
  readonly awaits: readonly AwaitedCall[]
}

/** One step of a stored run. */
export interface HistoryEntry {
  readonly seq: number
  readonly state: string
  readonly step: number
  readonly messageCount: number
  /** ISO 8601. */
  readonly at: string
}
