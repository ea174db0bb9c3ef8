import { Store } from '../store.ts'
import type { StoreOptions } from '../store-options.ts'
import type { PostgresPool } from './pool.ts'
import { postgresBackend, type PostgresOptions } from './postgres-backend.ts'

/** What a store in Postgres can be made with. */
export interface PostgresStoreOptions extends StoreOptions, PostgresOptions {}

/**
 * A store in Postgres, for many processes on many machines. It needs the package `pg`, which is loaded, as the connection
 * is made, when the store is first used.
 *
 * @param connection a URL such as `postgres://user:password@host/database`; or a pool, which stays open when the store is
 *   closed
 */
export function postgresStore(
  connection: string | PostgresPool,
  options: PostgresStoreOptions = {},
): Store {
  return new Store(postgresBackend(connection, options), options)
}
