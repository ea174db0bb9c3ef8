import { describe, expect, it } from 'vitest'
import { Agent, AgentRun, RunCancelledError, tool } from '../../src/index.ts'
import { FunctionModel, ManualClock, ScriptedModel } from '../../src/testing/index.ts'
import { calls, errorOf, gate, outline, runTo } from './scripts.ts'

const used = { inputTokens: 3, outputTokens: 4 }

describe('a cancel while a tool runs', () => {
  function deafTool() {
    const wait = gate<string>()
    const signals: AbortSignal[] = []
    const attempts: number[] = []
    const slow = tool({
      name: 'slow',
      execute: async (_, { signal, attempt }) => {
        signals.push(signal)
        attempts.push(attempt)
        return attempts.length === 1 ? wait.pass() : 'second'
      },
    })
    const quick = tool({ name: 'quick', execute: () => 'quick' })
    const model = new ScriptedModel([{ ...calls('quick', 'slow'), usage: used }, 'done'])
    const clock = new ManualClock()
    const run = new Agent({ model, tools: [quick, slow] }).iter('Go.', { clock })
    return { run, wait, clock, signals, attempts, model }
  }

  it('lesson-15: rests after the grace, with what is finished', async () => {
    const { run, wait, clock, signals } = deafTool()
    await runTo(run, 'call-tools')
    const outcome = errorOf(run.next())
    await wait.entered
    run.cancel('enough')
    expect(signals[0]?.aborted).toBe(true)
    await clock.advance(999)
    expect(run.nextNode.kind).toBe('call-tools')
    expect(run.ctx.state.failure).toBeNull()
    await clock.advance(1)
    const error = await outcome
    expect(error).toBeInstanceOf(RunCancelledError)
    expect(error).toMatchObject({ reason: 'enough' })
    expect(outline(run.allMessages())).toEqual([
      ['user-prompt'],
      ['tool-call quick', 'tool-call slow'],
      ['tool-return quick', 'interrupted'],
    ])
    expect(clock.pendingTimers).toBe(0)
  })

  it('lesson-14: a late result is dropped', async () => {
    const { run, wait, clock } = deafTool()
    await runTo(run, 'call-tools')
    const outcome = errorOf(run.next())
    await wait.entered
    run.cancel()
    await clock.advance(1_000)
    await outcome
    const { state } = run.ctx
    const messages = run.allMessages()
    const { usage } = run
    wait.open('late')
    await clock.advance(0)
    expect(run.ctx.state).toBe(state)
    expect(run.allMessages()).toEqual(messages)
    expect(run.usage).toBe(usage)
  })

  it('goes on with `next`: finished calls keep their results, the others run again', async () => {
    const { run, wait, clock, attempts } = deafTool()
    await runTo(run, 'call-tools')
    const outcome = errorOf(run.next())
    await wait.entered
    run.cancel()
    await clock.advance(1_000)
    await outcome
    await run.next()
    await runTo(run, 'call-tools')
    expect(attempts).toEqual([0, 1])
    expect(outline(run.allMessages())).toEqual([
      ['user-prompt'],
      ['tool-call quick', 'tool-call slow'],
      ['tool-return quick', 'tool-return slow'],
      ['text'],
    ])
    expect(await run.next()).toMatchObject({ kind: 'end', data: { output: 'done' } })
  })

  it('leaves no reservation behind: a limit of calls is not used up by one that hangs', async () => {
    const wait = gate<string>()
    let count = 0
    const slow = tool({ name: 'slow', execute: () => (++count === 1 ? wait.pass() : 'second') })
    const clock = new ManualClock()
    const agent = new Agent({ model: new ScriptedModel([calls('slow'), 'done']), tools: [slow] })
    const run = agent.iter('Go.', { clock, usageLimits: { toolCallsLimit: 1, requestLimit: 2 } })
    await runTo(run, 'call-tools')
    const outcome = errorOf(run.next())
    await wait.entered
    run.cancel()
    await clock.advance(1_000)
    await outcome
    expect((await run.next()).kind).toBe('model-request')
    wait.open('late')
    await clock.advance(0)
    expect(run.usage.toolCalls).toBe(1)
  })

  it('lesson-13: one signal serves tools, models and the runs inside', async () => {
    const seen: AbortSignal[] = []
    const inner = new Agent({
      model: new FunctionModel(async (_, { signal }) => {
        seen.push(signal)
        entered.resolve()
        return new Promise((__, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason))
        })
      }),
    })
    const entered = Promise.withResolvers<void>()
    const ask = tool({
      name: 'ask',
      execute: async (_, ctx) => {
        seen.push(ctx.signal)
        return (await inner.run('Inside.', { parent: ctx })).output
      },
    })
    const agent = new Agent({ model: new ScriptedModel([calls('ask')]), tools: [ask] })
    const outer = new AbortController()
    const outcome = errorOf(agent.run('Go.', { signal: outer.signal }))
    await entered.promise
    outer.abort('shut down')
    expect(await outcome).toMatchObject({ name: 'RunCancelledError', reason: 'shut down' })
    expect(seen.map(({ aborted }) => aborted)).toEqual([true, true])
  })
})

