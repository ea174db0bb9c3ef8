import type { InboxRow, MarkRow, MessageRow, RunRow, RunWrites, SaveRow } from '../backend.ts'
import { areOf, id, idOf, placeOf, seqIn } from './ids.ts'
import { packed } from './packed.ts'
import { columnOf, type FoundRun, runFields, savedFields } from './rows.ts'
import { places, type SqlValue, type Statement, type Tables } from './statement.ts'

/** More rows than these go in several statements, so that there are few different ones to prepare. */
const rowsAtOnce = 32

/** Inserts a run, and gives its number. It fails where somebody else has done so at the same time. */
export function insertRun(run: RunRow, { runs }: Tables): Statement {
  return {
    sql: `INSERT INTO ${runs} (${runFields.map(columnOf).join(', ')})
      VALUES (${places(runFields.length)}) RETURNING number`,
    values: runFields.map((field) => run[field]),
  }
}

type Row = readonly SqlValue[]

/** What a change does to the tables, and what the run is found as afterwards. */
export interface Written {
  /** In order. */
  readonly statements: readonly Statement[]
  readonly after: FoundRun
}

/**
 * What one change writes.
 *
 * @param found the run that the change was decided from, or that was just inserted
 * @param kept messages of saves that are to go
 */
export function written(
  found: FoundRun,
  writes: RunWrites,
  kept: readonly MessageRow[],
  tables: Tables,
): Written {
  const { run, saves = [], messages = [], inbox = [], marks = [] } = writes
  const { runId } = run
  const statements: Statement[] = []
  const insert = (into: keyof typeof insertions, rows: readonly Row[]): void =>
    insertRows(into, rows, tables, statements)
  let { holdsMessages } = found
  let loose = messages
  insert('messages', kept.map(valuesOfMessage(runId)))
  remove(found, writes, tables, statements)
  const rows: Row[] = []
  for (const save of saves) {
    const held = heldBy(save, loose)
    rows.push(valuesOfSave(found.number, run, save, held))
    if (held.length > 0) loose = loose.filter(({ seq }) => seq !== save.seq)
    if (save.seq === run.seq) holdsMessages = held.length > 0
  }
  insert(isWrittenOver(writes) ? 'saves anew' : 'saves', rows)
  insert('messages', loose.map(valuesOfMessage(runId)))
  insert('inbox', inbox.map(valuesOfEntry(runId)))
  insert('marks', marks.map(valuesOfMark(runId)))
  const isSaid = saysAll(found, writes)
  if (!isSaid) statements.push(...updateRun(found, run, tables))
  if (writes.removeUnneededMessages) statements.push(removeUnneeded(found, tables))
  const stored = isSaid ? found.stored : run
  return { statements, after: { number: found.number, stored, run, holdsMessages } }
}

/** Whether a save that is written says all that is new: the row of the run need not be touched. */
function saysAll({ stored }: FoundRun, { run, saves = [] }: RunWrites): boolean {
  return (
    saves.at(-1)?.seq === run.seq && unsaidFields.every((field) => run[field] === stored[field])
  )
}

const unsaidFields = runFields.filter((field) => !savedFields.has(field))

/** Writes what is new in the row of a run, so that indexes of what stays are left alone. */
export function updateRun(
  { number, stored }: FoundRun,
  run: RunRow,
  tables: Tables,
): readonly Statement[] {
  const changed = runFields.filter((field) => run[field] !== stored[field])
  if (changed.length === 0) return []
  const sql = textOf(tables, `update ${changed.join()}`, ({ runs }) => {
    const updates = changed.map((field) => `${columnOf(field)} = ?`)
    return `UPDATE ${runs} SET ${updates.join(', ')} WHERE number = ?`
  })
  return [{ sql, values: [...changed.map((field) => run[field]), number] }]
}

export function deletions(
  { number, run: { runId } }: FoundRun,
  tables: Tables,
): readonly Statement[] {
  const { runs, saves, messages, inbox, marks } = tables
  const others = [messages, inbox, marks, runs].map((table) => ({
    sql: `DELETE FROM ${table} WHERE run_id = ?`,
    values: [runId],
  }))
  const values = [...idOf(number, 0), ...idOf(number + 1, 0)]
  return [{ sql: `DELETE FROM ${saves} WHERE id > ${id} AND id <= ${id}`, values }, ...others]
}

/** Whether a save lies where the one to remove does. */
function isWrittenOver({ saves: [first] = [], removeSave }: RunWrites): boolean {
  return (
    first !== undefined &&
    removeSave != null &&
    placeOf(first) === placeOf({ seq: removeSave, isStep: false })
  )
}

function remove(
  { number, run: { runId } }: FoundRun,
  writes: RunWrites,
  tables: Tables,
  statements: Statement[],
): void {
  const { removeSave, removeSavesBelow, removeMessages, removeInbox = [] } = writes
  if (removeSave != null && !isWrittenOver(writes)) {
    const sql = textOf(tables, 'remove', ({ saves }) => `DELETE FROM ${saves} WHERE id = ${id}`)
    statements.push({ sql, values: idOf(number, placeOf({ seq: removeSave, isStep: false })) })
  }
  if (removeSavesBelow != null) {
    const sql = `DELETE FROM ${tables.saves} WHERE id > ${id} AND id < ${id}`
    statements.push({ sql, values: [...idOf(number, 0), ...idOf(number, removeSavesBelow)] })
  }
  if (removeMessages != null) {
    const { fromIndex, aboveSeq } = removeMessages
    const sql = `DELETE FROM ${tables.messages} WHERE run_id = ? AND position >= ? AND seq > ?`
    statements.push({ sql, values: [runId, fromIndex, aboveSeq] })
  }
  for (const entry of removeInbox) {
    const sql = `DELETE FROM ${tables.inbox} WHERE run_id = ? AND id = ?`
    statements.push({ sql, values: [runId, entry] })
  }
}

