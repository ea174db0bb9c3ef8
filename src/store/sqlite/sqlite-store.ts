import { Store } from '../store.ts'
import type { StoreOptions } from '../store-options.ts'
import { sqliteBackend, type SqliteOptions } from './sqlite-backend.ts'

/** What a store in SQLite can be made with. */
export interface SqliteStoreOptions extends StoreOptions, SqliteOptions {}

/**
 * A store in a file, made when it is not there; `:memory:` keeps it in this process. It survives that the process is
 * killed, and several processes of one machine may share it. Network drives do not do. The file is opened when it is
 * first needed.
 */
export function sqliteStore(path: string, options: SqliteStoreOptions = {}): Store {
  return new Store(sqliteBackend(path, options), options)
}
