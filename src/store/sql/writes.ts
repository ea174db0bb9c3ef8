import type { MarkRow, MessageRow, RunRow, RunWrites, SaveRow } from '../backend.ts'
import { runColumns, runValues } from './rows.ts'
import { places, type SqlValue, type Statement, type Tables } from './statement.ts'

/** More rows than these go in several statements, so that there are few different ones to prepare. */
const rowsAtOnce = 32

/**
 * The statements of one change, in order.
 *
 * @param found the row of the run that the change was decided from
 */
export function writeStatements(
  runId: string,
  writes: RunWrites | 'delete',
  found: RunRow | null,
  tables: Tables,
): readonly Statement[] {
  if (writes === 'delete') return deletions(runId, tables)
  return [
    ...removals(runId, writes, tables),
    ...insertions(runId, writes, tables),
    ...(found === null ? [upsertRun(writes.run, tables)] : updateRun(found, writes.run, tables)),
    ...(writes.removeUnneededMessages ? [removeUnneeded(runId, tables)] : []),
  ]
}

/** Writes what is new in the row of a run, so that indexes of what stays are left alone. */
export function updateRun(found: RunRow, run: RunRow, tables: Tables): readonly Statement[] {
  const before = runValues(found)
  const after = runValues(run)
  const changed: number[] = []
  const values: SqlValue[] = []
  for (const [i, value] of after.entries()) {
    if (value === before[i]) continue
    changed.push(i)
    values.push(value)
  }
  if (changed.length === 0) return []
  const sql = textOf(tables, `update ${changed.join()}`, ({ runs }) => {
    const updates = changed.map((i) => `${runColumns[i]} = ?`)
    return `UPDATE ${runs} SET ${updates.join(', ')} WHERE run_id = ?`
  })
  return [{ sql, values: [...values, run.runId] }]
}

/** Inserts the row of a run; somebody else may have done so at the same time. */
function upsertRun(run: RunRow, { runs }: Tables): Statement {
  const updates = runColumns.slice(1).map((column) => `${column} = excluded.${column}`)
  return {
    sql: `INSERT INTO ${runs} (${runColumns.join(', ')}) VALUES (${places(runColumns.length)})
      ON CONFLICT (run_id) DO UPDATE SET ${updates.join(', ')}`,
    values: runValues(run),
  }
}

function deletions(runId: string, tables: Tables): readonly Statement[] {
  const { runs, saves, messages, inbox, marks } = tables
  return [runs, saves, messages, inbox, marks].map((table) => ({
    sql: `DELETE FROM ${table} WHERE run_id = ?`,
    values: [runId],
  }))
}

function removals(runId: string, writes: RunWrites, tables: Tables): readonly Statement[] {
  const { removeSave, removeSavesBelow, removeMessages, removeInbox = [] } = writes
  const statements: Statement[] = []
  if (removeSave != null) {
    const sql = `DELETE FROM ${tables.saves} WHERE run_id = ? AND seq = ?`
    statements.push({ sql, values: [runId, removeSave] })
  }
  if (removeSavesBelow != null) {
    const sql = `DELETE FROM ${tables.saves} WHERE run_id = ? AND seq < ?`
    statements.push({ sql, values: [runId, removeSavesBelow] })
  }
  if (removeMessages != null) {
    const { fromIndex, aboveSeq } = removeMessages
    const sql = `DELETE FROM ${tables.messages} WHERE run_id = ? AND position >= ? AND seq > ?`
    statements.push({ sql, values: [runId, fromIndex, aboveSeq] })
  }
  for (const id of removeInbox) {
    const sql = `DELETE FROM ${tables.inbox} WHERE run_id = ? AND id = ?`
    statements.push({ sql, values: [runId, id] })
  }
  return statements
}

function insertions(runId: string, writes: RunWrites, tables: Tables): readonly Statement[] {
  const { saves = [], messages = [], inbox = [], marks = [] } = writes
  const entries = inbox.map(({ id, at, key, detail, event }) => [runId, id, at, key, detail, event])
  return [
    ...insert('saves', saves.map(valuesOfSave(runId)), tables),
    ...insert('messages', messages.map(valuesOfMessage(runId)), tables),
    ...insert('inbox', entries, tables),
    ...insert('marks', marks.map(valuesOfMark(runId)), tables),
  ]
}

const columns = {
  saves: 'run_id, seq, is_step, state, step, message_count, saved_at, snapshot, awaits',
  messages: 'run_id, position, seq, message',
  inbox: 'run_id, id, delivered_at, mark_key, detail, event',
  marks: 'run_id, mark_key, name, detail, is_open, is_given',
} as const

const onConflict: Partial<Record<keyof typeof columns, string>> = {
  marks: `ON CONFLICT (run_id, mark_key) DO UPDATE
    SET is_open = excluded.is_open, is_given = excluded.is_given`,
}

const valuesOfSave = (runId: string) => (save: SaveRow) => {
  const { seq, isStep, state, step, messageCount, at, snapshot, awaits } = save
  return [runId, seq, Number(isStep), state, step, messageCount, at, snapshot, awaits]
}

const valuesOfMessage = (runId: string) => (row: MessageRow) => {
  return [runId, row.index, row.seq, row.message]
}

const valuesOfMark = (runId: string) => (mark: MarkRow) => {
  const { key, name, detail, isOpen, isGiven } = mark
  return [runId, key, name, detail, Number(isOpen), Number(isGiven)]
}

function insert(
  table: keyof typeof columns,
  rows: readonly (readonly SqlValue[])[],
  tables: Tables,
): readonly Statement[] {
  const statements: Statement[] = []
  for (let i = 0; i < rows.length; i += rowsAtOnce) {
    const some = rows.slice(i, i + rowsAtOnce)
    const sql = textOf(tables, `${table} ${some.length}`, () => {
      const lists = some.map((row) => `(${places(row.length)})`).join(', ')
      const into = `${tables[table]} (${columns[table]})`
      return `INSERT INTO ${into} VALUES ${lists} ${onConflict[table] ?? ''}`
    })
    statements.push({ sql, values: some.flat() })
  }
  return statements
}

const texts = new WeakMap<Tables, Map<string, string>>()

/** There are few different statements; each is put together once. */
function textOf(tables: Tables, key: string, make: (tables: Tables) => string): string {
  const known = texts.get(tables) ?? new Map<string, string>()
  texts.set(tables, known)
  const text = known.get(key) ?? make(tables)
  known.set(key, text)
  return text
}

/** See `RunWrites.removeUnneededMessages`. */
function removeUnneeded(runId: string, { messages, saves }: Tables): Statement {
  return {
    sql: `DELETE FROM ${messages} WHERE run_id = ? AND NOT EXISTS (
      SELECT 1 FROM ${saves} s
      WHERE s.run_id = ${messages}.run_id AND s.seq >= ${messages}.seq
        AND s.message_count > ${messages}.position
        AND NOT EXISTS (
          SELECT 1 FROM ${messages} newer
          WHERE newer.run_id = ${messages}.run_id AND newer.position = ${messages}.position
            AND newer.seq > ${messages}.seq AND newer.seq <= s.seq
        )
    )`,
    values: [runId],
  }
}
