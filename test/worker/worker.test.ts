import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Agent, RunNotFoundError, tool, UserError, withDeps } from '../../src/index.ts'
import { work, type WorkEvent } from '../../src/worker/index.ts'
import { memoryBackend, memoryStore } from '../../src/store/index.ts'
import { FunctionModel, ManualClock, TestModel } from '../../src/testing/index.ts'
import { call, rejection } from '../agent/script.ts'
import { begin, greeter, treasurer, workshop } from './workshop.ts'

describe('a worker', () => {
  it('drives runs that were begun and let go of', async () => {
    const { clock, store, kinds, options } = workshop()
    for (const id of ['one', 'two', 'three']) await begin(greeter(), store, clock, id)
    const worker = work({ agent: greeter(), ...options({ concurrency: 2 }) })
    await worker.idle()
    const { runs } = await store.list()
    expect(runs.map(({ status }) => status)).toEqual(['done', 'done', 'done'])
    expect(kinds().toSorted()).toEqual([
      'ended',
      'ended',
      'ended',
      'taken-up',
      'taken-up',
      'taken-up',
    ])
    await worker.stop()
    expect(clock.pendingTimers).toBe(0)
  })

  it('is not idle while a run that another one began last is ready', async () => {
    const backend = memoryBackend()
    const { clock, store, options } = workshop({ backend })
    const ended = Promise.withResolvers<void>()
    const claim = backend.claim.bind(backend)
    backend.claim = async (query, decide) => {
      const found = await claim(query, decide)
      if (found.length === 0) await ended.promise // the answer takes as long as the run
      return found
    }
    const hand = tool({ name: 'hand', execute: () => begin(greeter(), store, clock, 'second') })
    const agent = new Agent({ name: 'first', tools: [hand], model: new TestModel() })
    await begin(agent, store, clock, 'first')
    const onEvent = ({ kind }: WorkEvent): void => {
      if (kind === 'ended') setImmediate(ended.resolve) // by then nothing is in its hands
    }
    const worker = work({ agents: [agent, greeter()], ...options({ onEvent }) })
    await worker.idle()
    expect((await store.record('second')).status).toBe('done')
    await worker.stop()
  })

  it('looks for more every pollMs', async () => {
    const { clock, store, options } = workshop()
    const worker = work({ agent: greeter(), ...options({ pollMs: 500 }) })
    await clock.advance(100)
    await begin(greeter(), store, clock, 'late')
    await clock.advance(399)
    expect((await store.record('late')).status).toBe('active')
    await clock.advance(1)
    expect((await store.record('late')).status).toBe('done')
    await worker.stop()
  })

  it('lets go of a run that waits, and goes on when it was answered', async () => {
    const { clock, store, events, kinds, options } = workshop()
    const paid: number[] = []
    await begin(treasurer(), store, clock, 'bill')
    const worker = work({ agent: treasurer(paid), ...options() })
    await worker.idle()
    expect(kinds()).toEqual(['taken-up', 'waiting'])
    expect(events[1]).toMatchObject({
      runId: 'bill',
      agentName: 'treasurer',
      waitingFor: [
        { toolName: 'pay', toolCallId: 'a', awaits: 'approval' },
        { toolName: 'pay', toolCallId: 'b' },
      ],
    })
    expect(await store.record('bill')).toMatchObject({ status: 'waiting', owner: null })
    expect(clock.pendingTimers, 'only the poll').toBe(1)

    await store.deliver('bill', { type: 'tool-call-approved', toolCallId: 'b' })
    await worker.idle()
    expect(paid).toEqual([7])
    expect(await store.record('bill')).toMatchObject({
      status: 'waiting',
      owner: null,
      attempts: 0,
    })

    await store.deliver('bill', { type: 'tool-call-denied', toolCallId: 'a', message: 'Too dear' })
    await worker.idle()
    expect(paid).toEqual([7])
    expect((await store.record('bill')).status).toBe('done')
    await worker.stop()
  })

  it('saves a run that waits again although it was requeued, and does not turn it over and over', async () => {
    const { clock, store, kinds, options } = workshop()
    const run = treasurer().iter('Go.', { store, clock, runId: 'shelved', deferred: 'wait' })
    await run.proceed()
    await run.dispose()
    await store.release(await store.acquire('shelved', { owner: 'somebody' }), 'paused')
    const worker = work({ agent: treasurer(), ...options() })
    await worker.idle()
    expect(kinds()).toEqual([])
    await store.requeue('shelved')
    await worker.idle()
    expect(kinds()).toEqual(['taken-up', 'waiting'])
    expect((await store.record('shelved')).status).toBe('waiting')
    await worker.stop()
  })

  it(
    'runs an approved call once, whenever it is approved while the run is let go of',
    { timeout: 60_000 },
    async () => {
      for (let ticks = 0; ticks < 50; ticks += 1) {
        const { clock, store, options } = workshop()
        const paid: number[] = []
        await begin(treasurer(), store, clock, 'bill')
        const waits = Promise.withResolvers<void>()
        const worker = work({
          agent: treasurer(paid),
          ...options({
            onRun: (run) =>
              void run.actor.subscribe(() => {
                if (run.waitingFor.length > 0) waits.resolve()
              }),
          }),
        })
        await waits.promise
        for (let i = 0; i < ticks; i += 1) await Promise.resolve()
        await store.deliver('bill', { type: 'tool-call-approved', toolCallId: 'a' })
        await store.deliver('bill', { type: 'tool-call-approved', toolCallId: 'b' })
        await worker.idle()
        expect(new Set(paid), `after ${ticks} ticks`).toEqual(new Set([5, 7]))
        expect(paid).toHaveLength(2)
        expect((await store.record('bill')).status).toBe('done')
        await worker.stop()
        expect(clock.pendingTimers).toBe(0)
      }
    },
  )

  it('goes on with a run whose wait is over', async () => {
    const { clock, store, options } = workshop()
    const agent = new Agent({
      name: 'patient',
      model: new FunctionModel((messages) =>
        messages.length === 1
          ? { parts: [call('ask', {}, 'ask')] }
          : `Heard: ${JSON.stringify(messages.at(-1)?.parts[0])}`,
      ),
      tools: [tool({ name: 'ask', needsApproval: true, waitTimeoutMs: 60_000, execute: () => 1 })],
    })
    await begin(agent, store, clock, 'wait')
    const worker = work({ agent, ...options() })
    await worker.idle()
    await clock.advance(59_000)
    expect((await store.record('wait')).status).toBe('waiting')
    await clock.advance(2_000)
    expect((await store.record('wait')).status).toBe('done')
    await worker.stop()
  })

  it('takes over from a process that is gone, once its lease has run out', async () => {
    const { clock, store, options } = workshop()
    const gone = greeter().iter('Go.', {
      store: { store, owner: 'gone', leaseMs: 10_000 },
      clock: new ManualClock(), // stands still, as that process does
      runId: 'orphan',
    })
    await gone.save()
    const worker = work({ agent: greeter(), ...options() })
    await clock.advance(9_000)
    expect((await store.record('orphan')).owner).toBe('gone')
    await clock.advance(2_000)
    expect((await store.record('orphan')).status).toBe('done')
    await worker.stop()
  })

  it('gives its runs the deps, and shows them before they go on', async () => {
    const { clock, store, options } = workshop()
    const { Agent: GreetingAgent, tool: greetingTool } = withDeps<{ readonly greeting: string }>()
    const greet = greetingTool({ name: 'greet', execute: (_, { deps }) => deps.greeting })
    const agent = new GreetingAgent({ name: 'deps', model: new TestModel(), tools: [greet] })
    const deps = { greeting: 'Ahoy' }
    const run = agent.iter('Go.', { store, clock, deps })
    await run.save()
    await run.release()
    const told: string[] = []
    const worker = work({
      agent,
      deps,
      ...options({
        onRun: (shown) => void told.push(`${shown.runId} ${shown.nextNode.kind}`),
      }),
    })
    await worker.idle()
    expect(told).toEqual([`${run.runId} user-prompt`])
    const { messages } = await store.load(run.runId)
    expect(JSON.stringify(messages)).toContain('Ahoy')
    await worker.stop()
  })

  it('takes a cancel that was delivered', async () => {
    const { clock, store, kinds, options } = workshop()
    await begin(treasurer(), store, clock, 'stopped')
    const worker = work({ agent: treasurer(), ...options() })
    await worker.idle()
    await store.deliver('stopped', { type: 'cancel', reason: 'No need' })
    await worker.idle()
    expect(kinds()).toEqual(['taken-up', 'waiting', 'taken-up', 'cancelled'])
    expect(await store.record('stopped')).toMatchObject({ status: 'cancelled', owner: null })
    await worker.stop()
  })
})

