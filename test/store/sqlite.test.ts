import { execFile } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { LeaseLostError, StoreError, StoreVersionError } from '../../src/errors/index.ts'
import { explainSqlite } from '../../src/store/sqlite/sqlite-failures.ts'
import { sqliteStore } from '../../src/store/sqlite/index.ts'
import { names, newRun, saved } from '../../src/testing/store-conformance/check.ts'
import { tablesWith } from '../../src/store/sql/statement.ts'
import { storeConformance } from '../conformance/store.ts'
import { expectVersionOne, versionOne, versionTwo } from './fixtures/version-1.ts'

const run = promisify(execFile)
const mine = { owner: 'mine' }
const home = mkdtempSync(join(tmpdir(), 'agentchart-store-'))
afterAll(() => rmSync(home, { recursive: true }))

let files = 0
const newFile = () => join(home, `runs-${(files += 1)}.db`)

storeConformance('SQLite', () => {
  const path = newFile()
  return { open: (options) => sqliteStore(path, options) }
})

const tables = tablesWith((table) => `agentchart_${table}`)

function makeVersionOne(path: string): void {
  const database = new DatabaseSync(path)
  for (const sql of versionOne({ tables, prefix: 'agentchart_', database: 'sqlite' }))
    database.exec(sql)
  database.close()
}

/** What processes of their own got, that were started at once. */
async function workers(path: string, task: string, count: number): Promise<readonly string[][]> {
  const worker = join(import.meta.dirname, 'fixtures/worker.ts')
  return Promise.all(
    names(count).map(async (owner) => {
      const { stdout, stderr } = await run(process.execPath, [worker, path, owner, task])
      expect(stderr).toBe('')
      return JSON.parse(stdout) as string[] // printed by the fixture
    }),
  )
}

/** Runs that nobody drives. */
async function withRuns(path: string, count: number): Promise<readonly string[]> {
  const store = sqliteStore(path)
  for (const runId of names(count)) await store.release(await store.create(newRun(runId), mine))
  await store.close()
  return names(count).toSorted()
}