describe('a cancel while the model answers', () => {
  it('lesson-15: a model that hangs is left behind after the grace; the request shows in the tail', async () => {
    const wait = gate<string>()
    const clock = new ManualClock()
    let requests = 0
    const model = new FunctionModel(() => (++requests === 1 ? wait.pass() : 'answer'))
    const run = new Agent({ model }).iter('Go.', {
      clock,
      cancelGraceMs: 50,
      usageLimits: { requestLimit: 1 },
    })
    await run.next()
    const outcome = errorOf(run.next())
    await wait.entered
    run.cancel('enough')
    await clock.advance(50)
    expect(await outcome).toMatchObject({ name: 'RunCancelledError', reason: 'enough' })
    expect(outline(run.allMessages())).toEqual([['user-prompt']])
    expect(outline(run.newMessages())).toEqual([['user-prompt']])
    expect(run.usage.requests).toBe(0)

    expect((await run.next()).kind).toBe('call-tools')
    wait.open('late')
    await clock.advance(0)
    expect(run.usage.requests).toBe(1)
    expect(outline(run.allMessages())).toEqual([['user-prompt'], ['text']])
    expect(await run.next()).toMatchObject({ data: { output: 'answer' } })
  })

  it('lesson-16: an answer within the grace is counted and kept; it is not paid for twice', async () => {
    const wait = gate()
    const model = new ScriptedModel([
      async () => {
        await wait.pass()
        return { parts: [{ partKind: 'text', content: 'answer' }], usage: used }
      },
    ])
    const run = new Agent({ model }).iter('Go.')
    await run.next()
    const outcome = errorOf(run.next())
    await wait.entered
    run.cancel()
    wait.open()
    expect(await outcome).toBeInstanceOf(RunCancelledError)
    expect(run.usage).toMatchObject({ requests: 1, ...used })
    await run.next()
    expect(run.usage).toMatchObject({ requests: 1, ...used })
    expect(await run.next()).toMatchObject({ data: { output: 'answer' } })
    model.assertDone()
  })

  it('a cancel while the prompt is prepared is not lost', async () => {
    const wait = gate<string>()
    const model = new ScriptedModel(['answer'])
    const agent = new Agent({ model, systemPrompt: () => wait.pass() })
    const run = agent.iter('Go.')
    const outcome = errorOf(run.next())
    await wait.entered
    run.cancel('enough')
    wait.open('Be brief.')
    expect(await outcome).toMatchObject({ name: 'RunCancelledError', reason: 'enough' })
    expect(run.nextNode.kind).toBe('user-prompt')
    expect(outline(run.allMessages())).toEqual([])
    expect((await run.finish()).output).toBe('answer')
  })

  it('a cancel while the output is made is not lost', async () => {
    const wait = gate()
    const agent = new Agent({
      model: new ScriptedModel(['answer']),
      outputValidators: [
        async (output: string) => {
          await wait.pass()
          return output
        },
      ],
    })
    const run = agent.iter('Go.')
    await runTo(run, 'call-tools')
    const outcome = errorOf(run.next())
    await wait.entered
    run.cancel()
    wait.open()
    expect(await outcome).toBeInstanceOf(RunCancelledError)
    expect(run.nextNode.kind).toBe('call-tools')
    expect(await run.next()).toMatchObject({ data: { output: 'answer' } })
  })

  it('a cancelled `run()` can go on, too', async () => {
    const wait = gate<string>()
    let requests = 0
    const model = new FunctionModel(() => (++requests === 1 ? wait.pass() : 'answer'))
    const controller = new AbortController()
    const clock = new ManualClock()
    const outcome = errorOf(new Agent({ model }).run('Go.', { signal: controller.signal, clock }))
    await wait.entered
    controller.abort()
    await clock.advance(1_000)
    const run = AgentRun.of(await outcome)
    expect(await run?.next()).toMatchObject({ kind: 'end', data: { output: 'answer' } })
    expect(run?.result?.output).toBe('answer')
  })
})

describe('a cancel that came while the run was at rest', () => {
  it('is met by whoever goes on from paper, with what its reason says', async () => {
    const agent = new Agent({ model: new ScriptedModel(['done']) })
    const run = agent.iter('Go.')
    run.cancel(new Error('enough'))
    const again = agent.resume(JSON.parse(JSON.stringify(run.snapshot())))
    expect(await errorOf(again.finish())).toMatchObject({
      name: 'RunCancelledError',
      reason: 'enough',
    })
  })
})
