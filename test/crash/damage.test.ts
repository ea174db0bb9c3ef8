import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Agent, AgentError } from '../../src/index.ts'
import { StoreError, type StoredRun } from '../../src/store/index.ts'
import { sqliteStore } from '../../src/store/sqlite/index.ts'
import { ScriptedModel } from '../../src/testing/index.ts'
import { tool } from '../../src/tools/index.ts'
import { calls, errorOf } from '../run/scripts.ts'
import { Random } from './random.ts'

const folder = mkdtempSync(join(tmpdir(), 'agentchart-damage-'))
afterAll(() => rmSync(folder, { recursive: true }))

const read = tool({ name: 'read', execute: () => 'x'.repeat(3_000) })
const script = () => [calls('read', 'read'), calls('read'), calls('read'), 'done']

/** What the store can tell of the run; an error that says what is wrong counts. */
async function found(path: string): Promise<StoredRun | AgentError> {
  const store = sqliteStore(path)
  try {
    return await store.load('damaged')
  } catch (error) {
    if (error instanceof AgentError) return error
    throw error
  } finally {
    await store.close()
  }
}

/** Drives a run, and tells how it was in the store after each step; `copy` is made of its files before they are closed. */
async function driven(path: string, copy?: string): Promise<readonly StoredRun[]> {
  const store = sqliteStore(path)
  const agent = new Agent({ model: new ScriptedModel(script()), tools: [read] })
  const run = agent.iter('hi', { store, runId: 'damaged' })
  const steps: StoredRun[] = []
  while (run.nextNode.kind !== 'end') {
    await run.next()
    steps.push(await store.load('damaged'))
  }
  if (copy !== undefined) {
    for (const suffix of ['', '-wal']) copyFileSync(`${path}${suffix}`, `${copy}${suffix}`)
  }
  await store.close()
  return steps
}

describe('a database file', () => {
  const path = join(folder, 'whole.db')
  let latest: StoredRun
  beforeAll(async () => {
    latest = (await driven(path)).at(-1) ?? expect.fail('nothing was saved')
  })

  const pageSize = 4_096
  const damages = [
    {
      what: 'cut short',
      damage: (file: Buffer, random: Random) =>
        file.subarray(0, random.between(1, file.length - 1)),
    },
    {
      what: 'partly overwritten with noise',
      damage: overwrite((random) => random.between(0, 255)),
    },
    { what: 'partly overwritten with zeros', damage: overwrite(() => 0) },
    { what: 'missing a page in the middle', damage: dropPage },
  ]

  function overwrite(byte: (random: Random) => number) {
    return (file: Buffer, random: Random): Buffer => {
      const page = random.between(0, file.length / pageSize - 1)
      const from = page * pageSize + (random.chance(0.5) ? 0 : pageSize / 2)
      const to = (page + 1) * pageSize
      return Buffer.from(file.map((old, i) => (i >= from && i < to ? byte(random) : old)))
    }
  }

  function dropPage(file: Buffer, random: Random): Buffer {
    const page = random.between(0, file.length / pageSize - 1)
    const before = file.subarray(0, page * pageSize)
    return Buffer.concat([before, file.subarray((page + 1) * pageSize)])
  }

  it.each(damages)('that is $what is refused, or has not lost the run', async ({ damage }) => {
    const random = new Random(7)
    const file = readFileSync(path)
    const seen = []
    for (let i = 0; i < 60; i += 1) {
      const torn = join(folder, 'torn.db')
      writeFileSync(torn, damage(file, random))
      seen.push(await found(torn))
      for (const suffix of ['-wal', '-shm']) rmSync(`${torn}${suffix}`, { force: true })
    }
    const refused = seen.filter((what) => what instanceof AgentError)
    const names = new Set<string>(refused.map(({ name }) => name))
    expect([...names].filter((name) => name !== 'RunNotFoundError')).toEqual(['StoreError'])
    const loaded = seen.filter((what) => !(what instanceof AgentError))
    expect(loaded).toEqual(loaded.map(() => latest))
  })
})

describe('a write that is torn', () => {
  it('leaves the run as it was saved before', async () => {
    const copy = join(folder, 'copy.db')
    const steps = await driven(join(folder, 'source.db'), copy)
    const log = readFileSync(`${copy}-wal`)
    const random = new Random(11)
    const lengths = new Set<number>()
    for (let i = 0; i < 60; i += 1) {
      const torn = join(folder, `wal-${i}.db`)
      copyFileSync(copy, torn)
      const at = random.between(0, log.length)
      const isCut = random.chance(0.5)
      const rest = isCut ? [] : [Buffer.alloc(log.length - at, random.between(0, 255))]
      writeFileSync(`${torn}-wal`, Buffer.concat([log.subarray(0, at), ...rest]))
      const seen = await found(torn)
      if (seen instanceof AgentError) continue // from before the run was created
      lengths.add(seen.messages.length)
      const whole = steps.at(-1)?.messages ?? []
      expect(seen.messages).toEqual(whole.slice(0, seen.messages.length))
      await goesOn(torn, seen)
    }
    expect(lengths.size).toBeGreaterThan(3)
  })
})

/** The run ends as it would have, from wherever it was. */
async function goesOn(path: string, { messages }: StoredRun): Promise<void> {
  const responses = messages.filter((message) => JSON.stringify(message).includes('"response"'))
  const model = new ScriptedModel(script().slice(responses.length))
  const agent = new Agent({ model, tools: [read] })
  const later = { now: () => Date.now() + 60_000, setTimeout, clearTimeout }
  const store = sqliteStore(path, { clock: later })
  const run = await agent.load('damaged', { store: { store, owner: 'next' } })
  const result = run.nextNode.kind === 'end' ? run.result : await run.finish()
  expect(result?.output).toBe('done')
  expect(result?.usage.requests).toBe(4)
  await run.dispose()
  await store.close()
}

describe('a disk that is full', () => {
  const opened: DatabaseSync[] = []
  const exec = Reflect.get(DatabaseSync.prototype, 'exec')
  beforeAll(() => {
    DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string): void {
      if (!opened.includes(this)) opened.push(this)
      Reflect.apply(exec, this, [sql])
    }
  })
  afterEach(() => {
    DatabaseSync.prototype.exec = exec
  })

  /** How many pages the file may have, for all who have it open. */
  function limitPages(pages: number): void {
    for (const database of opened) database.prepare(`PRAGMA max_page_count = ${pages}`).get()
  }

  it('holds up a run, which goes on when there is space, without asking the model twice', async () => {
    const store = sqliteStore(join(folder, 'full.db'))
    const model = new ScriptedModel([
      () => {
        limitPages(1)
        return 'y'.repeat(100_000)
      },
    ])
    const run = new Agent({ model }).iter('hi', { store })
    await run.next()
    const error = await errorOf(run.next())
    expect(error).toBeInstanceOf(StoreError)
    expect(error).toMatchObject({ isRetryable: true })
    expect(String(error)).toContain('no space is left')
    limitPages(1_000_000)
    const { output } = await run.finish()
    expect({ length: output.length, asked: model.calls.length }).toEqual({
      length: 100_000,
      asked: 1,
    })
    expect((await store.record(run.runId)).status).toBe('done')
    await store.close()
  })
})
