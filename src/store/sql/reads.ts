import type { ChangeReads, DueQuery, RowQuery, SaveRow } from '../backend.ts'
import { places, type SqlValue, type Statement, type Tables } from './statement.ts'

/** What to read, as statements. */

export function selectRun(runId: string, { runs }: Tables): Statement {
  return { sql: `SELECT * FROM ${runs} WHERE run_id = ?`, values: [runId] }
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

export function selectNthLatestStep(runId: string, nth: number, { saves }: Tables): Statement {
  return {
    sql: `SELECT seq FROM ${saves} WHERE run_id = ? AND is_step = 1
      ORDER BY seq DESC LIMIT 1 OFFSET ?`,
    values: [runId, nth - 1],
  }
}

export function selectSave(runId: string, seq: number, { saves }: Tables): Statement {
  return { sql: `SELECT * FROM ${saves} WHERE run_id = ? AND seq = ?`, values: [runId, seq] }
}

/** For each index of the save, the message of the highest seq that is not above its own. */
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

export function selectSteps(runId: string, { saves }: Tables): Statement {
  return {
    sql: `SELECT seq, is_step, state, step, message_count, saved_at FROM ${saves}
      WHERE run_id = ? AND is_step = 1 ORDER BY seq`,
    values: [runId],
  }
}

export function selectSaves(runId: string, { saves }: Tables): Statement {
  return { sql: `SELECT * FROM ${saves} WHERE run_id = ? ORDER BY seq`, values: [runId] }
}

export function selectAllMessages(runId: string, { messages }: Tables): Statement {
  return {
    sql: `SELECT * FROM ${messages} WHERE run_id = ? ORDER BY position, seq`,
    values: [runId],
  }
}

export function selectAllMarks(runId: string, { marks }: Tables): Statement {
  return { sql: `SELECT * FROM ${marks} WHERE run_id = ? ORDER BY mark_key`, values: [runId] }
}

export function selectDue(query: DueQuery, { runs }: Tables): Statement {
  const { now, horizon, limit, agentNames } = query
  const ours = agentNames === null ? '' : `AND agent_name IN (${places(agentNames.length)})`
  return {
    sql: `SELECT * FROM ${runs}
      WHERE due_at IS NOT NULL AND due_at <= ? AND (lease_until <= ? OR lease_until > ?) ${ours}
      ORDER BY updated_at, run_id LIMIT ?`,
    values: [now, now, horizon, ...(agentNames ?? []), limit],
  }
}

export function selectRuns(query: RowQuery, { runs }: Tables): Statement {
  const conditions: string[] = []
  const values: SqlValue[] = []
  const where = (condition: string, ...given: readonly (SqlValue | undefined)[]): void => {
    const known = given.filter((value) => value !== undefined && value !== null)
    if (given.length > 0 && known.length === 0) return
    conditions.push(condition)
    values.push(...known)
  }
  const { statuses, search, after } = query
  if (statuses !== null) where(`status IN (${places(statuses.length)})`, ...statuses)
  where('agent_name = ?', query.agentName)
  where('conversation_id = ?', query.conversationId)
  where(`search_text LIKE ? ESCAPE '!'`, search === null ? null : `%${escaped(search)}%`)
  where('updated_at >= ?', query.updatedFrom)
  where('updated_at <= ?', query.updatedTo)
  where('(created_at, run_id) < (?, ?)', after?.createdAt, after?.runId)
  const clause = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`
  return {
    sql: `SELECT * FROM ${runs} ${clause} ORDER BY created_at DESC, run_id DESC LIMIT ?`,
    values: [...values, query.limit],
  }
}

function escaped(search: string): string {
  return search.replaceAll(/[!%_]/g, '!$&')
}
