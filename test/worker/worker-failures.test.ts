import { describe, expect, it } from 'vitest'
import { StoreClosedError, StoreError } from '../../src/errors/index.ts'
import { Agent, ModelHTTPError, tool } from '../../src/index.ts'
import { work } from '../../src/worker/index.ts'
import { memoryBackend } from '../../src/store/index.ts'
import { FailingBackend, FunctionModel } from '../../src/testing/index.ts'
import { call, rejection, script } from '../agent/script.ts'
import { begin, greeter, treasurer, workshop } from './workshop.ts'

describe('a run that fails', () => {
  const overloaded = new ModelHTTPError({ modelName: 'scripted', statusCode: 529 })

  it('is tried again after a while when that may help', async () => {
    const { clock, store, events, options } = workshop()
    const agent = new Agent({
      name: 'flaky',
      model: script(overloaded, overloaded, 'There you are'),
    })
    await begin(agent, store, clock, 'flaky')
    const worker = work({ agent, ...options() })
    await worker.idle()
    const now = clock.now()
    expect(events.at(-1)).toMatchObject({ kind: 'failed', error: overloaded, retryAt: now + 1_000 })
    expect(await store.record('flaky')).toMatchObject({ status: 'failed', wakeAt: now + 1_000 })
    await clock.advance(10_000)
    expect((await store.record('flaky')).status).toBe('done')
    await worker.stop()
  })

  it('stays failed when it was tried often enough', async () => {
    const { clock, store, kinds, options } = workshop()
    const agent = new Agent({
      name: 'down',
      model: new FunctionModel(() => Promise.reject(overloaded)),
    })
    await begin(agent, store, clock, 'down')
    const worker = work({ agent, ...options({ maxAttempts: 2, retryDelayMs: () => 100 }) })
    await clock.advance(60_000)
    const tries = kinds().filter((kind) => kind === 'failed')
    expect(await store.record('down')).toMatchObject({ status: 'failed', wakeAt: null })
    expect(tries, 'once more after the step that went well').toHaveLength(3)
    await worker.stop()
  })

  it('is tried again when something was delivered, however often it has failed', async () => {
    const { clock, store, kinds, options } = workshop()
    let isUp = false
    const agent = new Agent({
      name: 'down',
      model: new FunctionModel(() => (isUp ? 'There you are' : Promise.reject(overloaded))),
    })
    await begin(agent, store, clock, 'down')
    const worker = work({ agent, ...options({ maxAttempts: 2, retryDelayMs: () => 100 }) })
    await clock.advance(60_000)
    await store.deliver('down', { type: 'enqueue', content: 'Once more, please.' })
    await clock.advance(60_000)
    const tries = kinds().filter((kind) => kind === 'failed')
    expect(tries, 'taking what was delivered counts as getting on').toHaveLength(3 + 3)
    expect((await store.record('down')).status).toBe('failed')
    isUp = true
    await store.deliver('down', { type: 'enqueue', content: 'And again.' })
    await clock.advance(60_000)
    expect((await store.record('down')).status).toBe('done')
    await worker.stop()
  })

  it('is not tried without end when it is a tool whose store is away', async () => {
    const { clock, store, options } = workshop()
    let calls = 0
    const archive = tool({
      name: 'archive',
      execute: () => {
        calls += 1
        throw new StoreError('The archive is away', { isRetryable: true })
      },
    })
    const model = new FunctionModel(() => ({ parts: [call('archive')] }))
    const agent = new Agent({ name: 'archivist', tools: [archive], model })
    await begin(agent, store, clock, 'away')
    const worker = work({ agent, ...options({ maxAttempts: 3 }) })
    await clock.advance(600_000)
    expect(await store.record('away')).toMatchObject({
      status: 'failed',
      wakeAt: null,
      error: { name: 'StoreError' },
    })
    expect(calls).toBeLessThan(6)
    await worker.stop()
  })

  it('is not tried again when that changes nothing', async () => {
    const { clock, store, events, options } = workshop()
    const boom = new RangeError('boom')
    const agent = new Agent({
      name: 'broken',
      model: new FunctionModel(() => Promise.reject(boom)),
    })
    await begin(agent, store, clock, 'broken')
    const worker = work({ agent, ...options() })
    await clock.advance(60_000)
    expect(events.filter(({ kind }) => kind === 'failed')).toMatchObject([
      { error: boom, retryAt: null },
    ])
    expect(await store.record('broken')).toMatchObject({
      status: 'failed',
      owner: null,
      error: { name: 'RangeError', message: 'boom' },
    })
    await worker.stop()
  })

  it('is set aside when it does not fit its agent any more, until it is requeued', async () => {
    const { clock, store, events, options } = workshop()
    await begin(treasurer(), store, clock, 'old')
    const without = new Agent({ name: 'treasurer', model: new FunctionModel(() => 'Hm') })
    const worker = work({ agent: without, ...options() })
    await clock.advance(60_000)
    expect(events.map(({ kind }) => kind)).toEqual(['taken-up', 'set-aside'])
    expect(await store.record('old')).toMatchObject({
      status: 'stuck',
      error: { name: 'SnapshotMismatchError', message: expect.stringContaining("'pay'") },
    })
    await worker.stop()
    await store.requeue('old')
    const next = work({ agent: treasurer(), ...options() })
    await next.idle()
    expect(events.at(-1)?.kind).toBe('waiting')
    await next.stop()
  })

  it('is stuck when it ends its worker each time', async () => {
    const { clock, store, options } = workshop()
    await begin(greeter(), store, clock, 'deadly')
    for (let i = 0; i < 3; i += 1) {
      const [lease] = await store.claim({ owner: `victim-${i}`, ttlMs: 1_000 })
      expect(lease?.runId).toBe('deadly')
      await clock.advance(2_000)
    }
    const worker = work({ agent: greeter(), ...options() })
    await worker.idle()
    expect((await store.record('deadly')).status).toBe('stuck')
    await worker.stop()
  })
})

