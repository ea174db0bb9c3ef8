// What it costs to look, and not to look, at W2.
//
//   node inspect.mjs [rounds] [milliseconds]   15 rounds of 1,500 ms: without the module of the inspector, and with it
//                                              loaded; one after the other, each time in a process of its own
//   node inspect.mjs --watched                 runs of 25, 50, 100 and 200 rounds with an inspector: time and bytes
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { node } from './lib/child.mjs'
import { scriptOf, workloads } from './lib/job.mjs'
import { median, timeOf } from './lib/timing.mjs'

const boundPercent = 3
const dist = path.resolve(process.env.AGENTCHART_DIST ?? path.join(import.meta.dirname, '../dist'))
const open = (file) => import(pathToFileURL(path.join(dist, file)).href)

const [first = '15', second = '1500'] = process.argv.slice(2)
if (first === '--child') await measure(second, Number(process.argv[4]))
else if (first === '--watched') await watch()
else await compare(Number(first), Number(second))

/** Prints the CPU time and the time of one run of W2 in this process. */
async function measure(variant, forMs) {
  if (variant === 'loaded') await open('src/inspect/index.js')
  const { create } = await import('./contenders/agentchart.mjs')
  const { run } = create(scriptOf(workloads.W2))
  console.log(JSON.stringify(await timeOf(run, forMs)))
}

async function compare(rounds, forMs) {
  const taken = { without: [], loaded: [] }
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? ['without', 'loaded'] : ['loaded', 'without']
    for (const variant of order) taken[variant].push(inChild(variant, forMs))
  }
  const ways = { median, least: (times) => Math.min(...times) }
  const percents = Object.entries(ways).map(([name, of]) => {
    const [without, loaded] = Object.values(taken).map((times) =>
      of(times.map(({ cpuMs }) => cpuMs)),
    )
    const percent = (loaded / without - 1) * 100
    const figures = [without, loaded].map((ms) => `${(ms * 1000).toFixed(1)} µs`).join(', loaded ')
    console.log(`W2, ${name} CPU time: without ${figures}: ${percent.toFixed(1)} %`)
    return percent
  })
  if (Math.min(...percents) > boundPercent) process.exitCode = 1 // on a busy machine the least is the steadier
}

function inChild(variant, forMs) {
  const args = [import.meta.filename, '--child', variant, `${forMs}`]
  const env = { ...process.env, NODE_ENV: 'production' }
  const { stdout, stderr } = spawnSync(node, args, { env, encoding: 'utf8' })
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout)
}

/** The time and the bytes of a round must not grow with the rounds. */
async function watch() {
  const { Agent, tool } = await open('src/index.js')
  const { safeInspector } = await open('src/inspect/index.js')
  const { ScriptedModel } = await open('src/testing/index.js')
  const look = tool({ name: 'look', execute: () => 'a result, '.repeat(100) })
  const part = { partKind: 'tool-call', toolName: 'look', toolCallId: 'look', args: '{}' }
  for (const rounds of [25, 25, 50, 100, 200]) {
    let bytes = 0
    const inspect = safeInspector((event) => (bytes += JSON.stringify(event).length))
    const script = [...Array.from({ length: rounds }, () => ({ parts: [part] })), 'Done.']
    const start = performance.now()
    await new Agent({
      model: new ScriptedModel(script),
      tools: [look],
      usageLimits: { requestLimit: null },
    }).run('Go.', { inspect })
    const perRound = (value) => Math.round(value / rounds)
    const us = perRound((performance.now() - start) * 1000)
    console.log(`${rounds} rounds: ${us} µs and ${perRound(bytes)} bytes each`)
  }
}