describe('workers that share a store', () => {
  it('drive each run once', async () => {
    const { clock, store, kinds, options } = workshop()
    const ids = Array.from({ length: 30 }, (_, i) => `run-${i}`)
    for (const id of ids) await begin(greeter(), store, clock, id)
    const workers = [1, 2, 3].map(() => work({ agent: greeter(), ...options() }))
    await Promise.all(workers.map((worker) => worker.idle()))
    expect(kinds().filter((kind) => kind === 'taken-up')).toHaveLength(30)
    expect(kinds().filter((kind) => kind === 'ended')).toHaveLength(30)
    await Promise.all(workers.map((worker) => worker.stop()))
  })

  it('leave the runs of other agents alone', async () => {
    const { clock, store, options } = workshop()
    for (const name of ['north', 'south', 'west']) await begin(greeter(name), store, clock, name)
    const worker = work({ agents: [greeter('north'), greeter('south')], ...options() })
    await worker.idle()
    const { runs } = await store.list({ status: 'active' })
    expect(runs).toMatchObject([{ runId: 'west', attempts: 0, owner: null }])
    await worker.stop()
  })

  it('leave a run alone that was taken from them, and finish the others', async () => {
    const { clock, store, kinds, options } = workshop()
    const gate = Promise.withResolvers<string>()
    const agent = new Agent({ name: 'slow', model: new FunctionModel(() => gate.promise) })
    await begin(agent, store, clock, 'taken')
    const worker = work({ agent, ...options({ leaseMs: 30_000 }) })
    await clock.advance(0)
    await store.delete('taken')
    await clock.advance(10_000) // the next heartbeat finds out
    await clock.advance(5_000)
    expect(kinds()).toEqual(['taken-up', 'lost'])
    gate.resolve('too late')
    await worker.idle()
    expect(await rejection(store.record('taken'))).toBeInstanceOf(RunNotFoundError)
    await worker.stop()
  })
})