describe('a run on its last try', () => {
  it('has nothing taken up beside it until it gets on, so that it takes no others along', async () => {
    const { clock, store, events, options } = workshop()
    const gate = Promise.withResolvers<void>()
    const gated = new Agent({
      name: 'gated',
      model: new FunctionModel(async () => {
        await gate.promise
        return 'Good morning'
      }),
    })
    const suspect = gated.iter('Go.', { store, clock, runId: 'suspect' })
    await suspect.next()
    await suspect.release()
    for (let i = 0; i < 2; i += 1) {
      await store.claim({ owner: `victim-${i}`, ttlMs: 1_000 })
      await clock.advance(2_000)
    }
    for (const id of ['one', 'two']) await begin(greeter(), store, clock, id)
    const worker = work({ agents: [gated, greeter()], ...options({ pollMs: 100 }) })
    await clock.advance(10_000)
    const taken = () => events.flatMap((event) => (event.kind === 'taken-up' ? [event.runId] : []))
    expect(taken()).toEqual(['suspect'])
    gate.resolve()
    await worker.idle()
    expect(taken().toSorted()).toEqual(['one', 'suspect', 'two'])
    expect((await store.list({ status: 'done' })).runs).toHaveLength(3)
    await worker.stop()
  })
})

describe('a store that is away', () => {
  it('is looked at again, and a response that was paid for is not asked for again', async () => {
    const backend = new FailingBackend(memoryBackend())
    const { clock, store, events, options } = workshop({ backend })
    let requests = 0
    const agent = new Agent({
      name: 'paid',
      model: new FunctionModel(() => {
        requests += 1
        backend.failNext(8)
        return 'Dear words'
      }),
    })
    await begin(agent, store, clock, 'paid')
    const worker = work({ agent, ...options() })
    await clock.advance(20_000)
    expect(events.some(({ kind }) => kind === 'store-failed')).toBe(true)
    expect((await store.record('paid')).status).toBe('done')
    expect(requests).toBe(1)
    await worker.stop()
  })

  it('costs a run no tries that cannot be loaded meanwhile', async () => {
    const rows = memoryBackend()
    const load = rows.load.bind(rows)
    const { clock, store, events, options } = workshop({ backend: rows })
    const away = new StoreError('The replica is away', { isRetryable: true })
    await begin(greeter(), store, clock, 'far')
    rows.load = () => Promise.reject(away)
    const worker = work({ agent: greeter(), ...options({ pollMs: 1_000 }) })
    await clock.advance(9_500)
    const failures = events.filter(({ kind }) => kind === 'store-failed').length
    expect(failures, 'it is not asked all the time').toBeLessThan(12)
    expect(failures).toBeGreaterThan(5)
    rows.load = load
    await clock.advance(5_000)
    expect((await store.record('far')).status).toBe('done')
    await worker.stop()
  })

  it('ends the worker when it will not come back', async () => {
    const { clock, store, options } = workshop()
    const worker = work({ agent: greeter(), ...options() })
    await worker.idle()
    await store.close()
    await clock.advance(1_000)
    expect(await rejection(worker.done)).toBeInstanceOf(StoreClosedError)
    expect(await rejection(worker.stop())).toBeInstanceOf(StoreClosedError)
  })
})