/** More characters than these lie in rows of their own: strings and rows of databases have their limits. */
const mostHeld = 2 ** 26

/** The messages that go into the row of a save: those that it wrote, if they are all from the first of them on. */
function heldBy(
  { seq, messageCount }: SaveRow,
  rows: readonly MessageRow[],
): readonly MessageRow[] {
  const own = rows.filter((row) => row.seq === seq)
  const first = messageCount - own.length
  let size = 0
  for (const [i, { index, message }] of own.entries()) {
    size += message.length
    if (index !== first + i || size > mostHeld) return []
  }
  return own
}

function valuesOfSave(
  number: number,
  { savedToken, stepSeq }: RunRow,
  save: SaveRow,
  held: readonly MessageRow[],
): readonly SqlValue[] {
  const { seq, isStep, state, step, messageCount, at, snapshot, awaits } = save
  return [
    number,
    placeOf(save),
    Number(isStep),
    state,
    step,
    messageCount,
    at,
    savedToken,
    isStep ? seq : stepSeq,
    held.length === 0 ? null : messageCount - held.length,
    held.length === 0 ? null : packed(held.map(({ message }) => message)),
    awaits,
    snapshot,
  ]
}

const columnsOfSaves =
  'is_step, state, step, message_count, saved_at, saved_token, step_seq, first_message, messages, awaits, snapshot'

/** What goes into which table: its columns, and what is done with a row that is there. */
const insertions = {
  saves: ['saves', `id, ${columnsOfSaves}`],
  'saves anew': ['saves', `id, ${columnsOfSaves}`, anew('id', columnsOfSaves)],
  messages: ['messages', 'run_id, position, seq, message'],
  inbox: ['inbox', 'run_id, id, delivered_at, mark_key, detail, event'],
  marks: [
    'marks',
    'run_id, mark_key, name, detail, is_open, is_given',
    anew('run_id, mark_key', 'is_open, is_given'),
  ],
} as const

/** Replaces these columns of a row that has the same key. */
function anew(key: string, columns: string): string {
  return `ON CONFLICT (${key}) DO UPDATE SET ${columns.replaceAll(/\w+/g, '$& = excluded.$&')}`
}

const valuesOfMessage = (runId: string) => (row: MessageRow) => {
  return [runId, row.index, row.seq, row.message]
}

const valuesOfEntry = (runId: string) => (entry: InboxRow) => {
  return [runId, entry.id, entry.at, entry.key, entry.detail, entry.event]
}

const valuesOfMark = (runId: string) => (mark: MarkRow) => {
  const { key, name, detail, isOpen, isGiven } = mark
  return [runId, key, name, detail, Number(isOpen), Number(isGiven)]
}

function insertRows(
  into: keyof typeof insertions,
  rows: readonly Row[],
  tables: Tables,
  statements: Statement[],
): void {
  for (let i = 0; i < rows.length; i += rowsAtOnce) {
    const some = rows.length > rowsAtOnce ? rows.slice(i, i + rowsAtOnce) : rows
    const sql = textOf(tables, `${into} ${some.length}`, () => {
      const [table, columns, onConflict = ''] = insertions[into]
      const width = columns.split(', ').length
      const row = table === 'saves' ? `(${id}, ${places(width - 1)})` : `(${places(width)})`
      return `INSERT INTO ${tables[table]} (${columns}) VALUES ${some.map(() => row).join(', ')} ${onConflict}`
    })
    const [values = [], ...others] = some
    statements.push({ sql, values: others.length === 0 ? values : values.concat(...others) })
  }
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

/** See `RunWrites.removeUnneededMessages`. What a save holds is needed by that very save. */
function removeUnneeded({ number, run }: FoundRun, { messages, saves }: Tables): Statement {
  const ours = areOf('s.id', 'CAST(? AS BIGINT)')
  const seq = seqIn('s.')
  return {
    sql: `DELETE FROM ${messages} WHERE run_id = ? AND NOT EXISTS (
      SELECT 1 FROM ${saves} s
      WHERE ${ours} AND ${seq} >= ${messages}.seq AND s.message_count > ${messages}.position
        AND NOT EXISTS (
          SELECT 1 FROM ${messages} newer
          WHERE newer.run_id = ${messages}.run_id AND newer.position = ${messages}.position
            AND newer.seq > ${messages}.seq AND newer.seq <= ${seq}
        )
        AND NOT EXISTS (
          SELECT 1 FROM ${saves} h
          WHERE h.id <= s.id AND h.id > (CAST(? AS BIGINT) << 32) + ${messages}.seq
            AND h.first_message <= ${messages}.position AND h.message_count > ${messages}.position
        )
    )`,
    values: [run.runId, number, number, number],
  }
}
