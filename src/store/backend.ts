import type { RunStatus } from './stored-run.ts'

/**
 * The port to a database. It keeps rows and knows no rules: what may be written is decided by `Store`, in the functions
 * that it passes in. Texts called payload are opaque; all times are milliseconds since the epoch.
 *
 *   B1. The changes of one run happen one after the other, also those of other processes.
 *   B2. What one change or claim writes is there as a whole or not at all, and for good once its promise has resolved.
 *   B3. `decide` is quick, waits for nothing, and may be called again with fresh rows when a change has to be retried.
 *   B4. What `decide` throws is passed on as it is, and nothing is written.
 */
export interface StoreBackend {
  /** As errors name it, such as `sqlite`. */
  readonly name: string
  /** Called before everything else, once; again only when it has failed. Creates and upgrades the tables. */
  open(): Promise<void>
  /** Reads some rows of a run, and writes what is decided from them. */
  change<TResult>(
    runId: string,
    reads: ChangeReads,
    decide: (rows: RunRows) => Change<TResult>,
  ): Promise<TResult>
  /**
   * Replaces rows of runs that are due by what is decided, and tells the new ones. No two calls are given the same row
   * at the same time; rows that somebody else is changing may be left out.
   */
  claim(query: DueQuery, decide: (run: RunRow) => RunRow): Promise<readonly RunRow[]>
  /** One row; `null` when there is none. */
  run(runId: string): Promise<RunRow | null>
  /** A run with one of its saves, all as of one moment. `seq: null` is the latest. */
  load(runId: string, seq: number | null): Promise<LoadedRows | null>
  /** By id, lowest first. */
  inbox(runId: string): Promise<readonly InboxRow[]>
  /** The saves that are steps, lowest first. */
  steps(runId: string): Promise<readonly StepRow[]>
  /** Those created last first; runs created in the same millisecond in any order that stays. */
  list(query: RowQuery): Promise<readonly RunRow[]>
  /** Everything of a run, as of one moment. */
  dump(runId: string): Promise<RunDump | null>
  /** Lets go of files and connections. Nothing is called afterwards. */
  close(): Promise<void>
  /** What an error of the database means; absent: nothing is worth a second try. */
  explain?(error: unknown): BackendFailure
}

/** What an error of a database means. */
export interface BackendFailure {
  /** Whether the same may succeed later. */
  readonly isRetryable: boolean
  /** In words for a person, where the error's own are too terse. */
  readonly message?: string
}

/** Which rows a change is to be given besides that of the run. */
export interface ChangeReads {
  readonly inbox?: boolean
  /** The open ones, or those of a name. */
  readonly marks?: 'open' | { readonly name: string }
  /** 1: the latest step; its seq is wanted. */
  readonly nthLatestStep?: number
}

/** What a change is decided from; what was not asked for is empty. */
export interface RunRows {
  readonly run: RunRow | null
  readonly inbox: readonly InboxRow[]
  readonly marks: readonly MarkRow[]
  /** `null` when there are fewer steps. */
  readonly nthLatestStep: number | null
}

/** What a change answers, and what it writes: nothing, rows, or the end of the run and all its rows. */
export interface Change<TResult> {
  readonly result: TResult
  readonly writes?: RunWrites | 'delete'
}

/** Rows of one run to write, after those to remove have been removed. */
export interface RunWrites {
  /** Inserted or replaced. */
  readonly run: RunRow
  /** Inserted. */
  readonly saves?: readonly SaveRow[]
  /** The seq of one to remove, which is no step. */
  readonly removeSave?: number | null
  /** All saves below this seq are to go. */
  readonly removeSavesBelow?: number | null
  /** Inserted. */
  readonly messages?: readonly MessageRow[]
  /** Messages at or behind the index whose seq is above this one are to go. No save that stays has written any of them. */
  readonly removeMessages?: { readonly fromIndex: number; readonly aboveSeq: number } | null
  /**
   * Once all else is written, messages that no save needs are to go. A save needs, for each index below its
   * `messageCount`, the message of the highest seq that is not above its own.
   */
  readonly removeUnneededMessages?: boolean
  /** Inserted. */
  readonly inbox?: readonly InboxRow[]
  /** Ids of those to remove. */
  readonly removeInbox?: readonly number[]
  /** Inserted, or replaced by their key. */
  readonly marks?: readonly MarkRow[]
}

