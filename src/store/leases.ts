import { LeaseLostError, RunLockedError, UserError } from '../errors/index.ts'
import type { RunRow } from './backend.ts'
import { checkName } from './names.ts'
import type { Lease, LeaseRequest } from './stored-run.ts'

const defaultTtlMs = 30_000

/**
 * No lease lasts longer. One that seems to was given by a clock that was wrong, here or there, and holds nobody off:
 * after a jump of the clock a run is out of reach for an hour at most.
 */
export const longestLeaseMs = 3_600_000

/** Whether somebody may count on driving the run. */
export function isLeased(run: RunRow, now: number): boolean {
  return run.owner !== null && run.leaseUntil > now && run.leaseUntil <= now + longestLeaseMs
}

/** The run with a new lease, which makes all others void. */
export function withLease(run: RunRow, request: LeaseRequest, now: number): RunRow {
  const { owner } = request
  if (isLeased(run, now) && run.owner !== null && run.owner !== owner) {
    throw new RunLockedError(run.runId, run.owner, run.leaseUntil)
  }
  return { ...run, owner, token: run.token + 1, leaseUntil: now + ttlOf(request.ttlMs) }
}

/** The run without anybody who drives it. The token stays, so that the next one is higher. */
export function withoutLease(run: RunRow): RunRow {
  return { ...run, owner: null, leaseUntil: 0 }
}

/** The run that is given back; a worker that has saved nothing has not tried it. */
export function givenBack(run: RunRow): RunRow {
  const attempts = run.savedToken === run.token ? run.attempts : Math.max(0, run.attempts - 1)
  return { ...withoutLease(run), attempts }
}

/** The lease that a run was just given. */
export function leaseOf({ runId, owner, token, leaseUntil }: RunRow): Lease {
  return { runId, owner: owner ?? '', token, until: leaseUntil }
}

/** Whether the lease is the latest of the run and was not given back. Time does not matter. */
export function isHeld(run: RunRow | null, lease: Lease): run is RunRow {
  return run !== null && run.token === lease.token && run.owner === lease.owner
}

/** @throws {LeaseLostError} */
export function heldRun(run: RunRow | null, lease: Lease): RunRow {
  if (!isHeld(run, lease)) throw new LeaseLostError(lease.runId, lease.owner, lease.token)
  return run
}

/** @throws {UserError} when it is no time that a lease can last */
export function ttlOf(ttlMs: number = defaultTtlMs): number {
  if (ttlMs > 0 && ttlMs <= longestLeaseMs) return Math.ceil(ttlMs)
  throw new UserError(`A lease cannot last ${ttlMs} ms`, {
    hint: `\`ttlMs\` is above 0 and at most ${longestLeaseMs}; renew the lease to hold it longer`,
  })
}

/** @throws {UserError} when it cannot be granted to anybody */
export function checkRequest({ owner, ttlMs }: LeaseRequest): void {
  checkName(owner, 'owner')
  ttlOf(ttlMs)
}

/** The run with the time from which on a worker may take it. */
export function withDueTime(run: RunRow): RunRow {
  return { ...run, dueAt: dueTime(run) }
}

function dueTime({ status, inboxCount, wakeAt }: RunRow): number | null {
  if (status === 'active') return 0
  if (status !== 'waiting' && status !== 'failed') return null
  return inboxCount > 0 ? 0 : wakeAt
}
