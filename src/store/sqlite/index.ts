export { sqliteStore, type SqliteStoreOptions } from './sqlite-store.ts'
export { sqliteBackend, type SqliteOptions } from './sqlite-backend.ts'
