import { getEventListeners } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import {
  Agent,
  type NodeOrEnd,
  RunBusyError,
  RunCancelledError,
  RunDisposedError,
  tool,
  type Toolset,
} from '../../src/index.ts'
import { FunctionModel, ManualClock, ScriptedModel } from '../../src/testing/index.ts'
import { calls, errorOf, gate, outline, runTo } from './scripts.ts'

const answering = () => new Agent({ model: new FunctionModel(() => 'answer') })

/** An agent whose only tool waits at the gate, whatever its signal says. */
function waiting() {
  const wait = gate<string>()
  const slow = tool({ name: 'slow', execute: wait.pass })
  const model = new ScriptedModel([calls('slow'), 'done'])
  return { agent: new Agent({ model, tools: [slow] }), wait, model }
}

describe('cancel', () => {
  it('twice is once: the first reason counts', async () => {
    const { agent, wait } = waiting()
    const run = agent.iter('Go.')
    await runTo(run, 'call-tools')
    const outcome = errorOf(run.next())
    await wait.entered
    run.cancel('first')
    run.cancel('second')
    wait.open('value')
    expect(await outcome).toMatchObject({ reason: 'first' })
    await run.next() // the second is not waiting for the next driver
    expect(run.nextNode.kind).toBe('model-request')
  })

  it('from within a tool stops the run; the result of the tool is kept', async () => {
    const stop = tool({
      name: 'stop',
      execute: (_, ctx) => {
        ctx.cancel('the tool says so')
        return 'stopped'
      },
    })
    const agent = new Agent({ model: new ScriptedModel([calls('stop'), 'done']), tools: [stop] })
    const run = agent.iter('Go.')
    await runTo(run, 'call-tools')
    expect(await errorOf(run.next())).toMatchObject({
      name: 'RunCancelledError',
      reason: 'the tool says so',
    })
    expect(outline(run.allMessages()).at(-1)).toEqual(['tool-return stop', 'interrupted'])
    expect((await run.finish()).output).toBe('done')
  })

  it('at rest is met by the next driver, which runs nothing; then the run goes on', async () => {
    const run = answering().iter('Go.')
    run.cancel('not yet')
    expect(run.nextNode.kind).toBe('user-prompt')
    expect(await errorOf(run.next())).toMatchObject({ reason: 'not yet' })
    expect((await run.finish()).output).toBe('answer')
  })

  it('at rest is met by a loop, too', async () => {
    const run = answering().iter('Go.')
    const seen: string[] = []
    const loop = async () => {
      for await (const node of run) {
        seen.push(node.kind)
        if (seen.length === 2) run.cancel()
      }
    }
    expect(await errorOf(loop())).toBeInstanceOf(RunCancelledError)
    await loop()
    expect(seen).toEqual(['user-prompt', 'model-request', 'model-request', 'call-tools', 'end'])
  })

  it('after the end is nothing, and nothing is said of it', async () => {
    const warn = vi.spyOn(console, 'warn')
    const run = answering().iter('Go.')
    const { output } = await run.finish()
    run.cancel()
    await run.dispose()
    run.cancel()
    expect(run.result?.output).toBe(output)
    expect(warn).not.toHaveBeenCalled()
    warn.mockRestore()
  })

  it('while a call after another waits: calls that were not started do not start', async () => {
    const wait = gate<string>()
    const started: string[] = []
    const one = tool({ name: 'one', sequential: true, execute: wait.pass })
    const two = tool({ name: 'two', execute: () => started.push('two') })
    const agent = new Agent({ model: new ScriptedModel([calls('one', 'two')]), tools: [one, two] })
    const run = agent.iter('Go.')
    await runTo(run, 'call-tools')
    const outcome = errorOf(run.next())
    await wait.entered
    run.cancel()
    wait.open('value')
    await outcome
    expect(started).toEqual([])
    expect(run.ctx.state.ledger.map(({ state }) => state)).toEqual(['returned', 'waiting'])
  })
})

