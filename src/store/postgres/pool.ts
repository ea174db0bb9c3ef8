import { MissingPackageError } from '../../errors/index.ts'

/** What is needed of a pool of the package `pg`, or of something that behaves like one. */
export interface PostgresPool {
  connect(): Promise<PostgresClient>
}

/** What a statement has found. */
export interface PostgresRows {
  readonly rows: readonly Readonly<Record<string, unknown>>[]
}

/** A connection of a pool. */
export interface PostgresClient {
  query(sql: string, values?: unknown[]): Promise<PostgresRows>
  /** @param destroy whether the connection is of no more use */
  release(destroy?: boolean): void
  on?(event: 'error', listener: (error: Error) => void): unknown
  off?(event: 'error', listener: (error: Error) => void): unknown
}

/** A pool of our own, and how to end it. */
export interface OwnPool extends PostgresPool {
  end(): Promise<void>
}

/** Of a pool that is made for a URL. */
export interface PoolLimits {
  /** Most connections at once. Default 10. */
  readonly maxConnections?: number
  /** How long to wait for a connection, in milliseconds, before it fails as retryable. Default 10,000. */
  readonly connectTimeoutMs?: number
}

/** @throws {MissingPackageError} without the package `pg` */
export async function makePool(
  connectionString: string,
  { maxConnections = 10, connectTimeoutMs = 10_000 }: PoolLimits,
): Promise<OwnPool> {
  const { Pool } = await loadPostgres()
  const pool = new Pool({
    connectionString,
    max: maxConnections,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    allowExitOnIdle: true,
  })
  pool.on('error', ignore)
  return pool
}

/** A connection that nobody uses at the moment was lost; the next one is made when it is needed. */
export function ignore(): void {}

async function loadPostgres() {
  try {
    return await import('pg')
  } catch (error) {
    const isMissing =
      error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
    throw isMissing ? new MissingPackageError('pg', 'The Postgres store', error) : error
  }
}
