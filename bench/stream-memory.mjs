// A run of 100,000 deltas with three readers, one of them slow, one lossy: what the process holds on the way.
// `node --expose-gc stream-memory.mjs [deltas]`. Fails when the heap grows with the number of deltas.
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const dist = path.resolve(process.env.AGENTCHART_DIST ?? path.join(import.meta.dirname, '../dist'))
const { Agent, defaultProfile } = await import(pathToFileURL(path.join(dist, 'src/index.js')).href)

const boundMiB = 24
const deltas = Number(process.argv[2] ?? 100_000)
const piece = 'x'.repeat(40)
let made = 0
let furthestAhead = 0

const model = {
  modelName: 'scripted',
  system: 'bench',
  profile: defaultProfile,
  isRemote: false,
  request: () => Promise.reject(new Error('not streamed')),
  async *stream() {
    for (made = 0; made < deltas; made += 1) yield { kind: 'text', content: piece }
  },
}

const heapMiB = () => {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed / 2 ** 20
}

async function slow(stream) {
  let read = 0
  for await (const event of stream) {
    if (event.eventKind === 'part_delta') read += 1
    furthestAhead = Math.max(furthestAhead, made - read)
    if (read % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    if (read % 10_000 === 0 && event.eventKind === 'part_delta') sample(read)
  }
  return read
}

async function count(stream) {
  let events = 0
  for await (const _ of stream) events += 1
  return events
}

const samples = []
const sample = (read) => samples.push({ read, heapMiB: Number(heapMiB().toFixed(1)) })

const before = heapMiB()
const stream = new Agent({ model }).stream('Go')
const [read, whole, lossy] = await Promise.all([
  slow(stream.events()),
  count(stream.events()),
  count(stream.events({ lossy: true })),
])
const text = (await stream.output).length
const most = Math.max(...samples.map(({ heapMiB: at }) => at)) - before

console.table(samples)
console.log(
  JSON.stringify({
    deltas,
    read,
    whole,
    lossy,
    text,
    furthestAhead,
    mostMiB: Number(most.toFixed(1)),
  }),
)
const holdsMiB = (deltas * piece.length) / 2 ** 20 // the answer itself is kept, once
if (read !== deltas - 1 || text !== deltas * piece.length) process.exitCode = 1
if (most > boundMiB + 2 * holdsMiB) {
  console.error(`The heap grew by ${most.toFixed(1)} MiB`)
  process.exitCode = 1
}
