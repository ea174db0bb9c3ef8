import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { StoreError, StoreVersionError, UserError } from '../../src/errors/index.ts'
import { type PostgresPool, postgresStore } from '../../src/store/postgres/index.ts'
import { tablesWith } from '../../src/store/sql/statement.ts'
import { newRun, saved } from '../../src/testing/store-conformance/check.ts'
import { storeConformance } from '../conformance/store.ts'
import { postgresFolder, type PostgresServer, startPostgres } from '../helpers/postgres-server.ts'
import { expectVersionOne, versionOne, versionTwo } from './fixtures/version-1.ts'

const mine = { owner: 'mine' }

describe.skipIf(postgresFolder === null)(
  'with a server (skipped: Postgres is not installed)',
  () => {
    let server: PostgresServer
    let schemas = 0
    /** Tables that no other test has. */
    const place = () => ({ schema: `place_${(schemas += 1)}` })

    beforeAll(async () => {
      server = await startPostgres(postgresFolder ?? '')
    })
    afterAll(() => server.stop())

    async function query(sql: string): Promise<readonly Record<string, unknown>[]> {
      const client = new pg.Client(server.url)
      await client.connect()
      const { rows } = await client.query<Record<string, unknown>>(sql)
      await client.end()
      return rows
    }

    storeConformance('Postgres', () => {
      const where = place()
      return { open: (options) => postgresStore(server.url, { ...options, ...where }) }
    })

    it('makes its tables once, also when many begin at the same time', async () => {
      const where = place()
      const stores = Array.from({ length: 8 }, () => postgresStore(server.url, where))
      await Promise.all(stores.map((store, i) => store.create(newRun(`run-${i}`), mine)))
      expect((await stores[0]?.list())?.runs).toHaveLength(8)
      await Promise.all(stores.map((store) => store.close()))
    })

    it('keeps its tables where it is told to', async () => {
      const store = postgresStore(server.url, { schema: 'app', tablePrefix: 'our_' })
      await store.create(newRun('a'), mine)
      await store.close()
      const tables = await query(`SELECT tablename FROM pg_tables WHERE schemaname = 'app'`)
      expect(tables.map((row) => String(row['tablename'])).toSorted()).toEqual([
        'our_inbox',
        'our_marks',
        'our_messages',
        'our_runs',
        'our_saves',
        'our_version',
      ])
    })

    /** @returns the schema that has them */
    async function makeTables(version: typeof versionOne): Promise<string> {
      const { schema } = place()
      const tables = tablesWith((table) => `"${schema}"."agentchart_${table}"`)
      const old = version({ tables, prefix: 'agentchart_', database: 'postgres' })
      await query(`CREATE SCHEMA ${schema}; ${old.join(';')}`)
      return schema
    }

    it.each([
      ['first', versionOne],
      ['second', versionTwo],
    ])('brings tables of the %s version up to date where they are', async (_, version) => {
      const schema = await makeTables(version)
      const stores = Array.from({ length: 8 }, () => postgresStore(server.url, { schema }))
      const found = await Promise.all(stores.map(async (store) => (await store.record('old')).seq))
      expect(found).toEqual(stores.map(() => 5))
      if (stores[0] !== undefined) await expectVersionOne(stores[0])
      await Promise.all(stores.map((store) => store.close()))
    })

    it('keeps what a process of the second version writes while they are brought up to date', async () => {
      const schema = await makeTables(versionTwo)
      const older = new pg.Client(server.url)
      await older.connect()
      const id = `(SELECT number << 32 FROM ${schema}.agentchart_runs WHERE run_id = 'old')`
      await older.query(`BEGIN;
        DELETE FROM ${schema}.agentchart_saves WHERE id = ${id} + 5;
        INSERT INTO ${schema}.agentchart_saves (id, is_step, state, step, message_count, saved_at, token, step_seq,
            first_message, messages, awaits, snapshot)
          VALUES (${id} + 6, 0, 'ModelRequest', 6, 4, 1010, 3, 4, 3, E'8\\n"3 of 6"', '[]', '{"at":6}')`)
      const store = postgresStore(server.url, { schema })
      const loading = store.load('old')
      const waiting = `SELECT count(*) FROM pg_locks WHERE NOT granted AND relation IN
        (SELECT oid FROM pg_class WHERE relnamespace = '${schema}'::regnamespace)`
      await vi.waitUntil(async () => Number((await query(waiting))[0]?.['count']) > 0, 10_000)
      await older.query('COMMIT')
      await older.end()
      const { record, snapshot, messages } = await loading
      expect({ seq: record.seq, snapshot, messages }).toEqual({
        seq: 6,
        snapshot: { at: 6 },
        messages: ['0 of 1', '1 of 4', '2 of 5', '3 of 6'],
      })
      await store.close()
    })

    it('asks for no right to create tables once they are there', async () => {
      const where = place()
      await using(postgresStore(server.url, where), (store) => store.create(newRun('a'), mine))
      await query(`CREATE ROLE plain LOGIN;
      GRANT USAGE ON SCHEMA ${where.schema} TO plain;
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${where.schema} TO plain`)
      const url = server.url.replace('postgres@', 'plain@')
      await using(postgresStore(url, where), async (store) => {
        expect(await store.save(await store.acquire('a', mine), saved(2))).toEqual([])
      })
    })

    it('refuses tables of a newer release', async () => {
      const where = place()
      await using(postgresStore(server.url, where), (store) => store.create(newRun('a'), mine))
      await query(`UPDATE ${where.schema}.agentchart_version SET version = 99`)
      await using(postgresStore(server.url, where), async (store) => {
        await expect(store.record('a')).rejects.toThrow(StoreVersionError)
      })
    })

    it('connects anew when the server was away', async () => {
      const store = postgresStore(server.url, place())
      const lease = await store.create(newRun('a'), mine)
      await server.restart()
      await store.save(lease, saved(2))
      await server.restart()
      expect((await store.load('a')).record.seq).toBe(2)
      await store.close()
    })

    it('takes a pool, and leaves it open', async () => {
      const pool = new pg.Pool({ connectionString: server.url, max: 2 })
      const store = postgresStore(pool, place())
      await Promise.all(Array.from({ length: 9 }, (_, i) => store.create(newRun(`run-${i}`), mine)))
      await store.close()
      expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
      expect(pool.idleCount).toBeGreaterThan(0)
      await pool.end()
    })

    it.each([
      { why: 'before it is written', at: /^INSERT/, isOver: false },
      { why: 'before it is committed', at: /^COMMIT/, isOver: false },
      { why: 'when it is committed', at: /^COMMIT/, isOver: true },
    ])('a connection that breaks $why leaves a save to be sent again', async ({ at, isOver }) => {
      const pool = new pg.Pool({ connectionString: server.url })
      pool.on('error', () => {})
      let isArmed = false
      const breaking: PostgresPool = {
        connect: async () => {
          const client = await pool.connect()
          const pid = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
          return {
            query: async (sql, values) => {
              if (!isArmed || !at.test(sql)) return client.query(sql, values)
              isArmed = false
              if (isOver) await client.query(sql, values)
              await query(`SELECT pg_terminate_backend(${pid.rows[0]?.pid})`)
              return client.query(sql, values)
            },
            release: (destroy) => client.release(destroy),
            on: (event, listener) => client.on(event, listener),
            off: (event, listener) => client.off(event, listener),
          }
        },
      }
      const store = postgresStore(breaking, place())
      const lease = await store.create(newRun('a'), mine)
      isArmed = true
      const error = await store.save(lease, saved(2)).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(StoreError)
      expect(error).toMatchObject({ isRetryable: true })
      expect((await store.record('a')).seq).toBe(isOver ? 2 : 1)
      expect(await store.save(lease, saved(2))).toEqual([])
      expect(await store.history('a')).toHaveLength(2)
      await store.close()
      await pool.end()
    })
  },
)

describe('a store in Postgres', () => {
  it('says that the server is out of reach, and that it may pass', async () => {
    const store = postgresStore('postgres://nobody@127.0.0.1:1/none')
    const error = await store.record('a').catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(StoreError)
    expect(error).toMatchObject({ isRetryable: true })
    await store.close()
  })

  it('does not wait for ever for a server that says nothing', { timeout: 5_000 }, async () => {
    const sockets: Socket[] = []
    const silent = createServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const address = silent.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const store = postgresStore(`postgres://nobody@127.0.0.1:${port}/none`, {
      connectTimeoutMs: 50,
    })
    const error = await store.record('a').catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(StoreError)
    expect(error).toMatchObject({ isRetryable: true })
    await store.close()
    for (const socket of sockets) socket.destroy()
    silent.close()
  })

  it('refuses names that are none', () => {
    for (const schema of ['a"b', 'x'.repeat(41), 'a.b'])
      expect(() => postgresStore('', { schema })).toThrow(UserError)
  })
})

async function using<TStore extends { close(): Promise<void> }>(
  store: TStore,
  work: (store: TStore) => Promise<unknown>,
): Promise<void> {
  await work(store)
  await store.close()
}
