// The kinds of runs that soak.mjs mixes. Each is an order that does one run and throws unless it went as it should.
import assert from 'node:assert/strict'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { assign, createActor, setup, toPromise } from 'xstate'
import { z } from 'zod'

const dist = path.resolve(
  process.env.AGENTCHART_DIST ?? path.join(import.meta.dirname, '../../dist'),
)
const load = (door) => import(pathToFileURL(path.join(dist, `src/${door}index.js`)).href)

const { Agent, AgentRun, DeadlinePassedError, ModelRetry, retrying, RunCancelledError, tool } =
  await load('')
const { FunctionModel } = await load('testing/')
const { memoryStore } = await load('store/')
const { sqliteStore } = await load('store/sqlite/')
const { work } = await load('worker/')

const question = 'Which trains do I take on my tour, station by station?'
const answer = 'Every leg of the tour is looked up: trains leave at the same minute each day.'
const pieces = answer.split(' ').map((word) => `${word} `)

const call = (toolName, args = {}) => ({ partKind: 'tool-call', toolName, args })
const responses = (messages) => messages.filter(({ kind }) => kind === 'response').length

/** Calls `toolName` in the first `rounds` responses, `fanOut` times each, then answers; it may take its time. */
function scripted(toolName, { rounds = 1, fanOut = 1, waitMs = 0, args = () => ({}) } = {}) {
  return new FunctionModel(async (messages) => {
    if (waitMs > 0) await pause(Math.random() * waitMs)
    const round = responses(messages)
    if (round >= rounds) return answer
    return { parts: Array.from({ length: fanOut }, (_, i) => call(toolName, args(round, i))) }
  })
}

/** Says more and more, until it has said enough or nobody listens any more. */
const talker = (words) =>
  new FunctionModel(async function* (_messages, { signal }) {
    for (let i = 0; i < words; i += 1) {
      if (i % 16 === 0) await pause(1, undefined, { signal })
      yield pieces[i % pieces.length]
    }
  })

const silent = new FunctionModel(
  (_messages, { signal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    }),
)

const leg = (round, i) => ({ station: `Station ${i}`, day: round, coach: 'second' })

const timetable = tool({
  name: 'timetable',
  description: 'The next train from a station on a day of the tour.',
  inputSchema: z.object({
    station: z.string().min(1),
    day: z.number().int().min(0),
    coach: z.enum(['first', 'second']),
  }),
  execute: async ({ station, day }) => ({ station, day, leavesAt: `${6 + (day % 14)}:42` }),
})
const slowly = tool({ name: 'slowly', execute: () => pause(Math.random() * 8, 'done') })
const refund = tool({ name: 'refund', needsApproval: true, execute: () => 'paid back' })
const moody = tool({
  name: 'moody',
  maxRetries: 2,
  execute: (_, { retry }) => {
    if (retry === 0) throw new ModelRetry('Not like that.')
    return 'well'
  },
})

async function rejection(promise, kind) {
  const error = await promise.then(
    () => assert.fail(`No ${kind.name}`),
    (thrown) => thrown,
  )
  assert.ok(error instanceof kind, error)
  return error
}

/** What one model call and ten tool rounds cost: the same run each time, for the probe. */
export function probe() {
  const agent = new Agent({
    model: scripted('timetable', { rounds: 10, args: leg }),
    tools: [timetable],
  })
  return async () => assert.equal((await agent.run(question)).output, answer)
}