describe('two things at once', () => {
  it('two results in one tick are both taken, in the order of the calls', async () => {
    const gates = { a: gate<string>(), b: gate<string>() }
    const tools = [
      tool({ name: 'a', execute: gates.a.pass }),
      tool({ name: 'b', execute: gates.b.pass }),
    ]
    const run = new Agent({ model: new ScriptedModel([calls('a', 'b'), 'done']), tools }).iter(
      'Go.',
    )
    await runTo(run, 'call-tools')
    const next = run.next()
    await gates.a.entered
    await gates.b.entered
    gates.b.open('B')
    gates.a.open('A')
    await next
    await run.next()
    expect(outline(run.allMessages())[2]).toEqual(['tool-return a', 'tool-return b'])
  })

  it('a result and a cancel in one tick: the result is kept, the run rests', async () => {
    const { agent, wait } = waiting()
    const run = agent.iter('Go.')
    await runTo(run, 'call-tools')
    const outcome = errorOf(run.next())
    await wait.entered
    wait.open('value')
    run.cancel()
    expect(await outcome).toBeInstanceOf(RunCancelledError)
    expect(run.ctx.state.ledger).toMatchObject([{ state: 'returned' }])
    await run.next()
    expect(run.usage.toolCalls).toBe(1)
  })

  it('two errors in one tick: the first is thrown, and nothing is left unhandled', async () => {
    const strays: unknown[] = []
    const note = (error: unknown) => strays.push(error)
    process.on('unhandledRejection', note)
    const bad = tool({
      name: 'bad',
      execute: async (_, { toolCallId }) => {
        await Promise.resolve()
        throw new Error(String(toolCallId))
      },
    })
    const agent = new Agent({ model: new ScriptedModel([calls('bad', 'bad')]), tools: [bad] })
    expect(await errorOf(agent.run('Go.'))).toMatchObject({ message: 'bad' })
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
    process.off('unhandledRejection', note)
    expect(strays).toEqual([])
  })

  it('a subscriber that goes on at once takes nothing from the first driver', async () => {
    const model = new ScriptedModel([new Error('offline'), 'answer'])
    const run = new Agent({ model }).iter('Go.')
    await run.next()
    let again: Promise<NodeOrEnd> | undefined
    const subscription = run.actor.subscribe(({ context }) => {
      if (context.failure !== null) again ??= run.next()
    })
    expect(await errorOf(run.next())).toMatchObject({ message: 'offline' })
    subscription.unsubscribe()
    expect((await again)?.kind).toBe('call-tools')
  })

  it('a second driver is refused and disturbs nothing', async () => {
    const { agent, wait } = waiting()
    const run = agent.iter('Go.')
    await runTo(run, 'call-tools')
    const first = run.next()
    await wait.entered
    const loop = async () => {
      for await (const node of run) expect(node.kind).toBe('call-tools')
    }
    expect(await errorOf(run.next())).toBeInstanceOf(RunBusyError)
    expect(await errorOf(loop())).toBeInstanceOf(RunBusyError)
    wait.open('value')
    expect((await first).kind).toBe('model-request')
    expect((await run.finish()).output).toBe('done')
  })
})

describe('a loop over a run', () => {
  const kindsOf = async (run: AsyncIterable<NodeOrEnd>, kinds: string[] = []) => {
    for await (const node of run) kinds.push(node.kind)
    return kinds
  }
  const aTurn = ['user-prompt', 'model-request', 'call-tools', 'end']

  it('does not run again what its body runs', async () => {
    const model = new ScriptedModel(['answer'])
    const run = new Agent({ model }).iter('Go.')
    const kinds: string[] = []
    for await (const node of run) {
      kinds.push(node.kind)
      if (node.kind !== 'end') await run.next(node)
    }
    expect(kinds).toEqual(aTurn)
    model.assertDone()
  })

  it('goes on from where a body has got to', async () => {
    const run = answering().iter('Go.')
    const kinds: string[] = []
    for await (const node of run) {
      kinds.push(node.kind)
      if (node.kind === 'user-prompt') await run.next(await run.next())
    }
    expect(kinds).toEqual(['user-prompt', 'call-tools', 'end'])
  })

  it('that is left leaves the run where it is; another loop goes on from there', async () => {
    const run = answering().iter('Go.')
    for await (const node of run) if (node.kind === 'model-request') break
    expect(run.nextNode.kind).toBe('model-request')
    expect(run.usage.requests).toBe(0)
    expect(await kindsOf(run)).toEqual(aTurn.slice(1))
    expect(await kindsOf(run)).toEqual([])
    expect(run.result?.output).toBe('answer')
  })

  it('that throws leaves the run where it is', async () => {
    const run = answering().iter('Go.')
    const error = new Error('the body')
    const loop = async () => {
      for await (const node of run) if (node.kind === 'call-tools') throw error
    }
    expect(await errorOf(loop())).toBe(error)
    expect(await kindsOf(run)).toEqual(aTurn.slice(2))
  })

  it('that fails can be started again, and repeats the node that failed', async () => {
    const model = new ScriptedModel([new Error('offline'), 'answer'])
    const run = new Agent({ model }).iter('Go.')
    const kinds: string[] = []
    expect(await errorOf(kindsOf(run, kinds))).toMatchObject({ message: 'offline' })
    expect(await kindsOf(run, kinds)).toEqual([...aTurn.slice(0, 2), ...aTurn.slice(1)])
  })
})

