/**
 * What a save costs at the beginning of a run and late in it.
 *
 *   node store.mjs [--postgres postgres://…] [--runs 20]
 *
 * Each run makes 300 steps: two messages of about 600 bytes, a snapshot of 2 KB, one save a step. Figures are medians
 * over the runs, of the steps 2 to 6 and 296 to 300. Runs of the stores are interleaved.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: { postgres: { type: 'string' }, runs: { type: 'string', default: '20' } },
})
const dist = process.env['AGENTCHART_DIST'] ?? join(import.meta.dirname, '../dist')
const load = (door) => import(join(dist, `src/${door}/index.js`))

const { memoryStore } = await load('store')
const { sqliteStore } = await load('store/sqlite')
const folder = mkdtempSync(join(tmpdir(), 'agentchart-bench-'))
const stores = [
  { name: 'memory', store: memoryStore() },
  { name: 'sqlite', store: sqliteStore(join(folder, 'process.db')) },
  {
    name: 'sqlite, power',
    store: sqliteStore(join(folder, 'power.db'), { durability: 'power' }),
  },
]
if (values.postgres !== undefined) {
  const { postgresStore } = await load('store/postgres')
  const schema = `bench_${process.pid}`
  stores.push({ name: 'postgres', store: postgresStore(values.postgres, { schema }) })
}

const last = 300
const message = (text) => ({ kind: 'request', parts: [{ content: text.repeat(60) }] })
const save = (seq) => ({
  seq,
  snapshot: { ledger: 'x'.repeat(2_000) },
  messages: { from: (seq - 1) * 2, items: [message('question. '), message('an answer ')] },
  status: 'active',
  title: 'A run of the bench',
  step: seq,
  wakeAt: null,
  awaits: [],
  error: null,
  isStep: true,
  state: 'ModelRequest',
  taken: [],
})

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]
const results = new Map(stores.map(({ name }) => [name, { early: [], late: [], load: [] }]))

for (let i = 0; i <= Number(values.runs); i += 1) {
  for (const { name, store } of stores) {
    const runId = `run-${i}`
    const begun = { runId, conversationId: 'bench', agentName: null, forkedFrom: null }
    const lease = await store.create({ ...save(1), ...begun }, { owner: 'bench' })
    const times = []
    for (let seq = 2; seq <= last; seq += 1) {
      const begin = performance.now()
      await store.save(lease, save(seq))
      times.push(performance.now() - begin)
    }
    const begin = performance.now()
    const { messages } = await store.load(runId)
    const loading = performance.now() - begin
    if (messages.length !== last * 2) throw new Error(`${name} has lost messages`)
    if (i === 0) continue // warm-up
    const { early, late, load: loads } = results.get(name)
    early.push(median(times.slice(0, 5)))
    late.push(median(times.slice(-5)))
    loads.push(loading)
  }
}

const cell = (text) => `${text}`.padStart(14)
console.log(
  ['| store'.padEnd(16), 'save early', 'save at 300', 'growth', 'load 600'].map(cell).join(' |'),
)
for (const [name, { early, late, load: loads }] of results) {
  const [first, second] = [median(early), median(late)]
  const figures = [
    `${first.toFixed(3)} ms`,
    `${second.toFixed(3)} ms`,
    (second / first).toFixed(2),
    `${median(loads).toFixed(2)} ms`,
  ]
  console.log([`| ${name}`.padEnd(16), ...figures].map(cell).join(' |'))
}

await Promise.all(stores.map(({ store }) => store.close()))
rmSync(folder, { recursive: true })
