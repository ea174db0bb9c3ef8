// Where a contender's time goes: self time by function, in µs per run, after a warm-up.
// node profile.mjs <contender> <workload: W1 W2 W3 W4 W6> [milliseconds=3000] [functions=25]
import { Session } from 'node:inspector/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { scriptOf, workloads } from './lib/job.mjs'
import { stopwatch } from './lib/timing.mjs'

const [name, workload, forMs = '3000', most = '25'] = process.argv.slice(2)
const { create } = await import(`./contenders/${name}.mjs`)
const contender = await create(scriptOf(workloads[workload]))
const run = workload === 'W4' ? () => contender.stream(() => {}) : contender.run

await runFor(Number(forMs) / 2)
const session = new Session()
session.connect()
await session.post('Profiler.enable')
await session.post('Profiler.setSamplingInterval', { interval: 100 })
await session.post('Profiler.start')
const { runs, ms } = await runFor(Number(forMs))
const { profile } = await session.post('Profiler.stop')

const perRun = (micros) => micros / runs
console.log(
  `${name}, ${workload}: ${runs} runs, ${show(perRun(ms * 1000))} µs each (profiler on)\n`,
)
print('function', selfTimes(profile, nameOf))
print('file', selfTimes(profile, fileOf))

async function runFor(limit) {
  const time = stopwatch()
  let count = 0
  while (time() < limit) {
    await run()
    count += 1
  }
  return { runs: count, ms: time() }
}

function selfTimes({ nodes, samples, timeDeltas }, keyOf) {
  const keys = new Map(nodes.map((node) => [node.id, keyOf(node.callFrame)]))
  const times = new Map()
  samples.forEach((id, i) => {
    const key = keys.get(id)
    times.set(key, (times.get(key) ?? 0) + timeDeltas[i])
  })
  return [...times].toSorted(([, a], [, b]) => b - a)
}

function print(what, times) {
  const all = times.reduce((sum, [, time]) => sum + time, 0)
  console.log(`| ${what} | µs/run | % |\n| --- | ---: | ---: |`)
  for (const [key, time] of times.slice(0, Number(most))) {
    console.log(`| ${key} | ${show(perRun(time))} | ${show((100 * time) / all)} |`)
  }
  console.log()
}

function nameOf({ functionName, url, lineNumber }) {
  const at = url === '' ? '' : ` ${shorten(url)}:${lineNumber + 1}`
  return `${functionName || '(anonymous)'}${at}`
}

function fileOf({ functionName, url }) {
  return url === '' ? functionName || '(native)' : shorten(url)
}

function shorten(url) {
  if (!url.startsWith('file:')) return url
  const file = path.relative(import.meta.dirname, fileURLToPath(url))
  return file.replace(/^.*node_modules\//, '')
}

function show(number) {
  return Number(number.toPrecision(3)).toLocaleString('en-US')
}
