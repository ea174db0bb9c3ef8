import { describe, expect, it } from 'vitest'
import { Agent } from '../../src/agent/index.ts'
import { RunCancelledError, UsageLimitExceeded } from '../../src/errors/index.ts'
import { FunctionModel, ScriptedModel } from '../../src/testing/index.ts'
import { type RunContext, tool } from '../../src/tools/index.ts'
import { UsageMeter } from '../../src/usage/index.ts'
import { call, outline, rejection, says, script, untilAborted } from './script.ts'

const usage = { inputTokens: 10, outputTokens: 5 }

/** Answers at once and uses 10 and 5 tokens. */
const child = new Agent({ model: new FunctionModel(() => ({ parts: [says('42')], usage })) })

const ask = tool({
  name: 'ask',
  execute: async (_, ctx: RunContext) => (await child.run('What?', { parent: ctx })).output,
})

function asking(times: number): ScriptedModel {
  const calls = Array.from({ length: times }, (_, i) => call('ask', {}, `c${i}`))
  return new ScriptedModel([
    { parts: calls, usage },
    { parts: [says('done')], usage },
  ])
}

describe('an agent that asks another one, with `parent: ctx`', () => {
  it('counts the use of both once', async () => {
    const result = await new Agent({ model: asking(2), tools: [ask] }).run('Go')
    expect(result.usage).toMatchObject({
      requests: 4,
      inputTokens: 40,
      outputTokens: 20,
      toolCalls: 2,
    })
  })

  it('counts the use through several levels', async () => {
    const middle = new Agent({ model: asking(1), tools: [ask] })
    const delegate = tool({
      name: 'ask',
      execute: async (_, ctx) => {
        const { output, usage: own } = await middle.run('What?', { parent: ctx })
        return { output, requests: own.requests }
      },
    })
    const run = new Agent({ model: asking(1), tools: [delegate] }).iter('Go')
    await run.finish()
    expect(outline(run.allMessages())[2]).toEqual(['ask returned: {"output":"done","requests":3}'])
    expect(run.usage).toMatchObject({ requests: 5, inputTokens: 50 })
  })

  it('counts the use of a child that failed', async () => {
    const failing = new Agent({
      model: new ScriptedModel([
        { parts: [], usage },
        { parts: [], usage },
      ]),
    })
    const attempt = tool({
      name: 'ask',
      execute: async (_, ctx) => {
        await rejection(failing.run('What?', { parent: ctx }))
        return 'it failed'
      },
    })
    const result = await new Agent({ model: asking(1), tools: [attempt] }).run('Go')
    expect(result.usage).toMatchObject({ requests: 4, inputTokens: 40 })
  })

  it('without it the two have nothing to do with each other', async () => {
    const alone = tool({ name: 'ask', execute: async () => (await child.run('What?')).output })
    const result = await new Agent({ model: asking(1), tools: [alone] }).run('Go')
    expect(result.usage.requests).toBe(2)
  })

  it('holds the children to its limits, also when they run at the same time', async () => {
    const run = new Agent({ model: asking(6), tools: [ask] }).iter('Go', {
      usageLimits: { requestLimit: 4 },
    })
    expect(await rejection(run.finish())).toBeInstanceOf(UsageLimitExceeded)
    expect(run.usage.requests).toBeLessThanOrEqual(4)
  })

  it('a child keeps limits of its own', async () => {
    const strict = tool({
      name: 'ask',
      execute: async (_, ctx) =>
        (await child.run('What?', { parent: ctx, usageLimits: { requestLimit: 0 } })).output,
    })
    const run = new Agent({ model: asking(1), tools: [strict] }).iter('Go')
    await expect(run.finish()).rejects.toThrow('request_limit of 0')
  })

  it('has a run of its own, with messages of its own', async () => {
    const ids: string[] = []
    const look = tool({
      name: 'ask',
      execute: async (_, ctx) => {
        const result = await child.run('What?', { parent: ctx })
        ids.push(ctx.runId, result.runId)
        return result.allMessages().length
      },
    })
    const run = new Agent({ model: asking(1), tools: [look] }).iter('Go')
    await run.finish()
    expect(new Set(ids).size).toBe(2)
    expect(run.allMessages()).toHaveLength(4)
  })

  it('cancels the children when it is cancelled', async () => {
    const signals: AbortSignal[] = []
    const slow = new Agent({
      model: new FunctionModel((_, { signal }) => {
        signals.push(signal)
        queueMicrotask(() => run.cancel('enough'))
        return untilAborted(signal)
      }),
    })
    const delegate = tool({
      name: 'ask',
      execute: async (_, ctx) => (await slow.run('What?', { parent: ctx })).output,
    })
    const run = new Agent({ model: asking(1), tools: [delegate] }).iter('Go')
    expect(await rejection(run.finish())).toMatchObject({
      name: 'RunCancelledError',
      reason: 'enough',
    })
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  })

  it('a child that cancels itself is a failed result', async () => {
    const quitter = new Agent({
      model: script('never'),
      instructions: (ctx) => {
        ctx.cancel()
        return null
      },
    })
    const delegate = tool({
      name: 'ask',
      execute: async (_, ctx) => (await quitter.run('What?', { parent: ctx })).output,
    })
    const run = new Agent({ model: asking(1), tools: [delegate] }).iter('Go')
    expect((await run.finish()).output).toBe('done')
    expect(outline(run.allMessages())[2]).toEqual([
      'ask failed: The sub-agent run was cancelled: The agent run was cancelled.',
    ])
  })

  it('a child that was stopped because of a sibling has no result and runs again', async () => {
    let isBroken = true
    const attempts: number[] = []
    const slow = new Agent({ model: new FunctionModel((_, { signal }) => untilAborted(signal)) })
    const delegate = tool({
      name: 'ask',
      execute: async (_, ctx) => {
        attempts.push(ctx.attempt)
        return isBroken ? (await slow.run('What?', { parent: ctx })).output : 'fine'
      },
    })
    const trouble = new Error('disk full')
    const save = tool({
      name: 'save',
      execute: async () => {
        await Promise.resolve()
        if (isBroken) throw trouble
      },
    })
    const model = script([call('ask'), call('save')], 'done')
    const run = new Agent({ model, tools: [delegate, save] }).iter('Go')
    expect(await rejection(run.finish())).toBe(trouble)
    expect(outline(run.allMessages())).toEqual([['user: Go'], ['call: ask', 'call: save']])
    isBroken = false
    await run.finish()
    expect(outline(run.allMessages())[2]).toEqual(['ask returned: fine', 'save returned: null'])
    expect(attempts).toEqual([0, 1])
  })
})

