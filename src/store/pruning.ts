import { UserError } from '../errors/index.ts'
import type { RowQuery } from './backend.ts'
import { rowQuery } from './run-list.ts'
import type { PruneRequest } from './store-options.ts'

interface PruneDefaults {
  readonly now: number
  readonly doneForMs: number | undefined
}

const runsAtOnce = 500

/**
 * Which runs are to go.
 *
 * @throws {UserError} when nobody has said
 */
export function pruneQuery(request: PruneRequest, { now, doneForMs }: PruneDefaults): RowQuery {
  const { status = 'done', updatedBefore } = request
  if (request.status !== undefined || updatedBefore !== undefined) {
    const before = updatedBefore === undefined ? {} : { updatedBefore }
    return rowQuery({ status, ...before, limit: runsAtOnce })
  }
  if (doneForMs === undefined) {
    throw new UserError('Nothing says which runs to prune', {
      hint: 'Pass `status` or `updatedBefore`, or make the store with `retention.doneForMs`',
    })
  }
  const updatedTo = Math.max(0, now - doneForMs)
  return { ...rowQuery({ status, limit: runsAtOnce }), updatedTo }
}