describe('dispose', () => {
  it('while a step runs cancels it, and its driver hears of it', async () => {
    const { agent, wait } = waiting()
    const clock = new ManualClock()
    const run = agent.iter('Go.', { clock })
    await runTo(run, 'call-tools')
    const outcome = errorOf(run.next())
    await wait.entered
    const disposed = run.dispose()
    await clock.advance(1_000)
    await disposed
    expect(await outcome).toBeInstanceOf(RunCancelledError)
    expect(await errorOf(run.next())).toBeInstanceOf(RunDisposedError)
    expect(outline(run.allMessages())).toEqual([['user-prompt'], ['tool-call slow']])
    wait.open('late')
    await clock.advance(0)
    expect(outline(run.allMessages())).toEqual([['user-prompt'], ['tool-call slow']])
    expect(clock.pendingTimers).toBe(0)
  })

  it('twice, also at once, is once', async () => {
    const closed: string[] = []
    const toolset: Toolset = { tools: () => [], open: () => {}, close: () => void closed.push('x') }
    const agent = new Agent({ model: new FunctionModel(() => 'answer'), toolsets: [toolset] })
    const run = agent.iter('Go.')
    await run.next()
    await run.next()
    await Promise.all([run.dispose(), run.dispose()])
    await run.dispose()
    expect(closed).toEqual(['x'])
  })

  it('at once waits for the same end', async () => {
    const { agent, wait } = waiting()
    const run = agent.iter('Go.')
    await runTo(run, 'call-tools')
    const outcome = errorOf(run.next())
    await wait.entered
    const order: string[] = []
    const both = [run.dispose(), run.dispose()].map(async (disposed) => {
      await disposed
      order.push('disposed')
    })
    await Promise.resolve()
    order.push('opened')
    wait.open('value')
    await Promise.all(both)
    await outcome
    expect(order).toEqual(['opened', 'disposed', 'disposed'])
  })

  it('after the end keeps the result', async () => {
    const run = answering().iter('Go.')
    await run.finish()
    await run.dispose()
    expect(run.result?.output).toBe('answer')
    expect(outline(run.allMessages())).toEqual([['user-prompt'], ['text']])
    expect(await errorOf(run.next())).toBeInstanceOf(RunDisposedError)
  })

  it('after a failure keeps the tail', async () => {
    const run = new Agent({ model: new ScriptedModel([new Error('offline')]) }).iter('Go.')
    await run.next()
    await errorOf(run.next())
    await run.dispose()
    expect(outline(run.allMessages())).toEqual([['user-prompt']])
  })

  it('of an actor that its owner stops: the driver is not left waiting', async () => {
    const { agent, wait } = waiting()
    const run = agent.iter('Go.')
    await runTo(run, 'call-tools')
    const outcome = errorOf(run.next())
    await wait.entered
    Reflect.apply(Reflect.get(run.actor, 'stop'), run.actor, [])
    expect(await outcome).toBeInstanceOf(RunDisposedError)
  })
})

describe('a signal', () => {
  it('lesson-13: aborted before the start lets nothing run', async () => {
    const model = new ScriptedModel(['answer'])
    const controller = new AbortController()
    controller.abort('too late')
    const error = await errorOf(new Agent({ model }).run('Go.', { signal: controller.signal }))
    expect(error).toMatchObject({ name: 'RunCancelledError', reason: 'too late' })
    expect(model.calls).toHaveLength(0)
  })

  it('lesson-13: aborted on the way reaches the tool that runs', async () => {
    const controller = new AbortController()
    const entered = Promise.withResolvers<void>()
    const polite = tool({
      name: 'polite',
      execute: (_, { signal }) => {
        entered.resolve()
        return new Promise((__, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason))
        })
      },
    })
    const agent = new Agent({ model: new ScriptedModel([calls('polite')]), tools: [polite] })
    const outcome = errorOf(agent.run('Go.', { signal: controller.signal }))
    await entered.promise
    controller.abort('enough')
    expect(await outcome).toMatchObject({ name: 'RunCancelledError', reason: 'enough' })
  })

  it('aborted between two steps lets no more run, and the run can go on', async () => {
    const controller = new AbortController()
    const model = new ScriptedModel(['answer'])
    const run = new Agent({ model }).iter('Go.', { signal: controller.signal })
    await run.next()
    controller.abort('enough')
    expect(await errorOf(run.next())).toMatchObject({ reason: 'enough' })
    expect(model.calls).toHaveLength(0)
    expect((await run.finish()).output).toBe('answer')
  })

  it('lesson-13: of the parent is lost nowhere in a machine', async () => {
    const { agent, wait } = waiting()
    const controller = new AbortController()
    const outcome = errorOf(agent.with({ signal: controller.signal }).run('Go.'))
    await wait.entered
    controller.abort('enough')
    wait.open('value')
    expect(await outcome).toMatchObject({ reason: 'enough' })
  })

  it('that outlives many runs is left without listeners', async () => {
    const { signal } = new AbortController()
    const good = answering()
    const bad = new Agent({ model: new FunctionModel(() => Promise.reject(new Error('no'))) })
    for (let i = 0; i < 20; i += 1) {
      await good.run('Go.', { signal })
      await errorOf(bad.run('Go.', { signal }))
      const run = good.iter('Go.', { signal })
      await run.next()
      await run.dispose()
      await good.iter('Go.', { signal }).next()
    }
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('of a tool is left without listeners of the run', async () => {
    const signals: AbortSignal[] = []
    const keep = tool({
      name: 'keep',
      execute: (_, { signal }) => signals.push(signal),
    })
    const agent = new Agent({
      model: new ScriptedModel([calls('keep', 'keep'), 'done']),
      tools: [keep],
    })
    await agent.run('Go.')
    expect(signals.flatMap((signal) => getEventListeners(signal, 'abort'))).toEqual([])
  })
})
