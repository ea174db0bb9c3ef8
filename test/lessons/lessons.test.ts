/** What users of other frameworks ran into, each by a number of its own that stays. */
import { getEventListeners } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { Agent, withDeps } from '../../src/agent/index.ts'
import { CallDeferred } from '../../src/errors/index.ts'
import type { ModelMessage } from '../../src/messages/index.ts'
import { ModelRequestNode } from '../../src/nodes/index.ts'
import { deferredToolRequests, text } from '../../src/output/index.ts'
import { FunctionModel, ScriptedModel } from '../../src/testing/index.ts'
import { tool } from '../../src/tools/index.ts'
import { call, outline, rejection, says, script, untilAborted } from '../agent/script.ts'

/** Ids of calls without a result behind them. */
function openCalls(messages: readonly ModelMessage[]): string[] {
  const open = new Set<string>()
  for (const message of messages) {
    for (const part of message.parts) {
      if (part.partKind === 'tool-call') open.add(part.toolCallId)
      if (part.partKind === 'tool-return' || part.partKind === 'retry-prompt')
        open.delete(part.toolCallId)
    }
  }
  return [...open]
}

const pay = tool({ name: 'pay', needsApproval: true, execute: () => 'paid' })
const risky = tool({ name: 'risky', needsApproval: () => true, execute: () => 'done' })
const later = tool({
  name: 'later',
  execute: () => {
    throw new CallDeferred()
  },
})
const ping = tool({ name: 'ping', execute: () => 'pong' })

describe('lesson-11: no request is sent with an open call', () => {
  const calls = [call('ping'), call('pay'), call('risky'), call('later')]

  it('when calls are denied', async () => {
    const model = script(calls, 'ok')
    const agent = new Agent({
      model,
      tools: [ping, pay, risky, later],
      output: [text, deferredToolRequests],
    })
    const first = await agent.run('Go')
    await agent.run(null, {
      messageHistory: first.allMessages(),
      deferredToolResults: { approvals: { pay: false, risky: false }, calls: { later: null } },
    })
    expect(openCalls(model.calls[1]?.messages ?? [])).toEqual([])
    expect(outline(model.calls[1]?.messages ?? []).at(-1)).toEqual([
      'ping returned: pong',
      'pay denied: The tool call was denied.',
      'risky denied: The tool call was denied.',
      'later returned: null',
    ])
  })

  it('when somebody types instead of answering', async () => {
    const model = script(calls, 'ok')
    const agent = new Agent({
      model,
      tools: [ping, pay, risky, later],
      output: [text, deferredToolRequests],
    })
    const first = await agent.run('Go')
    await agent.run('Never mind.', { messageHistory: first.allMessages() })
    expect(openCalls(model.calls[1]?.messages ?? [])).toEqual([])
  })

  it.each(['early', 'graceful', 'exhaustive'] as const)(
    'when an output came with them (%s)',
    async (endStrategy) => {
      const model = script([...calls, call('final_result', { n: 1 })], 'ok')
      const agent = new Agent({
        model,
        tools: [ping, pay, risky, later],
        output: { type: 'object', properties: { n: { type: 'number' } } },
        endStrategy,
      })
      const first = await agent.run('Go')
      await agent.run('And now?', { messageHistory: first.allMessages(), output: text })
      expect(openCalls(model.calls[1]?.messages ?? [])).toEqual([])
    },
  )

  it('when the run was cancelled in the middle of them', async () => {
    const hang = tool({ name: 'hang', execute: (_, ctx) => untilAborted(ctx.signal) })
    const stop = tool({ name: 'stop', execute: (_, ctx) => ctx.cancel() })
    const model = script([call('ping'), call('hang'), call('stop')], 'ok')
    const agent = new Agent({ model, tools: [ping, hang, stop] })
    const run = agent.iter('Go')
    await rejection(run.finish())
    await agent.run('Go on.', { messageHistory: run.allMessages() })
    expect(openCalls(model.calls[1]?.messages ?? [])).toEqual([])
  })

  it('when a step was skipped by hand', async () => {
    const model = script(calls, 'ok')
    const run = new Agent({ model, tools: [ping, pay, risky, later] }).iter('Go')
    const request = await run.next()
    await run.next()
    if (request.kind === 'model-request') await run.next(ModelRequestNode(request.request))
    expect(openCalls(model.calls[1]?.messages ?? [])).toEqual([])
  })
})