/** Groups of kinds that live in memory alone. `signal` is one signal that all of them share. */
export function kindsInMemory(signal) {
  const plain = new Agent({ model: scripted('none', { rounds: 0, waitMs: 4 }) })
  const tools = new Agent({
    model: scripted('timetable', { rounds: 4, waitMs: 2, args: leg }),
    tools: [timetable],
  })
  const parallel = new Agent({ model: scripted('slowly', { fanOut: 8 }), tools: [slowly] })
  const asking = new Agent({ model: scripted('refund'), tools: [refund], deferred: 'wait' })
  const retried = new Agent({ model: scripted('moody', { rounds: 2 }), tools: [moody] })
  const structured = new Agent({
    model: new FunctionModel((_, { outputTools }) => ({
      parts: [call(outputTools[0].name, { city: 'Oslo', celsius: 4 })],
    })),
    output: z.object({ city: z.string(), celsius: z.number() }),
  })
  const clerk = new Agent({
    name: 'clerk',
    model: scripted('timetable', { args: leg, waitMs: 2 }),
    tools: [timetable],
  })
  const manager = new Agent({
    model: scripted('clerk', { fanOut: 2, args: () => ({ prompt: 'Look it up.' }) }),
    tools: [clerk.asTool()],
  })
  const answers = (agent, options) => async () =>
    assert.equal((await agent.run(question, options)).output, answer)
  return {
    plain: {
      'one answer': answers(plain, { signal }),
      'structured output': async () =>
        assert.deepEqual((await structured.run(question)).output, { city: 'Oslo', celsius: 4 }),
    },
    tools: {
      'four tool rounds': answers(tools, { signal }),
      'eight calls at once': answers(parallel, { signal }),
      'a tool that asks again': answers(retried),
      inspected: async () => {
        let seen = 0
        await answers(parallel, { inspect: () => void (seen += 1) })()
        assert.ok(seen > 0)
      },
    },
    nested: { 'sub-agents': answers(manager), 'in a parent machine': inParent(tools) },
    waits: {
      'approved or denied': () => asksSomebody(asking),
      'put away and resumed': () => putAway(asking),
    },
    failures: failing(signal),
    streams: streamed(),
  }
}

async function asksSomebody(agent) {
  const run = agent.iter(question)
  assert.equal(await run.proceed(), 'waiting')
  const [{ toolCallId }] = run.waitingFor
  await pause(Math.random() * 20)
  if (Math.random() < 0.5) await run.approve(toolCallId, { by: 'Ada' })
  else await run.deny(toolCallId, 'Not today.')
  assert.equal(await run.proceed(), 'ended')
  assert.equal(run.result.output, answer)
}

/** Put away while it waits, and left behind; what was written goes on. */
async function putAway(agent) {
  const run = agent.iter(question)
  await run.proceed()
  const text = JSON.stringify(run.snapshot())
  if (Math.random() < 0.5) await run.dispose() // else it is left as it is
  const again = agent.resume(JSON.parse(text))
  await again.approve(again.waitingFor[0].toolCallId)
  assert.equal((await again.finish()).output, answer)
}

/** Runs that go wrong, are cancelled or take too long. */
function failing(signal) {
  const overloaded = new FunctionModel(() => {
    if (Math.random() < 0.3) throw Object.assign(new Error('overloaded'), { isRetryable: true })
    return answer
  })
  const patience = { baseDelayMs: 1, maxDelayMs: 4, maxAttempts: 20 }
  const patient = new Agent({ model: retrying(overloaded, patience) })
  const broken = tool({
    name: 'broken',
    execute: (_, { attempt }) => {
      if (attempt === 0) throw new TypeError('The server is down')
      return 'It is up again'
    },
  })
  const fails = new Agent({ model: scripted('broken'), tools: [broken] })
  const stuck = new Agent({ model: silent })
  return {
    'failed, then finished': async () => {
      const error = await rejection(fails.run(question, { signal }), TypeError)
      assert.equal((await AgentRun.of(error).finish()).output, answer)
    },
    'left after a failure': () => rejection(fails.run(question, { signal }), TypeError),
    'overloaded model': async () => assert.equal((await patient.run(question)).output, answer),
    cancelled: async () => {
      const own = AbortSignal.any([signal, AbortSignal.timeout(5)])
      await rejection(stuck.run(question, { signal: own }), RunCancelledError)
    },
    'timed out': () => rejection(stuck.run(question, { timeoutMs: 5 }), DeadlinePassedError),
  }
}

/** Streams with readers of all sorts. */
function streamed() {
  const agent = new Agent({ model: talker(300) })
  const words = (text) => text.trim().split(' ').length
  return {
    'slow reader': async () => {
      const stream = agent.stream(question)
      let read = ''
      let events = 0
      for await (const delta of stream.textDeltas()) {
        read += delta
        events += 1
        if (events % 32 === 0) await pause(2)
      }
      assert.equal(read, await stream.output)
    },
    'leaving reader': async () => {
      const stream = agent.stream(question)
      for await (const _ of stream.textDeltas()) break
      assert.equal(words(await stream.output), 300)
    },
    'left for good': async () => {
      const stream = agent.stream(question, { onLeave: 'cancel' })
      for await (const _ of stream.events()) break
      await rejection(stream.output, RunCancelledError)
    },
    'three readers': async () => {
      const stream = agent.stream(question)
      const counts = await Promise.all(
        [stream.textDeltas(), stream.events(), stream.events({ lossy: true })].map(count),
      )
      assert.ok(counts.every((events) => events > 0))
    },
  }
}

