/**
 * An hour of mixed runs at a steady, modest rate: does anything grow, slow down or go wrong?
 *
 *   node --expose-gc soak.mjs [--minutes 60] [--rate 60]
 *
 * A line a minute, once all runs of that minute are done: how many by group, what went wrong, the heap and the process
 * after a collection, what keeps the process alive, listeners left on the signal that runs share, and the latency of a
 * fixed probe of ten tool rounds, 300 times while this process does nothing else. Other processes and a machine that is
 * slower in one minute than in another disturb the median and the 99th percentile: so the verdict goes by CPU time, as a
 * ratio to that of a fixed piece of work without the package, done in turns with the probes. Fails when something went
 * wrong, or the end is not as the beginning was.
 */
import { getEventListeners } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { kindsInMemory, kindsInStores, probe } from './lib/soak-runs.mjs'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    rate: { type: 'string', default: '60' },
    'seconds-a-minute': { type: 'string', default: '60' },
  },
})
const minutes = Number(values.minutes)
const minuteMs = Number(values['seconds-a-minute']) * 1_000
/** How far the last quarter of the minutes may be above the first. */
const bounds = { heapMiB: 2, latencyTimes: 1.1, rssTimes: 1.2 }
const mostAtOnce = 200
const probes = 300

const folder = mkdtempSync(join(tmpdir(), 'agentchart-soak-'))
const file = join(folder, 'runs.db')
const controller = new AbortController()
const stored = kindsInStores(file)
const groups = { ...kindsInMemory(controller.signal), stored: stored.kinds }
const orders = Object.entries(groups).flatMap(([group, kinds]) =>
  Object.entries(kinds).map(([kind, run]) => ({ group, kind, run, done: 0 })),
)
const open = new Set()
const errors = []
const runProbe = probe()

/** Starts runs for a minute, kind after kind, and waits for the last of them. */
async function mixed() {
  const begin = performance.now()
  let [started, heldBack] = [0, 0]
  for (let now = begin; now < begin + minuteMs; now = performance.now()) {
    const due = Math.floor(((now - begin) / 1_000) * Number(values.rate))
    while (started + heldBack < due) {
      if (open.size < mostAtOnce) start(orders[started++ % orders.length])
      else heldBack += 1
    }
    await pause(20)
  }
  await Promise.all(open)
  await pause(100) // timers of runs that ended before them
  return { started, heldBack }
}

function start(order) {
  const run = order
    .run()
    .catch((error) => {
      errors.push(error)
      if (errors.length <= 10) console.error(`${order.kind}:`, error)
    })
    .finally(() => {
      order.done += 1
      open.delete(run)
    })
  open.add(run)
}

/** Work that has nothing to do with the package; five times of it stand beside each probe. */
async function reference() {
  const text = JSON.stringify(Array.from({ length: 60 }, (_, i) => ({ i, text: `Item ${i}` })))
  for (let i = 0; i < 20; i += 1) await JSON.parse(text)
}

async function latencies() {
  const times = []
  let [own, fixed] = [0, 0] // by blocks: what tells CPU time is too coarse for a single probe
  for (let block = 0; block < probes / 20; block += 1) {
    own += await cpuMicros(async () => {
      for (let i = 0; i < 20; i += 1) times.push(await micros(runProbe))
    })
    fixed += await cpuMicros(async () => {
      for (let i = 0; i < 100; i += 1) await reference()
    })
  }
  const [p50, p99] = [quantile(times, 0.5), quantile(times, 0.99)]
  return { p50, p99, cpuMicros: own / probes, ratio: own / fixed }
}

async function cpuMicros(work) {
  const before = process.threadCpuUsage()
  await work()
  const { user, system } = process.threadCpuUsage(before)
  return user + system
}

async function micros(work) {
  const begin = performance.now()
  await work()
  return (performance.now() - begin) * 1_000
}

function quantile(numbers, share) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length * share)]
}

const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length
const mib = (bytes) => bytes / 2 ** 20

async function minute(number) {
  const doneBefore = orders.map(({ done }) => done)
  const errorsBefore = errors.length
  const cpuBefore = process.cpuUsage()
  const begin = performance.now()
  const { started, heldBack } = await mixed()
  const { user, system } = process.cpuUsage(cpuBefore)
  const cpuShare = (user + system) / 1_000 / (performance.now() - begin)
  await stored.prune()
  globalThis.gc()
  await pause(100) // what finalizers leave
  globalThis.gc()
  const { heapUsed, rss, external } = process.memoryUsage()
  const byGroup = Object.fromEntries(Object.keys(groups).map((group) => [group, 0]))
  orders.forEach(({ group, done }, i) => (byGroup[group] += done - doneBefore[i]))
  return {
    minute: number,
    ...byGroup,
    runs: started,
    heldBack,
    errors: errors.length - errorsBefore,
    heap: mib(heapUsed),
    external: mib(external),
    rss: mib(rss),
    file: mib(statSync(file).size),
    resources: process.getActiveResourcesInfo().length,
    listeners: getEventListeners(controller.signal, 'abort').length,
    cpuShare,
    ...(await latencies()),
  }
}

