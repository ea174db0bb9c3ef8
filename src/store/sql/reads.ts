import type { ChangeReads, DueQuery, RowQuery, RunWrites, SaveRow } from '../backend.ts'
import { areOf, id, idOf, latestId, seqIn, placeOf } from './ids.ts'
import type { FoundRun } from './rows.ts'
import { places, type SqlValue, type Statement, type Tables } from './statement.ts'

/** What to read, as statements. */

/** The run with what its latest save says. */
export function selectRun(runId: string, tables: Tables): Statement {
  return { sql: `${runsWithLatest(tables)} WHERE r.run_id = ?`, values: [runId] }
}

/** The row of the run alone, to be locked: what its latest save says is to be read once it is. */
export function selectRow(runId: string, { runs }: Tables): Statement {
  return { sql: `SELECT * FROM ${runs} WHERE run_id = ?`, values: [runId] }
}

export function selectLatest(number: number, { saves }: Tables): Statement {
  const idOfLatest = latestId(saves, 'CAST(? AS BIGINT)')
  return {
    sql: `SELECT ${latestColumns} FROM ${saves} s WHERE s.id = (${idOfLatest})`,
    values: [number, number],
  }
}

const latestColumns = [
  `${seqIn('s.')} AS latest_seq`,
  's.saved_at AS latest_saved_at',
  's.step AS latest_step',
  's.message_count AS latest_message_count',
  's.saved_token AS latest_token',
  's.step_seq AS latest_step_seq',
  's.first_message AS latest_first_message',
].join(', ')

function runsWithLatest({ runs, saves }: Tables): string {
  return `SELECT r.*, ${latestColumns} FROM ${runs} r
    LEFT JOIN ${saves} s ON s.id = (${latestId(saves, 'r.number')})`
}

export function selectInbox(runId: string, { inbox }: Tables): Statement {
  return { sql: `SELECT * FROM ${inbox} WHERE run_id = ? ORDER BY id`, values: [runId] }
}

export function selectMarks(
  runId: string,
  wanted: NonNullable<ChangeReads['marks']>,
  { marks }: Tables,
): Statement {
  if (wanted === 'open') {
    return {
      sql: `SELECT * FROM ${marks} WHERE run_id = ? AND is_open = 1 ORDER BY mark_key`,
      values: [runId],
    }
  }
  return {
    sql: `SELECT * FROM ${marks} WHERE run_id = ? AND name = ? ORDER BY mark_key`,
    values: [runId, wanted.name],
  }
}

export function selectNthLatestStep(number: number, nth: number, { saves }: Tables): Statement {
  return {
    sql: `SELECT ${seqIn()} AS seq FROM ${saves} WHERE id > ${id} AND id <= ${id} AND is_step = 1
      ORDER BY id DESC LIMIT 1 OFFSET ?`,
    values: [...allSaves(number), nth - 1],
  }
}

export function selectSave(number: number, seq: number, { saves }: Tables): Statement {
  return {
    sql: `SELECT ${saveColumns} FROM ${saves} s WHERE s.id >= ${id} AND s.id <= ${id} AND ${seqIn('s.')} = ?`,
    values: [...idOf(number, seq), ...idOf(number, seq + 1), seq],
  }
}

const stepColumns = `${seqIn('s.')} AS seq, s.is_step, s.state, s.step, s.message_count, s.saved_at`
const saveColumns = `${stepColumns}, s.snapshot, s.awaits`

/** Of those that no save holds any more: for each index of the save, the one of the highest seq that is not above its own. */
export function selectMessages(
  runId: string,
  { seq, messageCount }: SaveRow,
  { messages }: Tables,
): Statement {
  return {
    sql: `SELECT m.position, m.seq, m.message FROM ${messages} m
      WHERE m.run_id = ? AND m.position < ? AND m.seq = (
        SELECT MAX(seq) FROM ${messages} latest
        WHERE latest.run_id = m.run_id AND latest.position = m.position AND latest.seq <= ?
      )
      ORDER BY m.position`,
    values: [runId, messageCount, seq],
  }
}

/** All messages that the saves of a run hold. */
export function selectHeldMessages(number: number, { saves }: Tables): Statement {
  return { sql: `${heldIn(saves)} ORDER BY id`, values: allSaves(number) }
}

/**
 * Messages that the saves of a run hold up to that of a seq. Those of saves that were written anew may be left out, and
 * those of the next save may be among them.
 */
export function selectMessagesUpTo(
  { number, run }: FoundRun,
  seq: number,
  { saves }: Tables,
): Statement {
  const values = [...idOf(number, 0), ...idOf(number, seq + 1)]
  if (run.staleMessages === 0) return { sql: `${heldIn(saves)} ORDER BY id`, values }
  const later = 'ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING'
  return {
    sql: `SELECT ${heldColumns} FROM ${saves} WHERE id IN (
      SELECT id FROM (
        SELECT id, first_message, MIN(first_message) OVER (ORDER BY id DESC ${later}) AS later
        FROM ${saves} WHERE id > ${id} AND id <= ${id} AND ${seqIn()} <= ? AND ${areHeld}
      ) h WHERE later IS NULL OR first_message < later
    ) ORDER BY id`,
    values: [...values, seq],
  }
}

