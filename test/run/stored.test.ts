import { describe, expect, it, vi } from 'vitest'
import { Agent } from '../../src/agent/index.ts'
import { parseJson } from '../../src/codec/index.ts'
import { RunCancelledError, RunEndedError, StoreError } from '../../src/errors/index.ts'
import { Watch } from '../../src/run/watch.ts'
import type { ModelMessage } from '../../src/messages/index.ts'
import { textOutput } from '../../src/output/index.ts'
import { memoryBackend, memoryStore, Store } from '../../src/store/index.ts'
import {
  FailingBackend,
  FunctionModel,
  ManualClock,
  ScriptedModel,
} from '../../src/testing/index.ts'
import { tool } from '../../src/tools/index.ts'
import { calls, errorOf, gate } from './scripts.ts'

type Script = ConstructorParameters<typeof ScriptedModel>[0]

function agentOn(script: Script, tools: ConstructorParameters<typeof Agent>[0]['tools'] = []) {
  return new Agent({ name: 'clerk', model: new ScriptedModel(script), tools })
}

describe('a stored run that is disposed of', () => {
  it('is paused when it was at rest, and goes on elsewhere', async () => {
    const store = memoryStore()
    const run = agentOn(['Hello.']).iter('Hi.', { store })
    await run.next()
    await run.dispose()
    expect(await store.record(run.runId)).toMatchObject({ status: 'paused', owner: null })
    const again = await agentOn(['Hello.']).load(run.runId, { store })
    expect((await again.finish()).output).toBe('Hello.')
    expect(await store.record(run.runId)).toMatchObject({ status: 'done', owner: null })
  })

  it('is not there when it never began', async () => {
    const store = memoryStore()
    await agentOn(['Hello.']).iter('Hi.', { store }).dispose()
    expect((await store.list()).runs).toEqual([])
  })

  it('is not cancelled when it was at work: what it has done is kept, and the rest done elsewhere', async () => {
    const store = memoryStore()
    const { entered, pass, open } = gate()
    const done: string[] = []
    const quick = tool({ name: 'quick', execute: () => void done.push('quick') })
    const slow = tool({
      name: 'slow',
      execute: (_, { signal }) => Promise.race([pass(), aborted(signal)]),
    })
    const run = agentOn([calls('quick', 'slow')], [quick, slow]).iter('Hi.', { store })
    const failing = errorOf(run.finish())
    await entered
    await run.dispose()
    expect(await failing).toBeInstanceOf(RunCancelledError)
    expect(await store.record(run.runId)).toMatchObject({
      status: 'active',
      owner: null,
      error: null,
    })
    open()
    const again = await agentOn(['Hello.'], [quick, slow]).load(run.runId, { store })
    expect((await again.finish()).output).toBe('Hello.')
    expect(done).toEqual(['quick'])
  })
})

describe('the end of a stored run', () => {
  const writing = { CallTools: { saving: 'writing' } }

  /** A run whose end is on its way to the store, and the store's side of it. */
  async function ending() {
    const backend = new FailingBackend(memoryBackend())
    const store = new Store(backend)
    let goOn = () => {}
    const agent = new Agent({
      model: new ScriptedModel(['Hello.', 'Hello again.']),
      outputValidators: [
        (output) => {
          goOn = backend.hang()
          return output
        },
      ],
    })
    const run = agent.iter('Hi.', { store })
    const result = run.finish()
    await vi.waitFor(() => expect(run.actor.getSnapshot().value).toMatchObject(writing))
    return { store, run, result, goOn: () => goOn(), backend }
  }

  it('is final while it is written: nothing can be added', async () => {
    const { store, run, result, goOn } = await ending()
    expect(() => run.enqueue('One more.')).toThrow(RunEndedError)
    goOn()
    expect((await result).output).toBe('Hello.')
    expect(await store.record(run.runId)).toMatchObject({ status: 'done' })
  })

  it('is final once it is written, before the driver is told', async () => {
    const { store, run, result, goOn } = await ending()
    goOn()
    for (let i = 0; i < 100 && (await store.record(run.runId)).status !== 'done'; i += 1);
    expect(() => run.enqueue('One more.')).toThrow(RunEndedError)
    expect((await result).output).toBe('Hello.')
  })

  it('stays as it is while nobody knows whether it was written', async () => {
    const { store, run, result, goOn, backend } = await ending()
    backend.failNext(6)
    goOn()
    expect(await errorOf(result)).toBeInstanceOf(StoreError)
    expect(() => run.enqueue('One more.')).toThrow(RunEndedError) // nobody knows yet
    await run.save()
    expect(await store.record(run.runId)).toMatchObject({ status: 'done' })
    expect((await run.finish()).output).toBe('Hello.')
  })
})

