import { describe, expect, it } from 'vitest'
import { Agent, AgentRun, DeadlinePassedError, tool, UserError } from '../../src/index.ts'
import { FunctionModel, ManualClock, ScriptedModel } from '../../src/testing/index.ts'
import { calls, errorOf, outline, runTo } from './scripts.ts'
import { isPending, live } from './streams.ts'

/** A promise that only the signal ends. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}

const hang = tool({ name: 'hang', execute: (_, ctx) => untilAborted(ctx.signal) })
const hanging = () => new FunctionModel((_, { signal }) => untilAborted(signal))

describe('the deadline of a run', () => {
  it('cancels what is under way; the run rests where it was', async () => {
    const clock = new ManualClock()
    const reasons: unknown[] = []
    const model = new FunctionModel((_, { signal }) => {
      signal.addEventListener('abort', () => reasons.push(signal.reason))
      return untilAborted(signal)
    })
    const outcome = errorOf(new Agent({ model }).run('Go.', { clock, timeoutMs: 500 }))
    await clock.advance(499)
    expect(reasons).toEqual([])
    await clock.advance(1)
    const error = await outcome
    expect(error).toBeInstanceOf(DeadlinePassedError)
    expect(error).toMatchObject({ scope: 'run' })
    expect(reasons).toEqual([error])
    const run = AgentRun.of(error)
    expect(run?.nextNode.kind).toBe('model-request')
    expect(outline(run?.allMessages() ?? [])).toEqual([['user-prompt']])
    expect(clock.pendingTimers).toBe(0)
  })

  it('counts over all steps, also those that are driven by hand', async () => {
    const clock = new ManualClock()
    const model = new ScriptedModel([calls('hang')])
    const run = new Agent({ model, tools: [hang] }).iter('Go.', { clock, timeoutMs: { run: 500 } })
    await run.next()
    expect(clock.pendingTimers).toBe(0) // at rest nobody watches
    await clock.advance(300)
    await run.next()
    const outcome = errorOf(run.next())
    await clock.advance(199)
    expect(run.ctx.state.failure).toBeNull()
    await clock.advance(1)
    expect(await outcome).toMatchObject({ scope: 'run' })
    expect(run.ctx.state.ledger).toMatchObject([{ state: 'interrupted' }])
    expect(clock.pendingTimers).toBe(0)
  })

  it.each(['UserPrompt', 'ModelRequest', 'CallTools'])(
    'that has passed at rest stops the next step at once: in %s',
    async (state) => {
      const clock = new ManualClock()
      const model = new ScriptedModel(['answer'])
      const run = new Agent({ model }).iter('Go.', { clock, timeoutMs: 500 })
      if (state !== 'UserPrompt') await run.next()
      if (state === 'CallTools') await run.next()
      const asked = model.calls.length
      await clock.advance(500)
      expect(run.ctx.state.failure).toBeNull()
      expect(await errorOf(run.next())).toMatchObject({ scope: 'run' })
      expect(model.calls).toHaveLength(asked)
      expect(run.result).toBeNull()
    },
  )

  it('is not met again by trying again, but by a new one', async () => {
    const clock = new ManualClock()
    const run = new Agent({ model: hanging() }).iter('Go.', { clock, timeoutMs: 500 })
    await run.next()
    const outcome = errorOf(run.next())
    await clock.advance(500)
    const error = await outcome
    expect(await errorOf(run.next())).toBe(error)
    const again = errorOf(run.next(undefined, { timeoutMs: 200 }))
    await clock.advance(199)
    expect(run.ctx.state.failure).toBeNull()
    await clock.advance(1)
    expect(await again).toMatchObject({ scope: 'run' })
    expect(await again).not.toBe(error)
    expect(clock.pendingTimers).toBe(0)
  })

  it('can be lifted, and set later', async () => {
    const clock = new ManualClock()
    const { model, give, end } = live()
    const run = new Agent({ model }).iter('Go.', { clock, timeoutMs: 500 })
    await run.next(run.nextNode, { timeoutMs: null })
    const step = run.next()
    await clock.advance(10_000)
    give('fine.')
    end()
    await step
    expect(await run.next(undefined, { timeoutMs: 5 })).toMatchObject({ kind: 'end' })
    expect(clock.pendingTimers).toBe(0)
  })

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('cannot be %s', async (timeoutMs) => {
    const run = new Agent({ model: new ScriptedModel(['answer']) }).iter('Go.')
    expect(await errorOf(run.next(undefined, { timeoutMs }))).toBeInstanceOf(UserError)
    expect(run.nextNode.kind).toBe('user-prompt')
    const agent = new Agent({ model: new ScriptedModel([]) })
    expect(() => agent.iter('Go.', { timeoutMs })).toThrow('timeoutMs')
  })

  it('of a stream keeps what has come, and its readers get the error', async () => {
    const clock = new ManualClock()
    const { model, give } = live()
    const stream = new Agent({ model }).stream('Go.', { clock, timeoutMs: 500 })
    const seen: string[] = []
    const reading = errorOf(
      (async () => {
        for await (const delta of stream.textDeltas()) seen.push(delta)
      })(),
    )
    give('kept')
    await clock.advance(500)
    expect(await reading).toBeInstanceOf(DeadlinePassedError)
    expect(seen).toEqual(['kept'])
    expect(outline(stream.run.allMessages()).at(-1)).toEqual(['text', 'interrupted'])
    expect(clock.pendingTimers).toBe(0)
  })

  it('leaves behind what does not stop, after the grace', async () => {
    const clock = new ManualClock()
    const deaf = new FunctionModel(() => new Promise(() => {}))
    const outcome = errorOf(
      new Agent({ model: deaf }).run('Go.', { clock, timeoutMs: 500, cancelGraceMs: 100 }),
    )
    await clock.advance(599)
    expect(await isPending(outcome)).toBe(true)
    await clock.advance(1)
    expect(await outcome).toBeInstanceOf(DeadlinePassedError)
    expect(clock.pendingTimers).toBe(0)
  })

  it('ends the runs inside it; their own leave the outer one alone', async () => {
    const clock = new ManualClock()
    const inner: unknown[] = []
    const child = new Agent({ model: hanging() })
    const ask = (timeoutMs?: number) =>
      tool({
        name: 'ask',
        execute: async (_, ctx) => {
          const options = { parent: ctx, clock, ...(timeoutMs && { timeoutMs }) }
          const error = await errorOf(child.run('Inside.', options))
          inner.push(error)
          if (timeoutMs === undefined) throw error
          return 'gave up'
        },
      })
    const outer = errorOf(
      new Agent({ model: new ScriptedModel([calls('ask')]), tools: [ask()] }).run('Go.', {
        clock,
        timeoutMs: 500,
      }),
    )
    await clock.advance(500)
    const error = await outer
    expect(error).toBeInstanceOf(DeadlinePassedError)
    expect(inner).toMatchObject([{ name: 'RunCancelledError', reason: error }])
    const patient = new Agent({
      model: new ScriptedModel([calls('ask'), 'fine.']),
      tools: [ask(100)],
    }).run('Go.', { clock, timeoutMs: 500 })
    await clock.advance(100)
    expect((await patient).output).toBe('fine.')
    expect(inner[1]).toBeInstanceOf(DeadlinePassedError)
    expect(clock.pendingTimers).toBe(0)
  })
})

describe('the deadline of a model request', () => {
  it('holds for each one anew', async () => {
    const clock = new ManualClock()
    const options = { clock, timeoutMs: { modelRequest: 500 } }
    const run = new Agent({ model: hanging() }).iter('Go.', options)
    await run.next()
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const outcome = errorOf(run.next())
      await clock.advance(499)
      expect(await isPending(outcome)).toBe(true)
      await clock.advance(1)
      expect(await outcome).toMatchObject({ name: 'DeadlinePassedError', scope: 'model-request' })
      expect(clock.pendingTimers).toBe(0)
    }
  })

  it('holds for a streamed response from its first piece to its last', async () => {
    const clock = new ManualClock()
    const { model, give } = live()
    const stream = new Agent({ model }).stream('Go.', { clock, timeoutMs: { modelRequest: 500 } })
    const outcome = errorOf(stream.output)
    for (let i = 0; i < 5; i += 1) {
      give('word ')
      await clock.advance(100)
    }
    expect(await outcome).toMatchObject({ scope: 'model-request' })
    expect(clock.pendingTimers).toBe(0)
  })

  it('does not hold for tools', async () => {
    const clock = new ManualClock()
    const wait = tool({
      name: 'wait',
      execute: () => new Promise<void>((resolve) => void clock.setTimeout(resolve, 5_000)),
    })
    const agent = new Agent({ model: new ScriptedModel([calls('wait'), 'fine.']), tools: [wait] })
    const outcome = agent.run('Go.', { clock, timeoutMs: { modelRequest: 500 } })
    await clock.advance(5_000)
    expect((await outcome).output).toBe('fine.')
  })
})

describe('a limit of work that was left behind', () => {
  it('does not stop the step that is tried next: of a model request', async () => {
    const clock = new ManualClock()
    let asked = 0
    const deaf = new FunctionModel((): Promise<string> => {
      asked += 1
      if (asked === 1) return new Promise(() => {})
      return new Promise((resolve) => void clock.setTimeout(() => resolve('fine.'), 450))
    })
    const run = new Agent({ model: deaf }).iter('Go.', {
      clock,
      cancelGraceMs: 100,
      timeoutMs: { modelRequest: 500 },
    })
    await run.next()
    const outcome = errorOf(run.next())
    await clock.advance(0)
    run.cancel()
    await clock.advance(100)
    expect(await outcome).toMatchObject({ name: 'RunCancelledError' })
    expect(clock.pendingTimers).toBe(0)
    const again = run.finish()
    await clock.advance(450)
    expect((await again).output).toBe('fine.')
  })

  it('does not stop the step that is tried next: of a tool phase', async () => {
    const clock = new ManualClock()
    const deaf = tool({
      name: 'deaf',
      execute: (_, { attempt }): Promise<string> =>
        attempt === 0
          ? new Promise(() => {})
          : new Promise((resolve) => void clock.setTimeout(() => resolve('heard'), 450)),
    })
    const model = new ScriptedModel([calls('deaf'), 'fine.'])
    const run = new Agent({ model, tools: [deaf] }).iter('Go.', {
      clock,
      cancelGraceMs: 100,
      timeoutMs: { toolPhase: 500 },
    })
    await runTo(run, 'call-tools')
    const outcome = errorOf(run.next())
    await clock.advance(0)
    run.cancel()
    await clock.advance(100)
    expect(await outcome).toMatchObject({ name: 'RunCancelledError' })
    expect(clock.pendingTimers).toBe(0)
    const again = run.finish()
    await clock.advance(450)
    expect((await again).output).toBe('fine.')
  })
})

describe('the deadline of a tool phase', () => {
  it('keeps the results that are there, and trying again runs the others once more', async () => {
    const clock = new ManualClock()
    const attempts: number[] = []
    const slow = tool({
      name: 'slow',
      execute: (_, ctx) => {
        attempts.push(ctx.attempt)
        return ctx.attempt === 0 ? untilAborted(ctx.signal) : 'second'
      },
    })
    const quick = tool({ name: 'quick', execute: () => 'quick' })
    const model = new ScriptedModel([calls('quick', 'slow'), 'fine.'])
    const run = new Agent({ model, tools: [quick, slow] }).iter('Go.', {
      clock,
      timeoutMs: { toolPhase: 500 },
    })
    await runTo(run, 'call-tools')
    const outcome = errorOf(run.next())
    await clock.advance(500)
    expect(await outcome).toMatchObject({ name: 'DeadlinePassedError', scope: 'tool-phase' })
    expect(outline(run.allMessages()).at(-1)).toEqual(['tool-return quick', 'interrupted'])
    await run.next()
    expect(attempts).toEqual([0, 1])
    expect((await run.finish()).output).toBe('fine.')
    expect(clock.pendingTimers).toBe(0)
  })

  it('is no matter of the tools’ own limits', async () => {
    const clock = new ManualClock()
    const agent = new Agent({
      model: new ScriptedModel([calls('hang'), 'fine.']),
      tools: [hang],
      toolTimeoutMs: 100,
    })
    const outcome = agent.run('Go.', { clock, timeoutMs: { toolPhase: 500 } })
    await clock.advance(100)
    expect((await outcome).output).toBe('fine.')
    expect(clock.pendingTimers).toBe(0)
  })
})

describe('timers', () => {
  it('are all gone when a run has ended, whatever limits it had', async () => {
    const clock = new ManualClock()
    const ping = tool({ name: 'ping', execute: () => 'pong' })
    const agent = new Agent({ model: new ScriptedModel([calls('ping'), 'fine.']), tools: [ping] })
    await agent.run('Go.', { clock, timeoutMs: { run: 100, modelRequest: 50, toolPhase: 50 } })
    expect(clock.pendingTimers).toBe(0)
  })

  it('are gone when a cancel comes while the toolset is closed', async () => {
    const clock = new ManualClock()
    let cancel = () => {}
    const toolset = { tools: () => [], open: () => {}, close: async () => cancel() }
    const agent = new Agent({ model: new ScriptedModel(['fine.']), toolsets: [toolset] })
    const run = agent.iter('Go.', { clock })
    cancel = () => run.cancel()
    expect((await run.finish()).output).toBe('fine.')
    expect(clock.pendingTimers).toBe(0)
  })

  it('a limit that is none is refused with its name', () => {
    const agent = new Agent({ model: new ScriptedModel(['fine.']) })
    expect(() => agent.iter('Go.', { timeoutMs: { request: 5 } as never })).toThrow(
      'timeoutMs.request',
    )
    expect(() => agent.iter('Go.', { timeoutMs: { toolPhase: 0 } })).toThrow('timeoutMs.toolPhase')
  })
})