describe('lesson-13: the signal of the run reaches', () => {
  it('the model and the tools, and stopping the actor aborts both', async () => {
    const aborted: string[] = []
    const model = new FunctionModel((messages, { signal }) => {
      signal.addEventListener('abort', () => aborted.push('model'))
      if (messages.length > 1) return untilAborted(signal)
      return { parts: [call('look')] }
    })
    const look = tool({
      name: 'look',
      execute: (_, ctx) => {
        ctx.signal.addEventListener('abort', () => aborted.push('tool'))
        return untilAborted(ctx.signal)
      },
    })
    const run = new Agent({ model, tools: [look] }).iter('Go')
    await run.next()
    await run.next()
    const acting = rejection(run.next())
    await new Promise(setImmediate)
    run.cancel()
    await acting
    expect(aborted).toEqual(['tool'])
    const stopped = new Agent({ model, tools: [look] }).iter('Go')
    await stopped.next()
    await stopped.next()
    void rejection(stopped.next())
    await new Promise(setImmediate)
    stopped.actor.stop()
    expect(aborted).toEqual(['tool', 'tool'])
  })

  it('the children of its tools', async () => {
    const controller = new AbortController()
    const signals: AbortSignal[] = []
    const child = new Agent({
      model: new FunctionModel((_, { signal }) => {
        signals.push(signal)
        controller.abort('enough')
        return untilAborted(signal)
      }),
    })
    const delegate = tool({
      name: 'delegate',
      execute: async (_, ctx) => (await child.run('What?', { parent: ctx })).output,
    })
    const agent = new Agent({ model: script([call('delegate')]), tools: [delegate] })
    const error = await rejection(agent.run('Go', { signal: controller.signal }))
    expect(error).toMatchObject({ name: 'RunCancelledError', reason: 'enough' })
    expect(signals[0]?.aborted).toBe(true)
  })
})

describe('lesson-19: nothing leaks', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void

  async function heapAfter(runs: number, agent: { run(prompt: string): Promise<unknown> }) {
    for (let i = 0; i < runs; i += 1) await agent.run('Go')
    collect()
    return process.memoryUsage().heapUsed
  }

  it('over a thousand runs the heap stays flat', async () => {
    const model = new FunctionModel((messages) => ({
      parts: messages.length === 1 ? [call('ping')] : [says('ok')],
    }))
    const agent = new Agent({ model, tools: [ping] })
    const before = await heapAfter(1_000, agent) // by then the engine has compiled what it will
    const after = await heapAfter(1_000, agent)
    expect((after - before) / 1_000).toBeLessThan(500) // bytes a run, whose messages alone are thousands
  })

  it('a signal shared by many runs keeps no listener of theirs', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const agent = new Agent({ model: script('ok', new Error('overloaded')) })
    await agent.run('Go', { signal })
    await rejection(agent.run('Go', { signal }))
    await agent.iter('Go', { signal }).dispose()
    agent.iter('Go', { signal })
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  it('a parent’s signal keeps no listener of children that ended', async () => {
    const child = new Agent({ model: new FunctionModel(() => 'ok') })
    let listeners = -1
    const delegate = tool({
      name: 'delegate',
      execute: async (_, ctx) => {
        await child.run('What?', { parent: ctx })
        const before = getEventListeners(ctx.signal, 'abort').length
        for (let i = 0; i < 5; i += 1) await child.run('What?', { parent: ctx })
        listeners = getEventListeners(ctx.signal, 'abort').length - before
      },
    })
    await new Agent({ model: script([call('delegate')], 'ok'), tools: [delegate] }).run('Go')
    expect(listeners).toBe(0)
  })
})

describe('lesson-20: the public types stay small', () => {
  it('an agent needs no annotation', async () => {
    const { Agent: DbAgent, tool: dbTool } = withDeps<{ rows: readonly number[] }>()
    const count = dbTool({ name: 'count', execute: (_, ctx) => ctx.deps.rows.length })
    const agent = new DbAgent({ model: script([call('count')], 'two'), tools: [count] })
    const { output } = await agent.run('Go', { deps: { rows: [1, 2] } })
    expect(output.toUpperCase()).toBe('TWO') // `output` is a string to the compiler as well
  })
})

describe('lesson-21: runs at the same time share nothing', () => {
  it('their options, messages, ids and usage stay their own', async () => {
    const agent = new Agent({
      model: new FunctionModel(async (messages, { modelSettings, instructions }) => {
        await new Promise(setImmediate)
        return {
          parts:
            messages.length === 1
              ? [call('who', {}, `c${modelSettings.seed}`)]
              : [says(`${instructions} ${modelSettings.seed} ${outline(messages).at(-1)?.[0]}`)],
          usage: { inputTokens: modelSettings.seed ?? 0 },
        }
      }),
      tools: [
        tool({
          name: 'who',
          execute: async (_, ctx) => {
            await new Promise(setImmediate)
            return `${String(ctx.deps)} ${ctx.toolCallId} ${JSON.stringify(ctx.prompt)}`
          },
        }),
      ],
    })
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        agent.run(`prompt ${i}`, {
          deps: `deps ${i}`,
          instructions: `instructions ${i}`,
          modelSettings: { seed: i },
        }),
      ),
    )
    for (const [i, result] of results.entries()) {
      expect(result.output).toBe(
        `instructions ${i} ${i} who returned: deps ${i} c${i} "prompt ${i}"`,
      )
      expect(result.usage).toMatchObject({ requests: 2, inputTokens: 2 * i })
      expect(result.allMessages()).toHaveLength(4)
    }
    expect(new Set(results.map(({ runId }) => runId)).size).toBe(20)
  })
})

