import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteStore } from '../../src/store/sqlite/index.ts'
import { postgresStore } from '../../src/store/postgres/index.ts'
import { Children } from './children.ts'
import type { Stage } from './crash-run.ts'
import { isPostgres } from './job.ts'

/** Sets up a store and processes. @param place the URL of a Postgres server; default: a file of SQLite */
export function openStage(place?: string): Stage & { readonly close: () => Promise<void> } {
  const folder = mkdtempSync(join(tmpdir(), 'agentchart-crash-'))
  const path = place ?? join(folder, 'runs.db')
  const store = isPostgres(path) ? postgresStore(path) : sqliteStore(path)
  const children = new Children(2)
  return {
    children,
    place: path,
    store,
    folder,
    close: async () => {
      children.close()
      await store.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
