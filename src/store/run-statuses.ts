import type { RunStatus } from './stored-run.ts'

/** All statuses that a stored run can have. */
export const runStatuses = [
  'active',
  'waiting',
  'paused',
  'failed',
  'cancelled',
  'stuck',
  'done',
] as const satisfies readonly RunStatus[]
