import type { StepRow } from '../backend.ts'
import type { SqlValue } from './statement.ts'

/**
 * Saves lie in the order of their ids: the number of the run, and in the lower 32 bits the place within it. Those of a
 * run lie together, and neither SQLite nor Postgres needs another index to find them: a save is written to one page. A
 * step lies at its seq. What is no step goes with the next save, and lies where that one comes: it is written over.
 */

/** An id, of {@link idOf}. */
export const id = '((CAST(? AS BIGINT) << 32) | CAST(? AS BIGINT))'

export function idOf(number: number, place: number): readonly SqlValue[] {
  return [number, place]
}

/** The place of a save within its run. */
export function placeOf({ seq, isStep }: Pick<StepRow, 'seq' | 'isStep'>): number {
  return isStep ? seq : seq + 1
}

/** The seq of a save, of {@link placeOf}, in SQL. @param save what names it before a column */
export function seqIn(save = ''): string {
  return `((${save}id & ${lowerHalf}) + ${save}is_step - 1)`
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
