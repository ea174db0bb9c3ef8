import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { Agent, type AgentRun, LeaseLostError, RunCancelledError } from '../../src/index.ts'
import { memoryBackend, Store, StoreError } from '../../src/store/index.ts'
import { FunctionModel, ManualClock, ScriptedModel } from '../../src/testing/index.ts'
import { tool } from '../../src/tools/index.ts'
import { untilAborted } from '../agent/script.ts'
import { calls, errorOf, gate } from '../run/scripts.ts'
import { UnreliableBackend } from './unreliable-backend.ts'

/** A store that can fail, and another handle on the same rows that does not. */
function twoHandles() {
  const clock = new ManualClock()
  const rows = memoryBackend()
  const backend = new UnreliableBackend(rows)
  return {
    clock,
    backend,
    store: new Store(backend, { clock }),
    elsewhere: new Store(rows, { clock }),
  }
}

/** What comes of it while the clock is turned on. */
async function settled<TValue>(clock: ManualClock, work: Promise<TValue>): Promise<TValue> {
  const pending = Symbol('pending')
  const over = work.catch(() => {})
  for (let i = 0; i < 200; i += 1) {
    await clock.advance(100)
    if ((await Promise.race([over, Promise.resolve(pending)])) !== pending) break
  }
  return work
}

const ping = tool({ name: 'ping', execute: () => 'pong' })

describe('a store that fails', () => {
  it.each([
    { reliability: 'away', why: 'is out of reach' },
    { reliability: 'deaf', why: 'writes but does not answer' },
  ] as const)('does not make the model be asked twice when it $why', async ({ reliability }) => {
    const { clock, backend, store, elsewhere } = twoHandles()
    const model = new ScriptedModel([
      () => {
        backend.reliability = reliability
        return calls('ping')
      },
      'done',
    ])
    const run = new Agent({ model, tools: [ping] }).iter('hi', { store, clock })
    await settled(clock, run.next())
    expect(await errorOf(settled(clock, run.next()))).toBeInstanceOf(StoreError)
    expect(await errorOf(settled(clock, run.next()))).toBeInstanceOf(StoreError)
    backend.reliability = 'fine'
    const { kind } = await settled(clock, run.next())
    expect({ kind, asked: model.calls.length }).toEqual({ kind: 'call-tools', asked: 1 })
    const { output, usage } = await settled(clock, run.finish())
    expect({ output, requests: usage.requests, asked: model.calls.length }).toEqual({
      output: 'done',
      requests: 2,
      asked: 2,
    })
    const states = await elsewhere.history(run.runId)
    expect(states.map(({ state }) => state)).toEqual([
      'UserPrompt',
      'ModelRequest',
      'CallTools',
      'ModelRequest',
      'CallTools',
      'End',
    ])
  })

  it.each([{ reliability: 'away' }, { reliability: 'deaf' }] as const)(
    'does not make the model be asked twice when the lease runs out meanwhile ($reliability)',
    async ({ reliability }) => {
      const { clock, backend, store, elsewhere } = twoHandles()
      const model = new ScriptedModel([
        () => {
          backend.reliability = reliability
          return 'done'
        },
      ])
      const run = new Agent({ model }).iter('hi', { store, clock })
      await settled(clock, run.next())
      expect(await errorOf(settled(clock, run.next()))).toBeInstanceOf(StoreError)
      await clock.advance(120_000)
      backend.reliability = 'fine'
      expect((await settled(clock, run.finish())).output).toBe('done')
      expect((await elsewhere.record(run.runId)).status).toBe('done')
    },
  )

  it('does not make the model be asked twice by a run that was given back meanwhile', async () => {
    const { clock, backend, store, elsewhere } = twoHandles()
    const model = new ScriptedModel([
      () => {
        backend.reliability = 'deaf'
        return 'done'
      },
    ])
    const run = new Agent({ model }).iter('hi', { store, clock })
    await settled(clock, run.next())
    expect(await errorOf(settled(clock, run.next()))).toBeInstanceOf(StoreError)
    backend.reliability = 'fine'
    await run.release()
    expect((await settled(clock, run.finish())).output).toBe('done')
    expect((await elsewhere.record(run.runId)).status).toBe('done')
  })

  it('keeps a tool from running until its start is saved', async () => {
    const { clock, backend, store } = twoHandles()
    const ran: number[] = []
    const charge = tool({
      name: 'charge',
      execute: (_, ctx) => {
        ran.push(ctx.attempt)
        return 'charged'
      },
    })
    const model = new ScriptedModel([calls('charge'), 'done'])
    const run = new Agent({ model, tools: [charge] }).iter('hi', { store, clock })
    await settled(clock, run.next())
    await settled(clock, run.next())
    backend.reliability = 'away'
    expect(await errorOf(settled(clock, run.next()))).toBeInstanceOf(StoreError)
    expect(ran).toEqual([])
    backend.reliability = 'fine'
    expect((await settled(clock, run.finish())).output).toBe('done')
    expect(ran).toEqual([0])
  })

  it('does not make a finished tool run again', async () => {
    const { clock, backend, store, elsewhere } = twoHandles()
    let count = 0
    const charge = tool({
      name: 'charge',
      execute: () => {
        count += 1
        backend.reliability = 'away'
        return 'charged'
      },
    })
    const model = new ScriptedModel([calls('charge'), 'done'])
    const agent = new Agent({ model, tools: [charge] })
    const run = agent.iter('hi', { store, clock })
    await settled(clock, run.next())
    await settled(clock, run.next())
    expect(await errorOf(settled(clock, run.next()))).toBeInstanceOf(StoreError)
    backend.reliability = 'fine'
    expect((await settled(clock, run.finish())).output).toBe('done')
    expect(count).toBe(1)
    expect((await elsewhere.record(run.runId)).status).toBe('done')
  })

  it('is asked again without a word when it is away for a moment', async () => {
    const { clock, backend, store } = twoHandles()
    const model = new ScriptedModel([
      () => {
        backend.reliability = 'away'
        clock.setTimeout(() => {
          backend.reliability = 'fine'
        }, 300)
        return 'done'
      },
    ])
    const run = new Agent({ model }).iter('hi', { store, clock })
    expect((await settled(clock, run.finish())).output).toBe('done')
  })
})

