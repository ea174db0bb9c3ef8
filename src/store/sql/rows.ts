import { StoreError } from '../../errors/index.ts'
import type { InboxRow, MarkRow, MessageRow, RunRow, SaveRow, StepRow } from '../backend.ts'
import { runStatuses } from '../run-statuses.ts'
import type { RunStatus } from '../stored-run.ts'
import { unpacked } from './packed.ts'
import type { SqlRow } from './statement.ts'

/** Rows of the database as rows of the port, and back. Postgres gives large integers as text. */

/** What the row of a run holds, in order. */
export const runFields = [
  'runId',
  'conversationId',
  'agentName',
  'status',
  'title',
  'searchText',
  'error',
  'createdAt',
  'updatedAt',
  'seq',
  'step',
  'messageCount',
  'wakeAt',
  'dueAt',
  'attempts',
  'owner',
  'leaseUntil',
  'token',
  'savedToken',
  'stepSeq',
  'staleMessages',
  'inboxCount',
  'inboxLastId',
  'creationId',
  'forkedFromRunId',
  'forkedFromSeq',
] as const satisfies readonly (keyof RunRow)[]

/** The column of a field: `runId` is in `run_id`. */
export function columnOf(field: keyof RunRow): string {
  if (field === 'dueAt') return 'ready_at'
  return field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** A run as it is found. */
export interface FoundRun {
  /** Of the run within its tables, for the ids of its saves. */
  readonly number: number
  /** What its row holds. */
  readonly stored: RunRow
  /** What is true: a save that came after the row was written says some of it anew. */
  readonly run: RunRow
  /** Whether the latest save holds messages. */
  readonly holdsMessages: boolean
}

/** What a save says of its run, so that the row of the run need not be written: see {@link foundRun}. */
export const savedFields: ReadonlySet<keyof RunRow> = new Set([
  'updatedAt',
  'seq',
  'step',
  'messageCount',
  'savedToken',
  'stepSeq',
])

/** A run with what its latest save says, if that came later. @param latest columns as `latestColumns` names them */
export function foundRun(row: SqlRow, latest: SqlRow = row): FoundRun {
  const stored = runRow(row)
  const number = integer(row, 'number')
  const seq = latest['latest_seq'] == null ? 0 : integer(latest, 'latest_seq')
  const holdsMessages = latest['latest_first_message'] != null
  if (seq <= stored.seq) return { number, stored, run: stored, holdsMessages }
  const run = {
    ...stored,
    seq,
    updatedAt: integer(latest, 'latest_saved_at'),
    step: integer(latest, 'latest_step'),
    messageCount: integer(latest, 'latest_message_count'),
    savedToken: integer(latest, 'latest_token'),
    stepSeq: integer(latest, 'latest_step_seq'),
  }
  return { number, stored, run, holdsMessages }
}

/** A run that was just inserted. @param row what the database says of it */
export function insertedRun(row: SqlRow | undefined, run: RunRow): FoundRun {
  return { number: integer(row ?? {}, 'number'), stored: run, run, holdsMessages: false }
}

function runRow(row: SqlRow): RunRow {
  return {
    runId: text(row, 'run_id'),
    conversationId: text(row, 'conversation_id'),
    agentName: textOrNull(row, 'agent_name'),
    status: statusOf(row),
    title: textOrNull(row, 'title'),
    searchText: text(row, 'search_text'),
    error: textOrNull(row, 'error'),
    createdAt: integer(row, 'created_at'),
    updatedAt: integer(row, 'updated_at'),
    seq: integer(row, 'seq'),
    step: integer(row, 'step'),
    messageCount: integer(row, 'message_count'),
    wakeAt: integerOrNull(row, 'wake_at'),
    dueAt: integerOrNull(row, 'ready_at'),
    attempts: integer(row, 'attempts'),
    owner: textOrNull(row, 'owner'),
    leaseUntil: integer(row, 'lease_until'),
    token: integer(row, 'token'),
    savedToken: integer(row, 'saved_token'),
    stepSeq: integer(row, 'step_seq'),
    staleMessages: integer(row, 'stale_messages'),
    inboxCount: integer(row, 'inbox_count'),
    inboxLastId: integer(row, 'inbox_last_id'),
    creationId: textOrNull(row, 'creation_id'),
    forkedFromRunId: textOrNull(row, 'forked_from_run_id'),
    forkedFromSeq: integerOrNull(row, 'forked_from_seq'),
  }
}

export function stepRow(row: SqlRow): StepRow {
  return {
    seq: integer(row, 'seq'),
    isStep: integer(row, 'is_step') === 1,
    state: text(row, 'state'),
    step: integer(row, 'step'),
    messageCount: integer(row, 'message_count'),
    at: integer(row, 'saved_at'),
  }
}

export function saveRow(row: SqlRow): SaveRow {
  return { ...stepRow(row), snapshot: text(row, 'snapshot'), awaits: text(row, 'awaits') }
}

export function messageRow(row: SqlRow): MessageRow {
  return {
    index: integer(row, 'position'),
    seq: integer(row, 'seq'),
    message: text(row, 'message'),
  }
}

/** The messages that a save holds. */
export function heldMessages(row: SqlRow): readonly MessageRow[] {
  const seq = integer(row, 'seq')
  const first = integer(row, 'first_message')
  return unpacked(text(row, 'messages')).map((message, i) => ({ index: first + i, seq, message }))
}

export function inboxRow(row: SqlRow): InboxRow {
  return {
    id: integer(row, 'id'),
    at: integer(row, 'delivered_at'),
    key: text(row, 'mark_key'),
    detail: text(row, 'detail'),
    event: text(row, 'event'),
  }
}

export function markRow(row: SqlRow): MarkRow {
  return {
    key: text(row, 'mark_key'),
    name: text(row, 'name'),
    detail: text(row, 'detail'),
    isOpen: integer(row, 'is_open') === 1,
    isGiven: integer(row, 'is_given') === 1,
  }
}

/** @throws {StoreError} when the column holds something else, as no table of ours does */
export function integer(row: SqlRow, column: string): number {
  const value = Number(row[column] ?? NaN)
  if (Number.isSafeInteger(value)) return value
  throw new StoreError(`The column \`${column}\` of the store holds no integer`)
}

function integerOrNull(row: SqlRow, column: string): number | null {
  return row[column] === null ? null : integer(row, column)
}

function text(row: SqlRow, column: string): string {
  const value = row[column]
  if (typeof value === 'string') return value
  throw new StoreError(`The column \`${column}\` of the store holds no text`)
}

function textOrNull(row: SqlRow, column: string): string | null {
  return row[column] === null ? null : text(row, column)
}

function statusOf(row: SqlRow): RunStatus {
  const status = runStatuses.find((each) => each === row['status'])
  if (status !== undefined) return status
  throw new StoreError(
    `The store holds a run of an unknown status: ${JSON.stringify(row['status'])}`,
  )
}
