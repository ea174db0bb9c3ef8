import { UserError } from '../errors/index.ts'
import type { Clock } from '../models/index.ts'

/** So many milliseconds from now; `null` for no deadline. @throws {UserError} for a number that is none */
export function deadlineIn(clock: Clock, ms: number | null): { readonly at: number } | null {
  if (ms === null) return null
  if (ms >= 1 && Number.isFinite(ms)) return { at: clock.now() + ms }
  throw new UserError(`\`timeoutMs\` is ${ms}`, {
    hint: 'Give a number of milliseconds, or `null` for no limit',
  })
}
