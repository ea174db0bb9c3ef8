import type { RunStatus } from './stored-run.ts'

/** All there are. */
export const runStatuses = [
  'active',
  'waiting',
  'paused',
  'failed',
  'cancelled',
  'stuck',
  'done',
] as const satisfies readonly RunStatus[]