describe('a meter shared by runs', () => {
  it('counts all of them, and each its own', async () => {
    const meter = new UsageMeter({ limits: { requestLimit: 2 } })
    const [one] = await Promise.all([
      child.run('a', { usage: meter }),
      child.run('b', { usage: meter }),
    ])
    expect(one.usage.requests).toBe(1)
    expect(meter.usage).toMatchObject({ requests: 2, inputTokens: 20 })
    await expect(child.run('c', { usage: meter })).rejects.toThrow('request_limit of 2')
  })

  it('usage to start from counts for limits and is not changed', async () => {
    const before = { requests: 3, inputTokens: 7 }
    const result = await child.run('a', { usage: before })
    expect(result.usage).toMatchObject({ requests: 4, inputTokens: 17 })
    expect(before).toEqual({ requests: 3, inputTokens: 7 })
  })
})

describe('cancelling', () => {
  it('with a signal that is aborted already asks nobody', async () => {
    const model = script('never')
    const signal = AbortSignal.abort('too late')
    const agent = new Agent({ model })
    const error = await rejection(agent.run('Go', { signal }))
    expect(error).toBeInstanceOf(RunCancelledError)
    expect(error).toMatchObject({ reason: 'too late' })
    expect(await rejection(agent.iter('Go', { signal }).finish())).toMatchObject({
      reason: 'too late',
    })
    expect(model.calls).toEqual([])
  })

  it.each([
    { while: 'a system prompt is written', options: 'systemPrompt' as const },
    { while: 'instructions are written', options: 'instructions' as const },
  ])('while $while sends no request', async ({ options }) => {
    const model = script('never')
    const cancel = (ctx: RunContext) => {
      ctx.cancel('enough')
      return 'text'
    }
    const run = new Agent({ model, [options]: cancel }).iter('Go')
    expect(await rejection(run.finish())).toMatchObject({ reason: 'enough' })
    expect(model.calls).toEqual([])
    expect(run.usage.requests).toBe(0)
  })

  it('while the output is checked keeps the run from ending, and it can go on', async () => {
    let isCancelling = true
    const run = new Agent({
      model: script('ok'),
      outputValidators: [
        (output, ctx) => {
          if (isCancelling) ctx.cancel()
          return output
        },
      ],
    }).iter('Go')
    expect(await rejection(run.finish())).toBeInstanceOf(RunCancelledError)
    expect(run.result).toBeNull()
    isCancelling = false
    expect((await run.finish()).output).toBe('ok')
  })

  it('between two steps is told to whoever drives on, once', async () => {
    const run = new Agent({ model: script('ok') }).iter('Go')
    await run.next()
    run.cancel('enough')
    expect(await rejection(run.next())).toMatchObject({ reason: 'enough' })
    expect(run.nextNode.kind).toBe('model-request')
    expect((await run.finish()).output).toBe('ok')
  })

  it('after the end changes nothing', async () => {
    const controller = new AbortController()
    const run = new Agent({ model: script('ok') }).iter('Go', { signal: controller.signal })
    await run.finish()
    run.cancel()
    controller.abort()
    expect(run.result?.output).toBe('ok')
    expect(run.allMessages()).toHaveLength(2)
  })

  it('in the middle of a request keeps the prompt, and a new prompt goes on from there', async () => {
    const model = script(() => {
      run.cancel()
      return 'too late'
    }, 'ok')
    const agent = new Agent({ model })
    const run = agent.iter('Go')
    await rejection(run.finish())
    expect(outline(run.allMessages())[0]).toEqual(['user: Go'])
    const { output } = await agent.run('Go on.', { messageHistory: run.allMessages() })
    expect(output).toBe('ok')
  })
})