describe('a worker that stops', () => {
  it('lets the step under way come to its end and gives the run back', async () => {
    const { clock, store, kinds, options } = workshop()
    const gate = Promise.withResolvers<string>()
    const asked = Promise.withResolvers<void>()
    let requests = 0
    const agent = new Agent({
      name: 'slow',
      model: new FunctionModel(() => {
        requests += 1
        asked.resolve()
        return gate.promise
      }),
    })
    await begin(agent, store, clock, 'mid-step')
    await begin(agent, store, clock, 'untouched')
    const worker = work({ agent, ...options({ concurrency: 1 }) })
    await asked.promise
    const stopped = worker.stop()
    gate.resolve('Here it is')
    await stopped
    await worker.done
    expect(kinds()).toEqual(['taken-up', 'given-back'])
    expect(await store.record('mid-step')).toMatchObject({ status: 'active', owner: null, step: 1 })
    expect(await store.record('untouched')).toMatchObject({ attempts: 0, owner: null })
    expect(clock.pendingTimers).toBe(0)

    const next = work({ agent, ...options() })
    await next.idle()
    expect((await store.record('mid-step')).status).toBe('done')
    expect(requests, 'the response of the first worker was kept').toBe(2)
    await next.stop()
  })

  it('stops when its signal is aborted, also before it began', async () => {
    const { clock, store, kinds, options } = workshop()
    await begin(greeter(), store, clock, 'left')
    const { done } = work({ agent: greeter(), ...options({ signal: AbortSignal.abort() }) })
    await done
    expect(kinds()).toEqual([])
    const controller = new AbortController()
    const worker = work({ agent: greeter(), ...options({ signal: controller.signal }) })
    await worker.idle()
    controller.abort()
    await worker.done
  })
})

it.each([
  { why: 'no agent has no runs', agents: [], says: 'needs an agent' },
  { why: 'an agent without a name has none', agents: [new Agent({})], says: 'has none' },
  { why: 'names tell agents apart', agents: [greeter(), greeter()], says: "called 'greeter'" },
])('refuses to work when $why', ({ agents, says }) => {
  const make = (): unknown => work({ agents, store: memoryStore() })
  expect(make).toThrow(UserError)
  expect(make).toThrow(says)
})

it('keeps working though its observer throws', async () => {
  const warnings: string[] = []
  const listen = (warning: Error): void => void warnings.push(warning.message)
  process.on('warning', listen)
  const { clock, store, options } = workshop()
  await begin(greeter(), store, clock, 'watched')
  const onEvent = (): never => {
    throw new Error('No paper left')
  }
  const worker = work({ agent: greeter(), ...options({ onEvent }) })
  await worker.idle()
  expect((await store.record('watched')).status).toBe('done')
  await worker.stop()
  await sleep(0)
  process.off('warning', listen)
  expect(warnings[0]).toContain('No paper left')
})
