import { isRecord } from '../codec/index.ts'
import { UserError } from '../errors/index.ts'
import {
  type Bounds,
  boundedText,
  deeper,
  hidden,
  isMarked,
  surplusItems,
  surplusKey,
} from './bounded.ts'

/**
 * A value that was shown, edited and sent back, with what was hidden or cut put back from its original.
 *
 * @throws {UserError} when something was changed that is shown only in part
 */
export function restored(edited: unknown, original: unknown, bounds: Bounds): unknown {
  if (typeof edited === 'string') return restoredText(edited, original, bounds)
  if (Array.isArray(edited)) return restoredList(edited, listOf(original), bounds)
  if (!isRecord(edited)) return edited
  const before = isRecord(original) ? original : {}
  const entries = Object.entries(edited).flatMap(([key, value]) =>
    key === surplusKey && typeof value === 'string'
      ? Object.entries(before).slice(bounds.items)
      : [[key, restored(value, before[key], bounds)] as const],
  )
  return Object.fromEntries(entries)
}

function restoredText(edited: string, original: unknown, bounds: Bounds): unknown {
  if (!isMarked(edited) && !isCutFile(edited)) return edited
  if (original === undefined || original === null) throw partly()
  if (edited === hidden) return original
  if (edited === deeper && typeof original === 'object') return original
  if (typeof original !== 'string') throw partly()
  if (original === edited || boundedText(original, bounds) === edited) return original
  if (isCutFile(edited) && edited === `[cut: ${original.length} characters]`) return original
  throw partly()
}

function restoredList(
  edited: readonly unknown[],
  original: readonly unknown[],
  bounds: Bounds,
): unknown[] {
  const missing = original.length - bounds.items
  const isCut = missing > 0 && edited.at(-1) === surplusItems(missing)
  const shown = isCut ? edited.slice(0, -1) : edited
  const items = shown.map((item, index) => restored(item, original[index], bounds))
  return isCut ? [...items, ...original.slice(bounds.items)] : items
}

function isCutFile(text: string): boolean {
  return /^\[cut: \d+ characters\]$/.test(text)
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function partly(): UserError {
  return new UserError('What is shown only in part cannot be edited', {
    hint: 'Leave it as it is, or replace the whole value',
  })
}