const columns = [
  ['minute', ({ minute: number }) => number],
  ...Object.keys(groups).map((group) => [group, (line) => line[group]]),
  ['held back', ({ heldBack }) => heldBack],
  ['errors', (line) => line.errors],
  ['heap MiB', ({ heap }) => heap.toFixed(2)],
  ['ext. MiB', ({ external }) => external.toFixed(2)],
  ['rss MiB', ({ rss }) => rss.toFixed(0)],
  ['file MiB', (line) => line.file.toFixed(1)],
  ['resources', ({ resources }) => resources],
  ['listeners', ({ listeners }) => listeners],
  ['CPU', ({ cpuShare }) => `${(cpuShare * 100).toFixed(0)} %`],
  ['p50 µs', ({ p50 }) => p50.toFixed(0)],
  ['p99 µs', ({ p99 }) => p99.toFixed(0)],
  ['CPU µs', ({ cpuMicros }) => cpuMicros.toFixed(0)],
  ['CPU ratio', ({ ratio }) => ratio.toFixed(3)],
]
const row = (cells) =>
  console.log(cells.map((cell, i) => `${cell}`.padStart(columns[i][0].length)).join('  '))

/** How much the heap grows in an hour, by the line that fits the minutes best. */
function slopePerHour(lines) {
  const [x, y] = [mean(lines.map((line) => line.minute)), mean(lines.map(({ heap }) => heap))]
  const along = lines.reduce((sum, line) => sum + (line.minute - x) * (line.heap - y), 0)
  const square = lines.reduce((sum, line) => sum + (line.minute - x) ** 2, 0)
  return (along / square) * 60
}

function judge(lines) {
  const settled = lines.slice(1) // by then the engine has compiled what it will
  const quarter = Math.max(1, Math.floor(settled.length / 4))
  const [first, last] = [settled.slice(0, quarter), settled.slice(-quarter)]
  const both = (figure) => [first, last].map((part) => quantile(part.map(figure), 0.5))
  const heap = both((line) => line.heap)
  const rss = both((line) => line.rss)
  const ratio = both((line) => line.ratio)
  const runs = orders.reduce((sum, { done }) => sum + done, 0)
  console.log('\nRuns by kind:')
  for (const { group, kind, done } of orders) console.log(`  ${group}, ${kind}: ${done}`)
  const shown = ([before, after], unit = '') =>
    `${before.toFixed(2)}${unit} in the first quarter, ${after.toFixed(2)}${unit} in the last`
  console.log(
    `\n${runs} runs in ${lines.length} minutes; medians of minutes below, without the first`,
  )
  console.log(`errors: ${errors.length}`)
  console.log(`heap: ${shown(heap, ' MiB')}; slope ${slopePerHour(settled).toFixed(3)} MiB an hour`)
  console.log(`rss: ${shown(rss, ' MiB')}`)
  console.log(
    `latency, p50: ${shown(
      both(({ p50 }) => p50),
      ' µs',
    )}`,
  )
  console.log(
    `latency, p99: ${shown(
      both(({ p99 }) => p99),
      ' µs',
    )}`,
  )
  console.log(
    `CPU time of a probe: ${shown(
      both(({ cpuMicros }) => cpuMicros),
      ' µs',
    )}`,
  )
  const faults = [
    errors.length > 0 && 'runs went wrong',
    heap[1] - heap[0] > bounds.heapMiB && `the heap grew by more than ${bounds.heapMiB} MiB`,
    rss[1] > rss[0] * bounds.rssTimes && `the process grew to more than ${bounds.rssTimes} times`,
    ratio[1] > ratio[0] * bounds.latencyTimes && `latency is over ${bounds.latencyTimes} times`,
    ['resources', 'listeners'].some((of) => last.at(-1)[of] > first[0][of]) &&
      'resources or listeners are left over',
  ].filter(Boolean)
  console.log(`\nVerdict: ${faults.length === 0 ? 'flat' : faults.join('; ')}`)
  return faults.length === 0
}

console.log(`Node ${process.version}, ${minutes} minutes, ${values.rate} runs a second\n`)
row(columns.map(([title]) => title))
const lines = []
for (let number = 1; number <= minutes; number += 1) {
  const line = await minute(number)
  lines.push(line)
  row(columns.map(([, cell]) => cell(line)))
}
if (!judge(lines)) process.exitCode = 1
await stored.close()
rmSync(folder, { recursive: true })