describe('an outage that outlasts the lease while a model is being asked', () => {
  /** A run whose first request goes on until it is aborted, and a store that is gone since then. */
  async function outOfReach() {
    const handles = twoHandles()
    const { clock, backend, store } = handles
    const owners: unknown[] = []
    let requests = 0
    const model = new FunctionModel(async (_, { signal }) => {
      requests += 1
      if (requests > 1) return 'done'
      backend.reliability = 'away'
      await once(signal, 'abort')
      owners.push((await handles.elsewhere.record(run.runId)).owner)
      throw signal.reason
    })
    const run = new Agent({ model }).iter('hi', { store: { store, leaseMs: 30_000 }, clock })
    await settled(clock, run.next())
    const failed = errorOf(run.next())
    await clock.advance(25_000)
    expect(owners, 'the lease still holds').toEqual([])
    await clock.advance(25_000)
    expect(owners, 'nobody has it when the request is aborted').toEqual([null])
    return { ...handles, run, failed, requests: () => requests }
  }

  it('stops it only when others may have the run, and goes on by itself when nobody did', async () => {
    const { clock, backend, elsewhere, run, failed, requests } = await outOfReach()
    const error = await settled(clock, failed)
    expect(error).toBeInstanceOf(RunCancelledError)
    expect(error).toMatchObject({ reason: expect.any(LeaseLostError) })
    backend.reliability = 'fine'
    expect((await settled(clock, run.finish())).output).toBe('done')
    expect(requests()).toBe(2)
    expect(await elsewhere.record(run.runId)).toMatchObject({ status: 'done', error: null })
  })

  it('is over for a process whose run another one has driven on', async () => {
    const { clock, backend, elsewhere, run, failed, requests } = await outOfReach()
    await settled(clock, failed)
    const other = new Agent({ model: new ScriptedModel(['done elsewhere']) })
    const taken = await other.load(run.runId, { store: { store: elsewhere, owner: 'b' }, clock })
    expect((await settled(clock, taken.finish())).output).toBe('done elsewhere')
    backend.reliability = 'fine'
    const before = await elsewhere.export(run.runId)
    expect(await errorOf(settled(clock, run.finish()))).toBeInstanceOf(LeaseLostError)
    expect(requests()).toBe(1)
    expect(await elsewhere.export(run.runId)).toEqual(before)
  })
})

