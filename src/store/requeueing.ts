import { RunLockedError, UserError } from '../errors/index.ts'
import type { RunRow } from './backend.ts'
import { isLeased, withDueTime, withoutLease } from './leases.ts'

/** A run that workers leave alone, from now on or no longer. */

export function stuck(run: RunRow, now: number): RunRow {
  return withDueTime({ ...withoutLease(run), status: 'stuck', updatedAt: now })
}

/** @throws {RunLockedError} while somebody drives it */
export function setAside(run: RunRow, error: string, now: number): RunRow {
  if (run.status === 'done') return run
  const { runId, owner, leaseUntil } = run
  if (isLeased(run, now) && owner !== null) throw new RunLockedError(runId, owner, leaseUntil)
  return stuck({ ...run, error }, now)
}

/** The very run when it is ready already. @throws {UserError} when it is done */
export function requeued(run: RunRow, now: number): RunRow {
  if (run.status === 'done') throw new UserError(`The run '${run.runId}' is done`)
  if (run.status === 'active' || run.status === 'waiting') return run
  return withDueTime({ ...run, status: 'active', error: null, attempts: 0, updatedAt: now })
}
