import { StoreVersionError } from '../../errors/index.ts'
import { integer } from '../sql/rows.ts'
import { type Place, tablesVersion } from '../sql/statement.ts'
import type { Connections, Session } from './connection.ts'

/** Any number that others are unlikely to lock as well. */
const lockKey = 7_426_318_554

/** Where the tables are. */
export interface Placement extends Place {
  /** Quoted; `null` leaves it to the connection's search path. */
  readonly schema: string | null
}

/**
 * Makes the tables or brings them up to date, one process at a time. Nothing is asked for that is not needed, so that a
 * role without the right to create tables will do once they are there.
 *
 * @throws {StoreVersionError} when a newer release has upgraded them
 */
export async function migrate(connections: Connections, placement: Placement): Promise<void> {
  const version = await connections.snapshot((session) => versionOf(session, placement))
  if (version === tablesVersion) return
  await connections.transaction(async (session) => {
    await session.all({ sql: `SELECT pg_advisory_xact_lock(${lockKey})`, values: [] })
    await upgrade(session, placement)
  })
}

/** What others have made meanwhile is only sure to be seen by statements on the table itself. */
async function upgrade(session: Session, placement: Placement): Promise<void> {
  const { tables, schema } = placement
  const run = (sql: string) => session.all({ sql, values: [] })
  if (schema !== null) await run(`CREATE SCHEMA IF NOT EXISTS ${schema}`)
  await run(`CREATE TABLE IF NOT EXISTS ${tables.version} (version BIGINT NOT NULL)`)
  const version = await versionIn(session, placement)
  if (version === tablesVersion) return // somebody else was first
  const { migrations } = await import('../sql/schema.ts')
  const steps = migrations.slice(version).flatMap((statements) => statements(placement))
  for (const sql of steps) await run(sql)
  await run(`DELETE FROM ${tables.version}`)
  await run(`INSERT INTO ${tables.version} VALUES (${tablesVersion})`)
}

/** 0 when there are no tables yet. */
async function versionOf(session: Session, placement: Placement): Promise<number> {
  const sql = 'SELECT to_regclass(?) IS NOT NULL AS found'
  const [table] = await session.all({ sql, values: [placement.tables.version] })
  return table?.['found'] === true ? versionIn(session, placement) : 0
}

/** @throws {StoreVersionError} */
async function versionIn(session: Session, { tables }: Placement): Promise<number> {
  const [row] = await session.all({ sql: `SELECT version FROM ${tables.version}`, values: [] })
  const version = row === undefined ? 0 : integer(row, 'version')
  if (version > tablesVersion) throw new StoreVersionError(version, tablesVersion)
  return version
}
