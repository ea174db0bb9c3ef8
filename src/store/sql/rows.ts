import { StoreError } from '../../errors/index.ts'
import type { InboxRow, MarkRow, MessageRow, RunRow, SaveRow, StepRow } from '../backend.ts'
import { runStatuses } from '../run-statuses.ts'
import type { RunStatus } from '../stored-run.ts'
import type { SqlRow, SqlValue } from './statement.ts'

/** Rows of the database as rows of the port, and back. Postgres gives large integers as text. */

export const runColumns: readonly string[] = [
  'run_id',
  'conversation_id',
  'agent_name',
  'status',
  'title',
  'search_text',
  'error',
  'created_at',
  'updated_at',
  'seq',
  'step',
  'message_count',
  'wake_at',
  'due_at',
  'attempts',
  'owner',
  'lease_until',
  'token',
  'saved_token',
  'step_seq',
  'stale_messages',
  'inbox_count',
  'inbox_last_id',
  'creation_id',
  'forked_from_run_id',
  'forked_from_seq',
]

/** In the order of {@link runColumns}. */
export function runValues(run: RunRow): readonly SqlValue[] {
  return [
    run.runId,
    run.conversationId,
    run.agentName,
    run.status,
    run.title,
    run.searchText,
    run.error,
    run.createdAt,
    run.updatedAt,
    run.seq,
    run.step,
    run.messageCount,
    run.wakeAt,
    run.dueAt,
    run.attempts,
    run.owner,
    run.leaseUntil,
    run.token,
    run.savedToken,
    run.stepSeq,
    run.staleMessages,
    run.inboxCount,
    run.inboxLastId,
    run.creationId,
    run.forkedFromRunId,
    run.forkedFromSeq,
  ]
}

export function runRow(row: SqlRow): RunRow {
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
    dueAt: integerOrNull(row, 'due_at'),
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
