import type { SqlValue } from './statement.ts'

/**
 * Saves lie in the order of their ids: the number of the run, and in the lower 32 bits the seq. Those of a run lie
 * together, and neither SQLite nor Postgres needs another index to find them: a save is written to one page.
 */

/** An id, of {@link idOf}. */
export const id = '((CAST(? AS BIGINT) << 32) | CAST(? AS BIGINT))'

export function idOf(number: number, seq: number): readonly SqlValue[] {
  return [number, seq]
}

/** The seq in an id. */
export function seqIn(column: string): string {
  return `(${column} & ${lowerHalf})`
}

const lowerHalf = 4_294_967_295

/** That saves are of a run, in SQL, as {@link latestId} is. */
export function areOf(column: string, number: string): string {
  return `${column} > (${number} << 32) AND ${column} <= ((${number} << 32) | ${lowerHalf})`
}

/** The id of the latest save of a run. */
export function latestId(saves: string, number: string): string {
  return `SELECT id FROM ${saves} WHERE ${areOf('id', number)} ORDER BY id DESC LIMIT 1`
}