describe('a stored run that is cancelled', () => {
  it('says so, also when it was at rest', async () => {
    const store = memoryStore()
    const run = agentOn(['Hello.']).iter('Hi.', { store })
    await run.next()
    run.cancel('enough')
    expect(await errorOf(run.next())).toBeInstanceOf(RunCancelledError)
    await run.release()
    expect(await store.record(run.runId)).toMatchObject({ status: 'cancelled' })
  })

  it('can be told so from outside while nobody drives it', async () => {
    const store = memoryStore()
    const run = agentOn(['Hello.']).iter('Hi.', { store })
    await run.next()
    await run.release()
    expect(await store.deliver(run.runId, { type: 'cancel', reason: 'enough' })).toBe('accepted')
    const again = await agentOn(['Hello.']).load(run.runId, { store })
    expect(await errorOf(again.finish())).toMatchObject({ reason: 'enough' })
  })
})

describe('a stored run that was given back', () => {
  it('stays that when somebody decides about its calls here', async () => {
    const store = memoryStore()
    const pay = tool({ name: 'pay', needsApproval: true, execute: () => 'paid' })
    const agent = agentOn([calls('pay'), 'Hello.'], [pay])
    const run = agent.iter('Hi.', { store, deferred: 'wait' })
    expect(await run.proceed()).toBe('waiting')
    await run.dispose()
    const again = await agent.load(run.runId, { store })
    await again.release()
    await again.approve('pay')
    expect(await store.record(run.runId)).toMatchObject({ status: 'active', owner: null })
    expect((await again.finish()).output).toBe('Hello.')
  })
})

/** A stored run under way, `ticks` microtasks after its start. */
async function underWay(ticks: number) {
  const store = memoryStore()
  const ran: string[] = []
  const quick = tool({ name: 'quick', execute: () => void ran.push('quick') })
  const slow = tool({
    name: 'slow',
    execute: async () => {
      ran.push('slow')
      await microtasks(5)
    },
  })
  const model = new FunctionModel(({ length }) =>
    length === 1 ? calls('quick', 'slow') : 'Hello.',
  )
  const agent = new Agent({ model, tools: [quick, slow] })
  const run = agent.iter('Hi.', { store })
  const failing = errorOf(run.finish())
  await microtasks(ticks)
  return { run, failing, ran, load: () => agent.load(run.runId, { store }) }
}

async function microtasks(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await Promise.resolve()
}

describe('a stored run, whenever it is stopped,', () => {
  const moments = Array.from({ length: 120 }, (_, ticks) => ticks)

  it('runs no tool after a cancel, and none twice', async () => {
    for (const ticks of moments) {
      const { run, failing, ran } = await underWay(ticks)
      run.cancel()
      const before = [...ran]
      const wasCancelled = (await failing) !== undefined
      expect(wasCancelled ? [...ran] : before, `after ${ticks}`).toEqual(before)
      if (run.result === null) await run.finish()
      expect(ran.toSorted(), `after ${ticks}`).toEqual(['quick', 'slow'])
    }
  })

  it('runs the calls that begin with the one that cancels it, as any run does', async () => {
    for (const options of [{}, { store: memoryStore() }]) {
      const attempts: number[] = []
      const stop = tool({ name: 'stop', execute: (_, ctx) => ctx.cancel() })
      const quick = tool({ name: 'quick', execute: (_, ctx) => attempts.push(ctx.attempt) })
      const run = agentOn([calls('stop', 'quick'), 'Hello.'], [stop, quick]).iter('Hi.', options)
      expect(await errorOf(run.finish())).toBeInstanceOf(RunCancelledError)
      expect(attempts).toEqual([0])
      await run.finish()
      expect(attempts).toEqual([0])
    }
  })

  it('goes on elsewhere from where it was when it was disposed of', async () => {
    for (const ticks of moments) {
      const { run, load } = await underWay(ticks)
      const { kind } = run.nextNode
      await run.dispose()
      if (kind === 'user-prompt') continue
      expect((await load()).nextNode.kind, `after ${ticks}`).toBe(run.nextNode.kind)
    }
  })
})