function heldIn(saves: string): string {
  return `SELECT ${heldColumns} FROM ${saves} WHERE id > ${id} AND id <= ${id} AND ${areHeld}`
}

const heldColumns = `${seqIn()} AS seq, first_message, messages`
const areHeld = 'messages IS NOT NULL'

/** Messages of saves that are to go, and stay; `null` when it is known that there are none. */
export function selectMessagesOfRemoved(
  { number, run, holdsMessages }: FoundRun,
  { removeSave = null, removeSavesBelow = null }: RunWrites,
  { saves }: Tables,
): Statement | null {
  const mayHold = removeSave !== null && (removeSave !== run.seq || holdsMessages)
  if (!mayHold && removeSavesBelow === null) return null
  return {
    sql: `SELECT ${heldColumns} FROM ${saves}
      WHERE ((id > ${id} AND id < ${id}) OR id = ${id}) AND ${areHeld}`,
    values: [
      ...idOf(number, 0),
      ...idOf(number, removeSavesBelow ?? 0),
      ...idOf(number, removeSave === null ? 0 : placeOf({ seq: removeSave, isStep: false })),
    ],
  }
}

export function selectSteps(runId: string, { runs, saves }: Tables): Statement {
  return {
    sql: `SELECT ${stepColumns} FROM ${runs} r JOIN ${saves} s ON ${areOf('s.id', 'r.number')}
      WHERE r.run_id = ? AND s.is_step = 1 ORDER BY s.id`,
    values: [runId],
  }
}

export function selectSaves(number: number, { saves }: Tables): Statement {
  return {
    sql: `SELECT ${saveColumns} FROM ${saves} s WHERE s.id > ${id} AND s.id <= ${id} ORDER BY s.id`,
    values: allSaves(number),
  }
}

/** Those that no save holds. */
export function selectAllMessages(runId: string, { messages }: Tables): Statement {
  return {
    sql: `SELECT * FROM ${messages} WHERE run_id = ? ORDER BY position, seq`,
    values: [runId],
  }
}

export function selectAllMarks(runId: string, { marks }: Tables): Statement {
  return { sql: `SELECT * FROM ${marks} WHERE run_id = ? ORDER BY mark_key`, values: [runId] }
}

/** By when their rows were written: whoever drives a run writes its row from time to time, and when it gives the run back. */
export function selectDue(query: DueQuery, tables: Tables): Statement {
  return dueAmong(runsWithLatest(tables), query)
}

/** Their rows alone, to be locked: see {@link selectRow}. */
export function selectDueRows(query: DueQuery, { runs }: Tables): Statement {
  return dueAmong(`SELECT r.* FROM ${runs} r`, query)
}

function dueAmong(runs: string, query: DueQuery): Statement {
  const { now, horizon, limit, agentNames } = query
  const ours = agentNames === null ? '' : `AND r.agent_name IN (${places(agentNames.length)})`
  return {
    sql: `${runs}
      WHERE r.ready_at IS NOT NULL AND r.ready_at <= ? AND (r.lease_until <= ? OR r.lease_until > ?) ${ours}
      ORDER BY r.updated_at, r.run_id LIMIT ?`,
    values: [now, now, horizon, ...(agentNames ?? []), limit],
  }
}

const updatedAt = `CASE WHEN ${seqIn('s.')} > r.seq THEN s.saved_at ELSE r.updated_at END`

export function selectRuns(query: RowQuery, tables: Tables): Statement {
  const conditions: string[] = []
  const values: SqlValue[] = []
  const where = (condition: string, ...given: readonly (SqlValue | undefined)[]): void => {
    const known = given.filter((value) => value !== undefined && value !== null)
    if (given.length > 0 && known.length === 0) return
    conditions.push(condition)
    values.push(...known)
  }
  const { statuses, search, after } = query
  if (statuses !== null) where(`r.status IN (${places(statuses.length)})`, ...statuses)
  where('r.agent_name = ?', query.agentName)
  where('r.conversation_id = ?', query.conversationId)
  where(`r.search_text LIKE ? ESCAPE '!'`, search === null ? null : `%${escaped(search)}%`)
  where(`${updatedAt} >= ?`, query.updatedFrom)
  where(`${updatedAt} <= ?`, query.updatedTo)
  where('(r.created_at, r.run_id) < (?, ?)', after?.createdAt, after?.runId)
  const clause = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`
  return {
    sql: `${runsWithLatest(tables)} ${clause} ORDER BY r.created_at DESC, r.run_id DESC LIMIT ?`,
    values: [...values, query.limit],
  }
}

/** What lies between them are the saves of a run. */
function allSaves(number: number): readonly SqlValue[] {
  return [...idOf(number, 0), ...idOf(number + 1, 0)]
}

function escaped(search: string): string {
  return search.replaceAll(/[!%_]/g, '!$&')
}
