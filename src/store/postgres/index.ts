export { postgresStore, type PostgresStoreOptions } from './postgres-store.ts'
export { postgresBackend, type PostgresOptions } from './postgres-backend.ts'
export type { PoolLimits, PostgresClient, PostgresPool, PostgresRows } from './pool.ts'
