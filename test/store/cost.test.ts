import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, it } from 'vitest'
import type { AwaitedCall } from '../../src/snapshot/index.ts'
import {
  memoryBackend,
  type RunRow,
  type RunWrites,
  Store,
  type StoreBackend,
} from '../../src/store/index.ts'
import { sqliteBackend } from '../../src/store/sqlite/index.ts'
import * as reads from '../../src/store/sql/reads.ts'
import { type Statement, type Tables, tablesWith } from '../../src/store/sql/statement.ts'
import { written } from '../../src/store/sql/writes.ts'
import { awaited, newRun, saved } from '../../src/testing/store-conformance/check.ts'
import { memberwise } from '../helpers/memberwise.ts'

const mine = { owner: 'mine' }
const home = mkdtempSync(join(tmpdir(), 'agentchart-store-'))
afterAll(() => rmSync(home, { recursive: true }))

/** A backend that counts the rows that changes read and write, and remembers the last writes. */
function counting(backend: StoreBackend) {
  const counts = { read: 0, written: 0, bytes: 0 }
  const last: { writes: RunWrites | null; run: RunRow | null } = { writes: null, run: null }
  const counted: StoreBackend = {
    ...memberwise(backend),
    change: (runId, wanted, decide) =>
      backend.change(runId, wanted, (rows) => {
        counts.read += 1 + rows.inbox.length + rows.marks.length
        const change = decide(rows)
        if (change.writes !== undefined && change.writes !== 'delete') {
          const { saves = [], messages = [], inbox = [], marks = [] } = change.writes
          counts.written += 1 + saves.length + messages.length + inbox.length + marks.length
          counts.bytes += JSON.stringify(change.writes).length
          last.writes = change.writes
          last.run = rows.run
        }
        return change
      }),
  }
  return { backend: counted, counts, last }
}

const backends = [
  { name: 'memory', make: memoryBackend },
  { name: 'SQLite', make: () => sqliteBackend(join(home, 'cost.db')) },
]

describe('a save', () => {
  it.each(backends)('costs the same at step 2,000 as at step 3 in $name', async ({ make }) => {
    const { backend, counts } = counting(make())
    const store = new Store(backend)
    const lease = await store.create(newRun('a'), mine)
    const costs: (typeof counts)[] = []
    for (let seq = 2; seq <= 2_000; seq += 1) {
      const before = { ...counts }
      const awaits: AwaitedCall[] = seq % 2 === 0 ? [awaited(`call-${seq}`)] : []
      const messages = { from: seq - 1, items: [{ text: 'the same' }] }
      await store.save(lease, saved(seq, { awaits, messages }))
      costs.push({
        read: counts.read - before.read,
        written: counts.written - before.written,
        bytes: counts.bytes - before.bytes,
      })
    }
    const [early, late] = [costs[2], costs.at(-1)]
    expect({ ...late, bytes: 0 }).toEqual({ ...early, bytes: 0 })
    expect(late?.bytes).toBeLessThan((early?.bytes ?? 0) + 100) // the numbers got longer
    expect((await store.load('a')).messages).toHaveLength(2_000)
    await store.close()
  })

  it('asks for rows by an index, whatever else the tables hold', async () => {
    const path = join(home, 'plan.db')
    const { backend, last } = counting(sqliteBackend(path))
    const store = new Store(backend, { retention: { keepSteps: 2 } })
    const lease = await store.create(newRun('a'), mine)
    for (let seq = 2; seq < 9; seq += 1) {
      const isStep = seq % 2 === 0
      await store.save(lease, saved(seq, { isStep, messages: { from: 0, items: [seq, seq] } }))
    }
    const database = new DatabaseSync(path)
    const tables = tablesWith((table) => `agentchart_${table}`)
    const statements: readonly Statement[] = [
      reads.selectRun('a', tables),
      reads.selectRow('a', tables),
      reads.selectLatest(1, tables),
      reads.selectInbox('a', tables),
      reads.selectMarks('a', 'open', tables),
      reads.selectMarks('a', { name: 'x' }, tables),
      reads.selectNthLatestStep(1, 2, tables),
      reads.selectSave(1, 2, tables),
      reads.selectSteps('a', tables),
      reads.selectMessages('a', { ...saveRow, seq: 3, messageCount: 2 }, tables),
      reads.selectHeldMessages(1, tables),
      ...lastStatements(last, tables),
    ]
    const plans = statements.flatMap(({ sql, values }) =>
      database
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all(...values)
        .map((row) => String(row['detail'])),
    )
    expect(statements.length).toBeGreaterThan(10)
    expect(plans.filter((plan) => /^SCAN (?!.*VALUES)/.test(plan))).toEqual([])
    expect(plans.filter((plan) => plan.includes('TEMP B-TREE'))).toEqual([])
    database.close()
    await store.close()
  })
})

/** What the last change asked for and wrote, for a run that others have changed meanwhile. */
function lastStatements(
  { writes, run }: { readonly writes: RunWrites | null; readonly run: RunRow | null },
  tables: Tables,
): readonly Statement[] {
  if (writes === null || run === null) throw new Error('Nothing was written')
  const found = {
    number: 1,
    run,
    stored: { ...run, status: 'stuck' },
    holdsMessages: true,
  } as const
  const removed = reads.selectMessagesOfRemoved(found, writes, tables)
  const kept = [{ index: 0, seq: 1, message: 'one of a save that goes' }]
  expect(removed).not.toBeNull()
  return [
    ...(removed === null ? [] : [removed]),
    ...written(found, writes, kept, tables).statements,
  ]
}

const saveRow = {
  seq: 1,
  isStep: true,
  state: 'End',
  step: 1,
  messageCount: 1,
  at: 0,
  snapshot: '',
  awaits: '',
}
