import type { RunRow } from './backend.ts'
import { withLease } from './leases.ts'
import { stuck } from './requeueing.ts'
import type { ClaimRequest } from './store-options.ts'

/** The run with a lease for a worker; without one, and left alone, when it was claimed too often. */
export function claimed(run: RunRow, request: ClaimRequest, now: number): RunRow {
  const { maxAttempts = 3 } = request
  if (run.attempts >= maxAttempts) return stuck(run, now)
  return { ...withLease(run, request, now), attempts: run.attempts + 1 }
}