const usage = { inputTokens: 100, outputTokens: 10, cacheReadTokens: 40, cacheWriteTokens: 5 }
const child = new Agent({ model: new FunctionModel(() => ({ parts: [says('42')], usage })) })
const delegate = tool({
  name: 'delegate',
  execute: async (_, ctx) => (await child.run('What?', { parent: ctx })).output,
})

function delegating(times: number): ScriptedModel {
  const calls = Array.from({ length: times }, (_, i) => call('delegate', {}, `c${i}`))
  return new ScriptedModel([
    { parts: calls, usage },
    { parts: [says('ok')], usage },
  ])
}

describe('lesson-22: nested agents are counted once', () => {
  it('when they end, and their requests while they are under way', async () => {
    const run = new Agent({ model: delegating(3), tools: [delegate] }).iter('Go')
    await run.finish()
    expect(run.usage).toMatchObject({ requests: 5, inputTokens: 500, toolCalls: 3 })
    expect(run.result?.usage).toEqual(run.usage)
  })

  it('and parallel ones cannot overshoot the limit of their parent', async () => {
    let asked = 0
    const slow = new Agent({
      model: new FunctionModel(async () => {
        asked += 1
        await new Promise(setImmediate)
        return { parts: [says('42')], usage }
      }),
    })
    const ask = tool({
      name: 'delegate',
      execute: async (_, ctx) => (await slow.run('What?', { parent: ctx })).output,
    })
    const run = new Agent({ model: delegating(10), tools: [ask] }).iter('Go', {
      usageLimits: { requestLimit: 4 },
    })
    await expect(run.finish()).rejects.toThrow('request_limit of 4')
    expect(asked).toBe(3)
    expect(run.usage.requests).toBeLessThanOrEqual(4)
  })
})

describe('lesson-25: usage is the total of the run', () => {
  it('with cached tokens, over all requests, and what was there before', async () => {
    const model = new ScriptedModel([
      { parts: [call('ping')], usage },
      { parts: [says('ok')], usage: { ...usage, inputTokens: 1 } },
    ])
    const run = new Agent({ model, tools: [ping] }).iter('Go', { usage: { inputTokens: 1000 } })
    const totals: number[] = []
    for await (const node of run) totals.push(node.kind === 'end' ? -1 : run.usage.inputTokens)
    expect(totals).toEqual([1000, 1000, 1100, 1100, 1101, -1])
    expect(run.usage).toMatchObject({
      requests: 2,
      inputTokens: 1101,
      outputTokens: 20,
      cacheReadTokens: 80,
      cacheWriteTokens: 10,
    })
    expect(run.result?.response.usage.inputTokens).toBe(1)
  })
})

describe('lesson-26: the tokens of sub-agents are seen', () => {
  it('in the total of the parent, and by themselves with the child', async () => {
    const own: number[] = []
    const ask = tool({
      name: 'delegate',
      execute: async (_, ctx) => {
        const before = ctx.usage.inputTokens
        const result = await child.run('What?', { parent: ctx })
        own.push(result.usage.inputTokens, ctx.usage.inputTokens - before)
      },
    })
    const result = await new Agent({ model: delegating(1), tools: [ask] }).run('Go')
    expect(own).toEqual([100, 100])
    expect(result.usage.inputTokens).toBe(300)
  })
})

describe('lesson-27: the seam is thin', () => {
  it('code decides between steps, with the state and the node in its hands', async () => {
    const model = script([call('ping')], 'ok')
    const run = new Agent({ model, tools: [ping] }).iter('Go')
    const seen: string[] = []
    for await (const node of run) {
      seen.push(`${node.kind} at step ${run.ctx.state.step}`)
      if (node.kind !== 'call-tools' || node.response.parts.length === 0) continue
      const parts = node.response.parts.filter((part) => part.partKind !== 'tool-call')
      const kept =
        parts.length > 0
          ? parts
          : [{ ...says('Not allowed.'), id: null, providerName: null, providerDetails: null }]
      await run.next({ ...node, response: { ...node.response, parts: kept as typeof parts } })
    }
    expect(seen).toEqual([
      'user-prompt at step 0',
      'model-request at step 0',
      'call-tools at step 1',
      'end at step 1',
    ])
    expect(run.result?.output).toBe('Not allowed.')
  })

  it('every move is an event of an XState actor', async () => {
    const run = new Agent({ model: script('ok') }).iter('Go')
    const states: unknown[] = []
    run.actor.subscribe(({ value }) => states.push(value))
    await run.finish()
    expect(states).toEqual(
      expect.arrayContaining([
        { UserPrompt: { active: 'preparing' } },
        { ModelRequest: { active: 'requesting' } },
        { CallTools: { active: 'executing' } },
        'End',
      ]),
    )
  })
})