async function count(stream) {
  let events = 0
  for await (const _ of stream) events += 1
  return events
}

/** A statechart that invokes the agent. */
function inParent(agent) {
  const parent = setup({ actors: { agent: agent.machine } }).createMachine({
    context: { said: '' },
    initial: 'Asking',
    output: ({ context }) => context.said,
    states: {
      Asking: {
        invoke: {
          src: 'agent',
          input: { prompt: question },
          onDone: {
            target: 'Done',
            actions: assign({ said: ({ event }) => event.output.output }),
          },
        },
      },
      Done: { type: 'final' },
    },
  })
  return async () => assert.equal(await toPromise(createActor(parent).start()), answer)
}

/** Kinds that are kept in a file, or in a store in memory, some of them driven by a worker. */
export function kindsInStores(file) {
  const agent = new Agent({
    name: 'kept',
    model: scripted('timetable', { rounds: 3, args: leg }),
    tools: [timetable],
  })
  const asking = new Agent({
    name: 'asking',
    model: scripted('refund'),
    tools: [refund],
    deferred: 'wait',
  })
  const worked = new Agent({
    name: 'worked',
    model: scripted('refund', { waitMs: 2 }),
    tools: [refund],
    deferred: 'wait',
  })
  const stores = { SQLite: sqliteStore(file), memory: memoryStore() }
  const desk = new WorkersDesk(worked, stores.SQLite)
  const kinds = Object.entries(stores).flatMap(([name, store]) => [
    [
      `kept in ${name}`,
      async () => assert.equal((await agent.run(question, { store })).output, answer),
    ],
    [`loaded from ${name}`, () => letGo(asking, store)],
  ])
  return {
    kinds: { ...Object.fromEntries(kinds), 'driven by a worker': () => desk.run() },
    /** Forgets the runs that have ended; tells how many. */
    async prune() {
      const counts = Object.values(stores).map((store) => store.prune({ status: 'done' }))
      return (await Promise.all(counts)).reduce((sum, pruned) => sum + pruned)
    },
    async close() {
      await desk.stop()
      await Promise.all(Object.values(stores).map((store) => store.close()))
    },
  }
}

/** Waits in a store, is told there, and is loaded again. */
async function letGo(agent, store) {
  const run = agent.iter(question, { store })
  await run.proceed()
  const [{ toolCallId }] = run.waitingFor
  await run.dispose()
  await store.deliver(run.runId, { type: 'tool-call-approved', toolCallId, by: 'Ada' })
  const again = await agent.load(run.runId, { store })
  assert.equal((await again.finish()).output, answer)
  await again.dispose()
}

/** Hands runs to a worker, approves what they ask for, and waits for their end. */
class WorkersDesk {
  #agent
  #store
  #worker
  #open = new Map()

  constructor(agent, store) {
    this.#agent = agent
    this.#store = store
    this.#worker = work({ agent, store, pollMs: 200, onEvent: (event) => this.#told(event) })
  }

  async run() {
    const run = this.#agent.iter(question, { store: this.#store })
    const { promise, resolve, reject } = Promise.withResolvers()
    this.#open.set(run.runId, { resolve, reject })
    await run.save()
    await run.release()
    await promise
  }

  stop() {
    return this.#worker.stop()
  }

  #told(event) {
    const open = this.#open.get(event.runId)
    if (event.kind === 'waiting') void this.#approve(event).catch(open?.reject)
    else if (event.kind !== 'taken-up') {
      this.#open.delete(event.runId)
      if (event.kind === 'ended') open?.resolve()
      else open?.reject(event.error ?? new Error(`The worker says ${event.kind}`))
    }
  }

  async #approve({ runId, waitingFor }) {
    for (const { toolCallId } of waitingFor) {
      await this.#store.deliver(runId, { type: 'tool-call-approved', toolCallId })
    }
  }
}