describe('what is stored of a run', () => {
  it('is JSON, also when its output is nothing', async () => {
    const store = memoryStore()
    const agent = new Agent({
      model: new ScriptedModel(['Hello.']),
      output: textOutput(() => undefined),
    })
    const { runId, output } = await agent.run('Hi.', { store })
    expect(output).toBeUndefined()
    expect((await store.load(runId)).snapshot).toMatchObject({ node: { data: { output: null } } })
    expect((await agent.load(runId, { store })).result?.output).toBeNull()
  })

  it('is what its options hold by then, as in a snapshot', async () => {
    const store = memoryStore()
    const extraBody = { seed: 0 }
    const count = tool({ name: 'count', execute: () => (extraBody.seed += 1) })
    const agent = agentOn([calls('count'), calls('count'), 'Done.'], [count])
    const run = agent.iter('Hi.', { store, modelSettings: { extraBody } })
    for (const seed of [0, 1, 2]) {
      const held = { options: { modelSettings: { extraBody: { seed } } } }
      await run.next()
      if (seed > 0) await run.next()
      expect(run.snapshot()).toMatchObject(held)
      expect((await store.load(run.runId)).snapshot).toMatchObject(held)
    }
    await run.dispose()
  })

  it('is at each step what a snapshot says, also when the history is mended first', async () => {
    const store = memoryStore()
    const count = tool({ name: 'count', execute: () => 1 })
    const agent = agentOn([calls('count'), 'Done.'], [count])
    const call = { partKind: 'tool-call', toolName: 'count', args: {}, toolCallId: 'c0' } as const
    const run = agent.iter('And now?', {
      store,
      messageHistory: [
        { kind: 'request', parts: [{ partKind: 'user-prompt', content: 'Hi.' }] },
        { kind: 'response', parts: [call], state: 'interrupted' },
      ],
    })
    while (run.result === null) {
      await run.next()
      const { messages: _, ...rest } = run.snapshot()
      expect((await store.load(run.runId)).snapshot).toEqual(rest)
    }
    const { result } = await agent.load(run.runId, { store })
    const partsOf = (messages: readonly ModelMessage[] = []) =>
      messages.map(({ parts }) => parts.length)
    expect(partsOf(result?.newMessages())).toEqual(partsOf(run.result?.newMessages()))
  })

  it('is written like a snapshot, however deep the data is that it can hold', async () => {
    const deep = (levels: number): unknown => (levels === 0 ? 2n ** 60n : [deep(levels - 1)])
    const store = memoryStore()
    const run = agentOn(['Done.']).iter('Dig.', { store, metadata: { data: deep(500) } })
    await run.next()
    const { messages: _, ...rest } = run.snapshot()
    const { snapshot } = await store.load(run.runId)
    const text = JSON.stringify(rest)
    expect(text).toContain('[1152921504606846976]')
    expect(parseJson(text)).toEqual(snapshot)
    await run.dispose()
  })

  it('tells which message cannot be written, and where', async () => {
    const circle: Record<string, unknown> = {}
    circle['again'] = circle
    const agent = agentOn([
      'Hello.',
      { parts: [{ partKind: 'text', content: 'Well.' }], providerDetails: circle },
    ])
    const messageHistory = (await agent.run('Hi.')).allMessages()
    const store = memoryStore()
    const error = await errorOf(agent.run('And now?', { store, messageHistory }))
    expect(error).toMatchObject({ path: [3, 'provider_details', 'again'] })
  })
})

describe('looking for what was delivered', () => {
  it('goes on at one pace, however often somebody begins and stops to drive the run', async () => {
    const clock = new ManualClock()
    const { entered, pass, open } = gate()
    const looks: (() => void)[] = []
    const watch = new Watch(clock, {
      everyMs: 1_000,
      listen: () => () => {},
      look: async () => {
        looks.push(open)
        await pass()
      },
    })
    watch.start()
    await clock.advance(1_000)
    await entered
    watch.stop()
    watch.start()
    open()
    await clock.advance(500)
    expect(clock.pendingTimers).toBe(1)
    await clock.advance(10_000)
    expect(looks).toHaveLength(11)
    watch.stop()
    expect(clock.pendingTimers).toBe(0)
  })

  it('pauses between steps without a timer of its own for each, and ends by itself if nobody goes on', async () => {
    const clock = new ManualClock()
    const told: string[] = []
    let heard = (): void => {}
    const watch = new Watch(clock, {
      everyMs: 1_000,
      look: async () => void told.push('look'),
      listen(callback) {
        told.push('listen')
        heard = callback
        return () => told.push('deaf')
      },
    })
    for (let step = 0; step < 3; step += 1) {
      watch.start()
      await clock.advance(300)
      watch.pause()
    }
    watch.start()
    heard()
    await clock.advance(100)
    expect(told).toEqual(['listen', 'look', 'look'])
    watch.pause()
    await clock.advance(1_000)
    expect(told).toEqual(['listen', 'look', 'look', 'deaf'])
    expect(clock.pendingTimers).toBe(0)
    watch.start()
    await clock.advance(1_000)
    expect(told).toEqual(['listen', 'look', 'look', 'deaf', 'listen', 'look'])
    watch.stop()
  })

  it('goes on in the next step when a store never answered in the one before', async () => {
    const clock = new ManualClock()
    let looks = 0
    const watch = new Watch(clock, {
      everyMs: 1_000,
      listen: () => () => {},
      look: () => ((looks += 1) === 1 ? new Promise(() => {}) : Promise.resolve()),
    })
    watch.start()
    await clock.advance(3_000)
    expect(looks).toBe(1)
    watch.pause()
    watch.start()
    await clock.advance(3_000)
    expect(looks).toBe(4)
    watch.stop()
  })
})

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
}