describe('several processes on one file', { timeout: 60_000 }, () => {
  it('never claim the same run', async () => {
    const path = newFile()
    const runs = await withRuns(path, 50)
    const got = await workers(path, 'claim', 4)
    expect(got.flat().toSorted()).toEqual(runs)
  })

  it('never lease the same run', async () => {
    const path = newFile()
    const runs = await withRuns(path, 20)
    const got = await workers(path, 'acquire', 3)
    expect(got.flat().toSorted()).toEqual(runs)
  })

  it('lose nothing that they deliver while the run is saved', async () => {
    const path = newFile()
    const store = sqliteStore(path)
    const lease = await store.create(newRun('run-1'), mine)
    let isOver = false
    const sending = workers(path, 'deliver', 3).finally(() => {
      isOver = true
    })
    const taken: number[] = []
    let last = false
    for (let seq = 2; !last; seq += 1) {
      last = isOver
      const ids = (await store.inbox(lease)).map(({ id }) => id)
      await store.save(lease, saved(seq, { taken: ids, isStep: false }))
      taken.push(...ids)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    expect((await sending).flat()).toHaveLength(75)
    expect(taken).toEqual(Array.from({ length: 75 }, (_, i) => i + 1))
    await store.close()
  })

  it('bring tables of an earlier version up to date once, also when they begin at the same time', async () => {
    const path = newFile()
    makeVersionOne(path)
    expect((await workers(path, 'claim', 4)).flat()).toEqual(['old'])
    const store = sqliteStore(path)
    expect((await store.load('old')).messages).toEqual(['0 of 1', '1 of 4', '2 of 5'])
    await store.close()
  })

  it('make the tables once, also when they begin at the same time', async () => {
    const path = newFile()
    expect((await workers(path, 'claim', 4)).flat()).toEqual([])
    const store = sqliteStore(path)
    expect((await store.list()).runs).toEqual([])
    await store.close()
  })
})

describe('a file', () => {
  it('is read again once another connection has written to it', async () => {
    const path = newFile()
    const [store, other] = [sqliteStore(path), sqliteStore(path)]
    const lease = await store.create(newRun('run-1'), mine)
    await store.save(lease, saved(2))
    await other.deliver('run-1', { type: 'enqueue', id: 'x', content: 'Hi.' })
    expect((await store.save(lease, saved(3))).map(({ id }) => id)).toEqual([1])
    await other.save(lease, saved(4, { isStep: false, taken: [1] }))
    expect(await store.save(lease, saved(4, { isStep: false, taken: [1] }))).toEqual([])
    expect(await store.save(lease, saved(5))).toEqual([])
    await other.release(lease)
    await other.acquire('run-1', { owner: 'theirs' })
    await expect(store.save(lease, saved(6))).rejects.toThrow(LeaseLostError)
    expect((await store.history('run-1')).map(({ seq }) => seq)).toEqual([1, 2, 3, 5])
    await other.delete('run-1')
    expect((await store.create(newRun('run-1'), mine)).token).toBe(1)
    await Promise.all([store.close(), other.close()])
  })

  it('has what a run said last in its row as soon as somebody else writes to it', async () => {
    const path = newFile()
    const clock = { now: () => 1_000 }
    const store = sqliteStore(path, { clock })
    const lease = await store.create(newRun('run-1'), mine)
    clock.now = () => 2_000
    await store.save(lease, saved(2, { messages: { from: 1, items: ['more'] } }))
    const updatedAt = new Date(2_000).toISOString()
    const told = { seq: 2, step: 2, messageCount: 2, updatedAt }
    expect(await store.record('run-1')).toMatchObject(told)
    expect((await store.list({ updatedAfter: updatedAt })).runs).toMatchObject([told])
    expect((await store.list({ updatedBefore: new Date(1_999).toISOString() })).runs).toEqual([])
    clock.now = () => 3_000
    await store.renew(lease)
    expect(await store.record('run-1')).toMatchObject(told)
    const database = new DatabaseSync(path)
    const row = database.prepare('SELECT seq, updated_at FROM agentchart_runs').get()
    expect({ ...row }).toEqual({ seq: 2, updated_at: 2_000 })
    database.close()
    await store.close()
  })

  it('keeps runs when the store is closed', async () => {
    const path = newFile()
    await withRuns(path, 1)
    const store = sqliteStore(path, { durability: 'power' })
    expect(await store.load('run-1')).toMatchObject({ snapshot: { at: 1 } })
    await store.close()
  })

  it.each([
    {
      why: 'is no database',
      spoil: (path: string) => writeFileSync(path, 'not a database'.repeat(99)),
    },
    { why: 'was torn', spoil: (path: string) => truncateSync(path, statSync(path).size - 9_000) },
    {
      why: 'was written over',
      spoil: (path: string) => {
        const bytes = readFileSync(path)
        writeFileSync(path, bytes.fill(7, 4_096))
      },
    },
  ])('that $why is refused with its name', async ({ spoil }) => {
    const path = newFile()
    await withRuns(path, 40)
    spoil(path)
    const store = sqliteStore(path)
    const error = await store.list().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(StoreError)
    expect(error).toMatchObject({ isRetryable: false })
    expect(String(error)).toContain(path)
    expect(String(error)).toContain('damaged')
    await store.close()
  })

  it('of an earlier version is brought up to date where it is', async () => {
    const path = newFile()
    makeVersionOne(path)
    const store = sqliteStore(path)
    await expectVersionOne(store)
    await store.close()
    const database = new DatabaseSync(path)
    const found = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).all()
    expect(found.map(({ name }) => String(name)).toSorted()).toEqual([
      'agentchart_inbox',
      'agentchart_marks',
      'agentchart_messages',
      'agentchart_runs',
      'agentchart_saves',
      'agentchart_version',
    ])
    expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
    database.close()
  })

  it('of the second version is brought up to date, and lost to processes that have it open', async () => {
    const path = newFile()
    const database = new DatabaseSync(path)
    for (const sql of versionTwo({ tables, prefix: 'agentchart_', database: 'sqlite' }))
      database.exec(sql)
    const older = database.prepare('SELECT s.token FROM agentchart_saves s')
    expect(older.all()).toHaveLength(5)
    const store = sqliteStore(path)
    await expectVersionOne(store)
    await store.close()
    expect(() => older.all()).toThrow('no such column: s.token')
    database.close()
  })

  it('of an earlier version leaves alone what else is in the file', async () => {
    const path = newFile()
    makeVersionOne(path)
    const database = new DatabaseSync(path)
    database.exec(`
      CREATE TABLE orders (run_id TEXT REFERENCES agentchart_runs(run_id) ON DELETE CASCADE);
      INSERT INTO orders VALUES ('old'), ('done');
      CREATE VIEW names AS SELECT run_id FROM agentchart_runs`)
    const store = sqliteStore(path)
    expect(await store.record('old')).toMatchObject({ status: 'waiting' })
    await store.close()
    expect(database.prepare('SELECT count(*) AS n FROM orders').get()).toEqual({ n: 2 })
    expect(database.prepare('SELECT count(*) AS n FROM names').get()).toEqual({ n: 2 })
    expect(database.prepare('PRAGMA foreign_key_check').all()).toEqual([])
    database.exec("INSERT INTO orders VALUES ('done')")
    database.close()
  })

  it('of an earlier version is as it was when that cannot be done', async () => {
    const path = newFile()
    makeVersionOne(path)
    const database = new DatabaseSync(path)
    database.exec('CREATE TABLE agentchart_saves_1 (in_the_way TEXT)')
    const store = sqliteStore(path)
    await expect(store.load('old')).rejects.toThrow('agentchart_saves_1')
    expect(database.prepare('SELECT COUNT(*) AS count FROM agentchart_runs').get()).toEqual({
      count: 2,
    })
    database.exec('DROP TABLE agentchart_saves_1')
    database.close()
    await expectVersionOne(store)
    await store.close()
  })

  it('of a newer release is refused', async () => {
    const path = newFile()
    await withRuns(path, 1)
    const database = new DatabaseSync(path)
    database.exec('UPDATE agentchart_version SET version = 99')
    database.close()
    const store = sqliteStore(path)
    await expect(store.record('run-1')).rejects.toThrow(StoreVersionError)
    await store.close()
  })

  it('that cannot be opened may be there later', async () => {
    const folder = join(home, 'later')
    const store = sqliteStore(join(folder, 'runs.db'))
    await expect(store.list()).rejects.toMatchObject({
      name: 'StoreError',
      isRetryable: true,
      message: expect.stringContaining('is its folder there'),
    })
    mkdirSync(folder)
    expect((await store.list()).runs).toEqual([])
    await store.close()
  })

  it('on which somebody else sits is busy, which may pass', async () => {
    const path = newFile()
    await withRuns(path, 1)
    const database = new DatabaseSync(path)
    database.exec('BEGIN IMMEDIATE')
    const store = sqliteStore(path, { busyTimeoutMs: 20 })
    const patient = sqliteStore(path)
    expect((await store.record('run-1')).runId).toBe('run-1')
    await expect(store.acquire('run-1', mine)).rejects.toMatchObject({ isRetryable: true })
    const acquiring = patient.acquire('run-1', mine)
    await new Promise((resolve) => setTimeout(resolve, 0))
    database.exec('COMMIT')
    database.close()
    expect((await acquiring).owner).toBe('mine')
    await Promise.all([store.close(), patient.close()])
  })

  it('that is full may have space later', () => {
    const database = new DatabaseSync(':memory:')
    database.exec('PRAGMA max_page_count = 1')
    let error: unknown
    try {
      database.exec('CREATE TABLE large (text TEXT)')
    } catch (thrown) {
      error = thrown
    }
    const told = { isRetryable: true, message: "no space is left for 'runs.db'" }
    expect(explainSqlite(error, 'runs.db')).toEqual(told)
  })
})
