import { StatementSync } from 'node:sqlite'
import {
  type Lease,
  type LeaseRequest,
  type NewRun,
  type RunSave,
  Store,
  type StoreBackend,
} from '../../../src/store/index.ts'
import { memberwise } from '../../helpers/memberwise.ts'
import type { Points } from './points.ts'

/** A store with points before and after everything that a run writes, and within. */
export class MarkedStore extends Store {
  readonly #points: Points

  constructor(backend: StoreBackend, points: Points) {
    super(marked(backend, points))
    this.#points = points
  }

  override create(run: NewRun, lease: LeaseRequest): Promise<Lease> {
    return this.#mark('create', () => super.create(run, lease))
  }

  override acquire(runId: string, lease: LeaseRequest): Promise<Lease> {
    return this.#mark('acquire', () => super.acquire(runId, lease))
  }

  override save(lease: Lease, save: RunSave) {
    return this.#mark('save', () => super.save(lease, save))
  }

  override release(lease: Lease, status?: 'paused'): Promise<void> {
    return this.#mark('release', () => super.release(lease, status))
  }

  #mark<TResult>(operation: string, work: () => Promise<TResult>): Promise<TResult> {
    return this.#points.operation.run(operation, async () => {
      this.#points.passIn('begins')
      const result = await work()
      this.#points.passIn('has ended')
      return result
    })
  }
}

function marked(backend: StoreBackend, points: Points): StoreBackend {
  return {
    ...memberwise(backend),
    change: async (runId, reads, decide) => {
      const result = await backend.change(runId, reads, (rows) => {
        points.passIn('is decided')
        return decide(rows)
      })
      points.passIn('is written')
      return result
    },
  }
}

/** Points between the statements of a transaction in SQLite, and around its end. Once a process. */
export function markSqlite(points: Points): void {
  const run = Reflect.get(StatementSync.prototype, 'run')
  Reflect.set(StatementSync.prototype, 'run', function (this: StatementSync, ...values: unknown[]) {
    const { sourceSQL } = this
    if (sourceSQL === 'COMMIT') points.passIn('is to be committed')
    const result: unknown = Reflect.apply(run, this, values)
    if (sourceSQL === 'COMMIT') points.passIn('is committed')
    else if (!sourceSQL.startsWith('BEGIN')) points.passIn('is half written')
    return result
  })
}
