// One contender at one workload in a process of its own: checks that the work is done, then measures it.
// node --expose-gc worker.mjs <contender> <workload> <milliseconds | check>
import { measureDurable } from './lib/durable.mjs'
import { answer, resetTally, scriptOf, tally, workloads } from './lib/job.mjs'
import { cpuStopwatch, median, stopwatch, timeOf } from './lib/timing.mjs'

const [name, workload, duration] = process.argv.slice(2)
const task = workloads[workload]
const script = scriptOf(task)
const { create } = await import(`./contenders/${name}.mjs`)
const contender = await create(script)
const forMs = duration === 'check' ? null : Number(duration)

const measures = {
  W1: plain,
  W2: plain,
  W3: plain,
  W4: stream,
  W5: together,
  W6: long,
  W8: pause,
  W9: () => measureDurable({ create, script, forMs, checkRun }),
  W10: wait,
  W11: converse,
}
const result = await measures[workload]()
process.stdout.write(`\nresult: ${JSON.stringify(result)}\n`, () => process.exit(0))

async function plain() {
  await checkRun()
  return forMs === null ? {} : timeOf(contender.run, forMs)
}

async function stream() {
  if (contender.stream === undefined) return { isMissing: true }
  let deltas = 0
  resetTally()
  const text = await contender.stream(() => (deltas += 1))
  expect('streamed text', text === script.streamed, true)
  expect('deltas', deltas, script.deltas.length)
  expect('model calls', tally.modelCalls, 1)
  if (forMs === null) return {}
  let characters = 0
  return timeOf(() => contender.stream((d) => (characters += d.length)), forMs)
}

async function together() {
  await checkRun()
  if (forMs === null) return {}
  const start = (runs) => Promise.all(Array.from({ length: runs }, () => contender.run()))
  await start(100)
  globalThis.gc()
  const rssBefore = process.memoryUsage().rss
  resetTally()
  const [time, cpu] = [stopwatch(), cpuStopwatch()]
  const answers = await start(task.runs)
  const [ms, cpuMs] = [time(), cpu()]
  expect('right answers', answers.filter((text) => text === answer).length, task.runs)
  expect('tool runs', tally.toolRuns, task.runs * script.toolRuns)
  return { ms, cpuMs, rssBefore, rssPeak: process.resourceUsage().maxRSS * 1024 }
}

async function long() {
  await checkRun()
  if (forMs === null) return {}
  const warmUp = stopwatch()
  for (let runs = 0; runs === 0 || (warmUp() < forMs && runs < 200); runs += 1)
    await contender.run()
  const [totals, early, late] = [[], [], []]
  const [whole, cpu] = [stopwatch(), cpuStopwatch()]
  while (whole() < 2 * forMs || totals.length < 3) {
    tally.stepTimes = []
    const time = stopwatch()
    await contender.run()
    totals.push(time())
    const at = tally.stepTimes
    early.push(at[50] - at[0])
    late.push(at[300] - at[250])
  }
  const [first50, last50] = [median(early), median(late)]
  return {
    ms: median(totals),
    cpuMs: cpu() / totals.length,
    first50,
    last50,
    growth: last50 / first50,
  }
}

async function pause() {
  const { parked } = contender
  if (parked === undefined) return { isMissing: true }
  resetTally()
  const state = await parked.pause()
  expect('tool runs before the pause', tally.toolRuns, script.pauseAt)
  const written = await parked.write(state)
  const text = await parked.resume(await parked.read(written))
  expect('answer after the pause', text, answer)
  expect('tool runs in all', tally.toolRuns, script.toolRuns)
  if (forMs === null) return {}
  const bytes = typeof written === 'string' ? Buffer.byteLength(written) : written.bytes
  const { ms: writeMs } = await timeOf(() => parked.write(state), forMs / 2)
  const { ms: readMs } = await timeOf(() => parked.read(written), forMs / 2)
  const { what, keptBytes } = parked
  return { ms: writeMs + readMs, writeMs, readMs, bytes, what, keptBytes: keptBytes?.(state) }
}

/** What a run that waits holds in memory beyond its messages: what is left of it once only they are held. */
async function wait() {
  const { waiting } = contender
  if (waiting === undefined) return { isMissing: true }
  const many = forMs === null ? 10 : task.runs
  await approveAll(await startAll(100)) // what is made once and kept is there by now
  const runs = await startAll(many)
  const whole = heapUsed()
  const messages = runs.map(waiting.messagesOf)
  expect(
    'runs that have the call among their messages',
    messages.filter(({ length }) => length >= 2).length,
    many,
  )
  resetTally()
  const [time, cpu] = [stopwatch(), cpuStopwatch()]
  await approveAll(runs)
  const [ms, cpuMs] = [time(), cpu()]
  expect('tool runs after the approval', tally.toolRuns, many)
  runs.length = 0
  const held = heapUsed()
  messages.length = 0
  const rest = heapUsed()
  const [bytesBeyond, bytesOfMessages] = [(whole - held) / many, (held - rest) / many]
  return forMs === null ? {} : { ms, cpuMs, bytesBeyond, bytesOfMessages, what: waiting.what }

  async function startAll(count) {
    resetTally()
    const started = await Promise.all(Array.from({ length: count }, () => waiting.start()))
    expect('tool runs before the approval', tally.toolRuns, 0)
    return started
  }

  async function approveAll(started) {
    const answers = await Promise.all(started.map(waiting.approve))
    expect('answers', answers.filter((text) => text === answer).length, started.length)
  }
}

/** Reads a long conversation, ready to go on, next to `JSON.parse` of the same text. */
async function converse() {
  const { conversation } = contender
  if (conversation === undefined) return { isMissing: true }
  const text = await conversation.write(forMs === null ? 1_000 : task.messages)
  resetTally()
  tally.isChecking = true
  expect('answer', await conversation.goOn(await conversation.read(text)), answer)
  tally.isChecking = false
  expect('tool runs', tally.toolRuns, 1)
  if (forMs === null) return {}
  expect('tool results that the last model call saw', tally.resultsSeen, task.messages / 4 + 1)
  const [reads, parses] = [[], []]
  for (const whole = stopwatch(); whole() < 4 * forMs || reads.length < 7;) {
    const read = stopwatch()
    await conversation.read(text)
    reads.push(read())
    const parse = stopwatch()
    JSON.parse(text)
    parses.push(parse())
  }
  const [ms, parseMs] = [median(reads), median(parses)]
  return { ms, parseMs, bytes: Buffer.byteLength(text), what: conversation.what }
}

function heapUsed() {
  globalThis.gc()
  globalThis.gc()
  return process.memoryUsage().heapUsed
}

/** One run, looked at closely. */
async function checkRun(run = contender.run) {
  resetTally()
  tally.isChecking = true
  const text = await run()
  tally.isChecking = false
  expect('answer', text, answer)
  expect('tool runs', tally.toolRuns, script.toolRuns)
  expect('model calls', tally.modelCalls, script.modelCalls)
  expect('tool results that the last model call saw', tally.resultsSeen, script.toolRuns)
}

function expect(what, found, wanted) {
  if (found === wanted) return
  const [got, want] = [found, wanted].map((value) => JSON.stringify(value))
  throw new Error(`${name}, ${workload}: ${what}: ${got} instead of ${want}`)
}