/** A run. */
export interface RunRow {
  readonly runId: string
  readonly conversationId: string
  readonly agentName: string | null
  readonly status: RunStatus
  /** Payload. */
  readonly title: string | null
  /** What `search` looks in: in lower case. */
  readonly searchText: string
  /** Payload. */
  readonly error: string | null
  readonly createdAt: number
  readonly updatedAt: number
  readonly seq: number
  readonly step: number
  readonly messageCount: number
  readonly wakeAt: number | null
  /** From when on a worker may take it, if nobody has a lease; `null`: never. */
  readonly dueAt: number | null
  readonly attempts: number
  readonly owner: string | null
  /** 0 without an owner. */
  readonly leaseUntil: number
  readonly token: number
  /** The token of the latest save. */
  readonly savedToken: number
  /** The seq of the latest step; 0 before the first. */
  readonly stepSeq: number
  /** About how many messages only older steps need, or none. */
  readonly staleMessages: number
  readonly inboxCount: number
  readonly inboxLastId: number
  readonly creationId: string | null
  readonly forkedFromRunId: string | null
  readonly forkedFromSeq: number | null
}

/** A save, without what it holds. */
export interface StepRow {
  readonly seq: number
  readonly isStep: boolean
  readonly state: string
  readonly step: number
  readonly messageCount: number
  readonly at: number
}

/** A save. Those that are no step go with the next save. */
export interface SaveRow extends StepRow {
  /** Payload. */
  readonly snapshot: string
  /** Payload. */
  readonly awaits: string
}

/** A message as of a save; later saves may have another one at its index. */
export interface MessageRow {
  readonly index: number
  readonly seq: number
  /** Payload. */
  readonly message: string
}

/** An event that waits. */
export interface InboxRow {
  readonly id: number
  readonly at: number
  /** The mark that it belongs to; `''` for none. */
  readonly key: string
  /** Of that mark. */
  readonly detail: string
  /** Payload. */
  readonly event: string
}

/** What is remembered of a call that was awaited once, or of a message that was enqueued. */
export interface MarkRow {
  /** Unique within the run; at most 300 bytes. */
  readonly key: string
  /** What several may share: the call's id; at most 300 bytes. */
  readonly name: string
  /** Where exactly the call is, as JSON. */
  readonly detail: string
  /** Whether it is awaited now. */
  readonly isOpen: boolean
  /** Whether an event for it was accepted. */
  readonly isGiven: boolean
}

/** A run as of one save. */
export interface LoadedRows {
  readonly run: RunRow
  /** `null`: the run has no save of that seq. */
  readonly save: SaveRow | null
  /** Those that the save needs, by index. */
  readonly messages: readonly MessageRow[]
}

/** All rows of a run. */
export interface RunDump {
  readonly run: RunRow
  /** By seq. */
  readonly saves: readonly SaveRow[]
  /** By index, then by seq. */
  readonly messages: readonly MessageRow[]
  readonly inbox: readonly InboxRow[]
  readonly marks: readonly MarkRow[]
}

/** Which runs to claim: those due at `now`, the ones that were updated longest ago first. */
export interface DueQuery {
  /** Due are those whose `dueAt` is not above it, if their `leaseUntil` is not above it either, or above `horizon`. */
  readonly now: number
  /** Leases that claim to last longer than this come from a clock that went wrong. */
  readonly horizon: number
  readonly limit: number
  /** `null`: of all agents. */
  readonly agentNames: readonly string[] | null
}

/** Which runs to list; `null` asks for all. */
export interface RowQuery {
  readonly statuses: readonly RunStatus[] | null
  readonly agentName: string | null
  readonly conversationId: string | null
  /** Part of `searchText`, exactly. */
  readonly search: string | null
  /** Both included. */
  readonly updatedFrom: number | null
  readonly updatedTo: number | null
  /** Only those that the order puts behind this one. */
  readonly after: { readonly createdAt: number; readonly runId: string } | null
  readonly limit: number
}
