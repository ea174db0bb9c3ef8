import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Agent, type RunOptions } from '../../src/agent/index.ts'
import { ApprovalRequired, ModelRetry, ToolFailed } from '../../src/errors/index.ts'
import type { ModelMessage, RequestPart } from '../../src/messages/index.ts'
import { deferredToolRequests, toolOutput } from '../../src/output/index.ts'
import { memoryStore } from '../../src/store/index.ts'
import { ManualClock, ScriptedModel } from '../../src/testing/index.ts'
import { tool } from '../../src/tools/index.ts'
import { call, script, untilAborted } from '../agent/script.ts'
import { calls, errorOf, gate } from './scripts.ts'

/** A tool that needs approval, how often it ran, and how many of its calls ran at once. */
function counted(name: string, options: { readonly sequential?: boolean } = {}) {
  const count = { runs: 0, now: 0, most: 0 }
  const made = tool({
    name,
    needsApproval: true,
    ...options,
    execute: async () => {
      count.runs += 1
      count.most = Math.max(count.most, (count.now += 1))
      for (let i = 0; i < 3; i += 1) await new Promise(setImmediate)
      count.now -= 1
      return name
    },
  })
  return { tool: made, count }
}

describe('an approved call', () => {
  describe('beside calls that had been answered before', () => {
    /** A run that goes on with an approval; `tries` says what comes of each try of the tool. */
    async function goingOn(tries: readonly (() => unknown)[], options: RunOptions<unknown> = {}) {
      let tried = 0
      const fine = tool({ name: 'fine', execute: () => 'pong' })
      const sorry = tool({ name: 'sorry', execute: () => Promise.reject(new ModelRetry('Again.')) })
      const broken = tool({ name: 'broken', execute: () => Promise.reject(new ToolFailed('No.')) })
      const pay = tool({ name: 'pay', needsApproval: true, execute: () => tries[tried++]?.() })
      const end = [{ partKind: 'tool-call', toolName: 'final_result', args: { sum: 1 } }] as const
      const names = ['fine', 'sorry', 'broken', 'final_result', 'final_result', 'pay']
      const agent = new Agent({
        model: new ScriptedModel([calls(...names), { parts: end }]),
        tools: [fine, sorry, broken, pay],
        output: [toolOutput(z.object({ sum: z.number() })), deferredToolRequests],
        retries: 3,
      })
      const asked = await agent.run('Go.')
      const run = agent.iter(null, {
        messageHistory: asked.allMessages().map(withoutResult),
        deferredToolResults: { approvals: { pay: true } },
        ...options,
      })
      return { agent, run }
    }

    /** Outputs need no result. */
    function withoutResult(message: ModelMessage): ModelMessage {
      if (message.kind === 'response') return message
      const isKept = (part: RequestPart) =>
        !('toolCallId' in part && part.toolCallId === 'final_result')
      return { ...message, parts: message.parts.filter(isKept) }
    }

    it('can be put off once more', async () => {
      const tries = [() => Promise.reject(new ApprovalRequired()), () => 'paid']
      const { agent, run } = await goingOn(tries, { deferred: 'wait' })
      expect(await run.proceed()).toBe('waiting')
      const again = agent.resume(JSON.parse(JSON.stringify(run.snapshot())))
      expect(await again.proceed()).toBe('waiting')
      await again.approve('pay')
      expect((await again.finish()).output).toEqual({ sum: 1 })
    })

    it('is tried again by a run that is resumed after it failed', async () => {
      const { agent, run } = await goingOn([() => Promise.reject(new Error('boom')), () => 'paid'])
      await expect(run.finish()).rejects.toThrow('boom')
      expect(run.ctx.state.ledger.map(({ state }) => state)).toEqual([
        'returned',
        'retryAsked',
        'failed',
        'skipped',
        'retryAsked',
        'interrupted',
      ])
      const again = agent.resume(JSON.parse(JSON.stringify(run.snapshot())))
      expect((await again.finish()).output).toEqual({ sum: 1 })
    })

    it('keeps what they were answered: a fork cannot say otherwise', async () => {
      const store = memoryStore()
      const tries = [() => Promise.reject(new Error('boom'))]
      const { agent, run } = await goingOn(tries, { store })
      await expect(run.finish()).rejects.toThrow('boom')
      const edits = { toolResults: { fine: 'edited' } }
      await expect(agent.fork(run.runId, { store, edits })).rejects.toThrow(
        "There is no result for 'fine' to be changed",
      )
    })

    it('goes on in a run that is loaded after this one was disposed of', async () => {
      const store = memoryStore()
      const paying = gate()
      const { agent, run } = await goingOn([paying.pass, () => 'paid'], { store })
      const failed = errorOf(run.finish())
      await paying.entered
      const disposed = run.dispose()
      paying.open()
      await Promise.all([failed, disposed])
      const again = await agent.load(run.runId, { store })
      expect((await again.finish()).output).toEqual({ sum: 1 })
    })
  })

  it('is told of once, like one that is denied', async () => {
    const [pay, ship] = [counted('pay'), counted('ship')]
    const agent = new Agent({
      model: new ScriptedModel([calls('pay', 'ship'), 'Done.']),
      tools: [pay.tool, ship.tool],
    })
    const run = agent.iter('Go.', { deferred: 'wait' })
    await run.proceed()
    await run.approve('pay')
    await run.deny('ship')
    await run.finish()
    const told: string[] = []
    for await (const event of run.events({ from: 'run' })) {
      if (event.eventKind === 'function_tool_call') told.push(event.part.toolCallId)
    }
    expect(told).toEqual(['pay', 'ship'])
  })

  it('is told to stop, and waited for, when a call beside it fails: it never runs twice at once', async () => {
    const [paying, failing] = [gate(), gate()]
    const clock = new ManualClock()
    const heard: string[] = []
    let runs = 0
    const pay = tool({
      name: 'pay',
      needsApproval: true,
      execute: async (_, ctx) => {
        runs += 1
        ctx.signal.addEventListener('abort', () => heard.push(String(ctx.signal.reason)))
        await paying.pass()
        return 'paid'
      },
    })
    const bad = tool({ name: 'bad', execute: failing.pass })
    const agent = new Agent({
      model: new ScriptedModel([calls('pay', 'bad'), 'Done.']),
      tools: [pay, bad],
    })
    const run = agent.iter('Go.', { deferred: 'wait', clock, store: memoryStore() })
    const failed = errorOf(run.finish())
    await failing.entered
    await run.approve('pay')
    await paying.entered
    failing.fail(new Error('boom'))
    await new Promise(setImmediate)
    expect(heard).toEqual(['Error: boom'])
    paying.open()
    expect(await failed).toMatchObject({ message: 'boom' })
    expect(run.ctx.state.ledger.map(({ state }) => state)).toEqual(['returned', 'interrupted'])
    expect(runs).toBe(1)
  })

  it('that fails stops those beside it, and waits for them no longer than the grace', async () => {
    const clock = new ManualClock()
    const deaf = gate()
    const heedful = gate()
    const tools = [
      tool({ name: 'deaf', needsApproval: true, execute: deaf.pass }),
      tool({
        name: 'heedful',
        needsApproval: true,
        execute: (_, ctx) => {
          void heedful.pass()
          return untilAborted(ctx.signal)
        },
      }),
      tool({
        name: 'bad',
        needsApproval: true,
        execute: () => {
          throw new Error('boom')
        },
      }),
    ]
    const model = new ScriptedModel([calls('deaf', 'heedful', 'bad'), 'Done.'])
    const run = new Agent({ model, tools }).iter('Go.', {
      deferred: 'wait',
      clock,
      cancelGraceMs: 200,
    })
    await run.proceed()
    let error: unknown
    const failed = errorOf(run.finish()).then((reason) => (error = reason))
    await run.approve('deaf')
    await run.approve('heedful')
    await Promise.all([deaf.entered, heedful.entered])
    await run.approve('bad')
    await clock.advance(199)
    expect(error).toBeUndefined()
    await clock.advance(1)
    await failed
    expect(error).toMatchObject({ message: 'boom' })
    expect(clock.pendingTimers).toBe(0)
  })

  it('keeps to `maxConcurrency`, together with those that need none', async () => {
    const { tool: pay, count } = counted('pay')
    const ids = ['a', 'b', 'c', 'd']
    const model = script(
      ids.map((id) => call('pay', {}, id)),
      'Done.',
    )
    const run = new Agent({ model, tools: [pay] }).iter('Go.', {
      deferred: 'wait',
      maxConcurrency: 2,
    })
    await run.proceed()
    await Promise.all(ids.map((id) => run.approve(id)))
    await run.finish()
    expect(count).toMatchObject({ runs: 4, most: 2 })
  })

  it('of a sequential tool runs alone', async () => {
    const { tool: pay, count } = counted('pay', { sequential: true })
    const slowly = gate()
    const slow = tool({ name: 'slow', execute: slowly.pass })
    const model = new ScriptedModel([calls('slow', 'pay', 'pay'), 'Done.'])
    const run = new Agent({ model, tools: [slow, pay] }).iter('Go.', { deferred: 'wait' })
    const finished = run.finish()
    await slowly.entered
    await run.approve('pay')
    await run.approve('pay-2')
    for (let i = 0; i < 5; i += 1) await new Promise(setImmediate)
    expect(count.runs).toBe(0)
    slowly.open()
    await finished
    expect(count).toMatchObject({ runs: 2, most: 1 })
  })

  it('runs while a sub-agent waits for somebody, although one call may run at a time', async () => {
    const ask = tool({ name: 'ask', needsApproval: true, execute: () => 'asked' })
    const inner = new Agent({ name: 'inner', model: script([call('ask')], 'in'), tools: [ask] })
    const pay = tool({ name: 'pay', needsApproval: true, execute: () => 'paid' })
    const ping = tool({ name: 'ping', execute: () => 'pong' })
    const model = script([call('inner', { prompt: 'Go.' }), call('pay'), call('ping')], 'Done.')
    const run = new Agent({ model, tools: [inner.asTool(), pay, ping] }).iter('Go.', {
      deferred: 'wait',
      maxConcurrency: 1,
    })
    expect(await run.proceed()).toBe('waiting')
    await run.approve('pay')
    expect(await run.proceed()).toBe('waiting')
    expect(run.ctx.state.ledger.map(({ state }) => state)).toEqual([
      'executing',
      'returned',
      'returned',
    ])
    await run.approve('ask')
    expect((await run.finish()).output).toBe('Done.')
  })

  it('is held to the time of the tool phase, which does not run while only people are waited for', async () => {
    const clock = new ManualClock()
    const paying = gate()
    const pay = tool({
      name: 'pay',
      needsApproval: true,
      execute: (_, ctx) => {
        void paying.pass()
        return untilAborted(ctx.signal)
      },
    })
    const run = new Agent({ model: new ScriptedModel([calls('pay'), 'Done.']), tools: [pay] }).iter(
      'Go.',
      { deferred: 'wait', clock, timeoutMs: { toolPhase: 1_000 } },
    )
    await run.proceed()
    await clock.advance(60_000)
    const failed = errorOf(run.finish())
    await run.approve('pay')
    await paying.entered
    await clock.advance(999)
    expect(run.ctx.state.failure).toBeNull()
    await clock.advance(1)
    expect(await failed).toMatchObject({ name: 'DeadlinePassedError', scope: 'tool-phase' })
  })
})

it('a denial without words is told to readers as it was given', async () => {
  const pay = tool({ name: 'pay', needsApproval: true, execute: () => 'paid' })
  const agent = new Agent({ model: new ScriptedModel([calls('pay'), 'Done.']), tools: [pay] })
  const run = agent.iter('Go.', { deferred: 'wait' })
  const told: unknown[] = []
  const reading = (async () => {
    for await (const event of run.events()) {
      if (event.eventKind === 'deferred_tool_results') told.push(event.results.approvals)
    }
  })()
  await run.proceed()
  await run.deny('pay', '')
  await run.finish()
  await reading
  expect(told).toEqual([{ pay: { kind: 'tool-denied', message: '' } }])
})