describe('an outage that outlasts the lease', () => {
  /** A run that an outage stops in the middle of a tool, which is deaf to that when something is to happen `meanwhile`. */
  async function outlasted(meanwhile?: (run: AgentRun) => void) {
    const { clock, backend, store, elsewhere } = twoHandles()
    const { entered, pass } = gate()
    const slow = tool({
      name: 'slow',
      onCrash: 'rerun',
      execute: async (_, { attempt, signal }) => {
        if (attempt === 0) await (meanwhile ? pass() : Promise.race([pass(), untilAborted(signal)]))
        return 'done'
      },
    })
    const model = new ScriptedModel([calls('slow'), 'done'])
    const agent = new Agent({ model, tools: [slow] })
    const run = agent.iter('hi', { store: { store, leaseMs: 3_000 }, clock })
    const failing = errorOf(run.finish())
    await entered
    backend.reliability = 'away'
    await clock.advance(3_500)
    meanwhile?.(run)
    backend.reliability = 'fine'
    const error = await settled(clock, failing)
    const again = () => agent.load(run.runId, { store: elsewhere, clock })
    return { run, error, again, record: () => elsewhere.record(run.runId) }
  }

  it('stops the work, and whoever goes on goes on', async () => {
    const { run, error, record, again } = await outlasted()
    expect(error).toMatchObject({ name: 'RunCancelledError', reason: { name: 'LeaseLostError' } })
    expect(await record()).toMatchObject({ status: 'active', error: null })
    await run.release()
    expect(await record()).toMatchObject({ status: 'active', error: null, owner: null })
    expect((await (await again()).finish()).output).toBe('done')
  })

  it('stops the work also when the store says nothing at all', async () => {
    const { clock, backend, store } = twoHandles()
    const { entered, pass } = gate<AbortSignal>()
    const slow = tool({
      name: 'slow',
      execute: async (_, { signal }) => {
        told = signal
        await pass()
      },
    })
    let told: AbortSignal | undefined
    const agent = new Agent({ model: new ScriptedModel([calls('slow')]), tools: [slow] })
    void errorOf(agent.run('hi', { store: { store, leaseMs: 3_000 }, clock })) // nothing is ever written of it
    await entered
    backend.beforeWriting = () => new Promise(() => {})
    await clock.advance(2_900)
    expect(told?.aborted).toBe(false)
    await clock.advance(200)
    expect(told?.aborted).toBe(true)
  })

  it('lets the same process go on, too', async () => {
    const { run, record } = await outlasted()
    expect((await run.finish()).output).toBe('done')
    expect(await record()).toMatchObject({ status: 'done' })
  })

  it('does not hide that somebody has cancelled the run meanwhile', async () => {
    const { error, record } = await outlasted((run) => run.cancel('enough'))
    expect(error).toMatchObject({ name: 'RunCancelledError', reason: 'enough' })
    expect(await record()).toMatchObject({ status: 'cancelled' })
  })
})

describe('an approval that comes while the answer of a save is lost', () => {
  it.each([
    { why: 'once', lasts: false },
    { why: 'for longer than the run tries by itself', lasts: true },
  ])('is kept when that happens $why', async ({ lasts }) => {
    const { clock, backend, store, elsewhere } = twoHandles()
    const paid: unknown[] = []
    const pay = tool({
      name: 'pay',
      needsApproval: true,
      execute: (_, ctx) => {
        paid.push(ctx.attempt)
        return 'paid'
      },
    })
    const model = new ScriptedModel([calls('pay'), 'done'])
    const run = new Agent({ model, tools: [pay] }).iter('hi', { store, clock, deferred: 'wait' })
    backend.onWritten = async () => {
      if ((await elsewhere.load(run.runId)).awaits.length === 0) return
      backend.onWritten = undefined
      expect(
        await elsewhere.deliver(run.runId, { type: 'tool-call-approved', toolCallId: 'pay' }),
      ).toBe('accepted')
      backend.reliability = 'deaf'
      if (lasts) return
      clock.setTimeout(() => {
        backend.reliability = 'fine'
      }, 10)
    }
    const error = await errorOf(settled(clock, run.finish()))
    expect(error instanceof StoreError).toBe(lasts)
    backend.reliability = 'fine'
    const output = lasts ? (await settled(clock, run.finish())).output : run.result?.output
    expect(output).toBe('done')
    expect(paid).toEqual([0])
  })
})

describe('a message that is accepted just before the run ends', () => {
  it('reaches the model, and the run is not done before', async () => {
    const { clock, backend, store, elsewhere } = twoHandles()
    const model = new ScriptedModel(['done', 'done again'])
    const run = new Agent({ model }).iter('hi', { store, clock })
    await settled(clock, run.next())
    await settled(clock, run.next())
    const { runId } = run
    backend.beforeWriting = async () => {
      backend.beforeWriting = undefined
      const event = { type: 'enqueue', id: 'late', content: 'One more thing' } as const
      expect(await elsewhere.deliver(runId, event)).toBe('accepted')
    }
    const doneTooSoon: unknown[] = []
    backend.onWritten = async () => {
      const { status } = await elsewhere.record(runId)
      if (status === 'done') doneTooSoon.push(...(await elsewhere.inbox(runId)))
    }
    expect((await settled(clock, run.finish())).output).toBe('done again')
    expect(doneTooSoon).toEqual([])
  })
})
