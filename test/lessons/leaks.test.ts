/**
 * What is left of 50,000 runs of all sorts, most of which nobody brings to an end: nothing. The heap after a collection is
 * looked at again and again, and the line through these points must be flat. A hundred bytes that each run leaves behind
 * are two and a half times what is allowed.
 */
import { getEventListeners } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { createActor, setup, toPromise } from 'xstate'
import { z } from 'zod'
import { Agent, AgentRun, tool } from '../../src/index.ts'
import { memoryStore } from '../../src/store/index.ts'
import { FunctionModel } from '../../src/testing/index.ts'
import { call, rejection, says, untilAborted } from '../agent/script.ts'
import { collect } from '../helpers/events.ts'
import { readOne, settled } from '../run/streams.ts'

const runsInAll = 50_000
/** Runs of each kind that go on at the same time. */
const atOnce = 3
const looks = 25
/** By the line through the points. */
const mostBytesARun = 40

/** One signal that many runs share, for as long as the process lives. */
const shared = new AbortController()
const { signal } = shared
const timeoutMs = 3_600_000

const asks = (toolName: string, args = {}) =>
  new FunctionModel((messages) => ({
    parts: messages.length === 1 ? [call(toolName, args)] : [says('ok')],
  }))
const lookUp = tool({
  name: 'look_up',
  inputSchema: z.object({ city: z.string() }),
  execute: ({ city }) => ({ city, celsius: 4 }),
})
const pay = tool({ name: 'pay', needsApproval: true, execute: () => 'paid' })
const moody = tool({
  name: 'moody',
  execute: (_, { attempt }) => {
    if (attempt === 0) throw new Error('down')
    return 'up'
  },
})
const endless = tool({ name: 'endless', execute: (_, ctx) => untilAborted(ctx.signal) })
const down = new FunctionModel(() => {
  throw new Error('overloaded')
})

const plain = new Agent({ model: asks('look_up', { city: 'Oslo' }), tools: [lookUp] })
const failing = new Agent({ model: asks('moody'), tools: [moody] })
const stuck = new Agent({ model: asks('endless'), tools: [endless] })
const asking = new Agent({ name: 'asking', model: asks('pay'), tools: [pay], deferred: 'wait' })
const talking = new Agent({
  model: new FunctionModel(async function* () {
    yield* ['Once ', 'upon ', 'a ', 'time.']
  }),
})
const clerk = new Agent({
  name: 'clerk',
  model: asks('look_up', { city: 'Oslo' }),
  tools: [lookUp],
})
const manager = new Agent({ model: asks('clerk', { prompt: 'Go' }), tools: [clerk.asTool()] })
const parent = setup({ actors: { asking: asking.machine, plain: plain.machine } }).createMachine({
  initial: 'Working',
  states: {
    Working: { invoke: { src: 'plain', input: { prompt: 'Go' }, onDone: 'Waiting' } },
    Waiting: { type: 'final', invoke: { src: 'asking', input: { prompt: 'Go' } } },
  },
})
const store = memoryStore()

const kinds: Readonly<Record<string, () => Promise<unknown>>> = {
  'a tool round': () => plain.run('Go', { signal, timeoutMs }),
  'a model that is down': () => rejection(plain.run('Go', { model: down, signal })),
  'a failure that is left': () => rejection(failing.run('Go', { signal, timeoutMs })),
  'a failure, and the end after it': async () =>
    AgentRun.of(await rejection(failing.run('Go')))?.finish(),
  'a cancel': async () => {
    const own = new AbortController()
    const failure = rejection(stuck.run('Go', { signal: AbortSignal.any([own.signal]), timeoutMs }))
    setImmediate(() => own.abort())
    await failure
  },
  'a stream that is read': () => collect(talking.stream('Go', { signal, timeoutMs }).textDeltas()),
  'a stream that is left': () => readOne(talking.stream('Go', { signal })),
  'a stream that its reader takes along': () =>
    readOne(talking.stream('Go', { signal, onLeave: 'cancel' }).textDeltas()),
  'a wait, and an approval': async () => {
    const run = asking.iter('Go', { timeoutMs })
    await run.proceed()
    await run.approve('pay')
    await run.finish()
  },
  'a wait that is left': () => asking.iter('Go').proceed(),
  'a run by hand that is left': () => plain.iter('Go', { signal }).next(),
  'a snapshot, and the end of it': async () => {
    const run = asking.iter('Go')
    await run.proceed()
    const again = asking.resume(JSON.parse(JSON.stringify(run.snapshot())))
    await again.approve('pay')
    await again.finish()
  },
  'an agent below': () => manager.run('Go', { signal }),
  'a machine above': () => toPromise(createActor(parent).start()),
  'an inspector': () => plain.run('Go', { inspect: () => {} }),
  'a store': async () => {
    const run = asking.iter('Go', { store })
    await run.proceed()
    await run.dispose()
    await store.deliver(run.runId, { type: 'tool-call-approved', toolCallId: 'pay' })
    const again = await asking.load(run.runId, { store })
    await again.finish()
    await again.dispose()
    await store.delete(run.runId)
  },
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

async function heap(): Promise<number> {
  for (let i = 0; i < 3; i += 1) {
    collectGarbage()
    await settled() // what is told that something was collected lets go of more
  }
  return process.memoryUsage().heapUsed
}

/** Bytes a run, by the line with the least squares. */
function slope(points: readonly { readonly runs: number; readonly bytes: number }[]): number {
  const mean = (of: 'runs' | 'bytes') =>
    points.reduce((sum, point) => sum + point[of], 0) / points.length
  const [x, y] = [mean('runs'), mean('bytes')]
  const along = points.reduce((sum, { runs, bytes }) => sum + (runs - x) * (bytes - y), 0)
  return along / points.reduce((sum, { runs }) => sum + (runs - x) ** 2, 0)
}

it('the heap stays flat over 50,000 runs', { timeout: 300_000 }, async () => {
  const orders = Object.values(kinds)
  const several = orders.flatMap((order) => Array.from({ length: atOnce }, () => order))
  const roundsALook = Math.ceil(runsInAll / looks / several.length)
  const points: { runs: number; bytes: number }[] = []
  for (let look = 1; look <= looks; look += 1) {
    for (let round = 0; round < roundsALook; round += 1) {
      await Promise.all(several.map((order) => order()))
    }
    points.push({ runs: look * roundsALook * several.length, bytes: await heap() })
  }
  const compiled = points.slice(looks / 5) // by then the engine has done what it will
  expect(slope(compiled)).toBeLessThan(mostBytesARun)
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
})

it('a store in memory keeps texts, not the pieces they were put together from', async () => {
  const kept = memoryStore()
  const ask = async (times: number): Promise<string> => {
    let runId = ''
    for (let i = 0; i < times; i += 1) ({ runId } = await plain.run('Go', { store: kept }))
    return runId
  }
  await ask(200)
  collectGarbage()
  const { heapUsed } = process.memoryUsage()
  const runId = await ask(400)
  collectGarbage()
  const bytes = (process.memoryUsage().heapUsed - heapUsed) / 400
  const text = JSON.stringify(await kept.export(runId))
  expect(bytes / text.length).toBeLessThan(3.5) // 2.7, and 4.4 with the pieces
})
