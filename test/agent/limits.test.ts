import { describe, expect, it } from 'vitest'
import { Agent, type RunOptions } from '../../src/agent/index.ts'
import { UsageLimitExceeded } from '../../src/errors/index.ts'
import type { ModelResponseInput } from '../../src/messages/index.ts'
import { AgentRun } from '../../src/run/index.ts'
import { FunctionModel, ScriptedModel } from '../../src/testing/index.ts'
import { tool } from '../../src/tools/index.ts'
import type { UsageLimits } from '../../src/usage/index.ts'
import { call, outline, rejection, says, script } from './script.ts'

const ping = tool({ name: 'ping', execute: () => 'pong' })

/** Answers that use 10 tokens of input and 5 of output each. */
function pingThenDone(): ScriptedModel {
  const usage = { inputTokens: 10, outputTokens: 5 }
  return new ScriptedModel([
    { parts: [call('ping', {}, 'c1'), call('ping', {}, 'c2')], usage },
    { parts: [says('done')], usage },
  ])
}

const asked = ['user: Go']
const calls = ['call: ping', 'call: ping']
const results = ['ping returned: pong', 'ping returned: pong']

describe('a limit', () => {
  it.each<{
    limits: UsageLimits
    usage?: RunOptions<unknown>['usage']
    text: string
    left: string[][]
  }>([
    {
      limits: { requestLimit: 1 },
      text: 'The next request would exceed the request_limit of 1',
      left: [asked, calls, results],
    },
    {
      limits: { requestLimit: 0 },
      text: 'The next request would exceed the request_limit of 0',
      left: [asked],
    },
    {
      limits: { inputTokensLimit: 10 },
      usage: { inputTokens: 11 },
      text: 'The next request would exceed the input_tokens_limit of 10 (input_tokens=11)',
      left: [asked],
    },
    {
      limits: { totalTokensLimit: 10 },
      usage: { inputTokens: 6, outputTokens: 5 },
      text: 'The next request would exceed the total_tokens_limit of 10 (total_tokens=11)',
      left: [asked],
    },
    {
      limits: { costLimit: '0.10' },
      usage: { cost: '0.11' },
      text: 'The next request would exceed the `cost_limit` of 0.10 (`cost`=0.11)',
      left: [asked],
    },
    {
      limits: { inputTokensLimit: 9 },
      text: 'Exceeded the input_tokens_limit of 9 (input_tokens=10)',
      left: [asked],
    },
    {
      limits: { inputTokensLimit: 19 },
      text: 'Exceeded the input_tokens_limit of 19 (input_tokens=20)',
      left: [asked, calls, results],
    },
    {
      limits: { outputTokensLimit: 4 },
      text: 'Exceeded the output_tokens_limit of 4 (output_tokens=5)',
      left: [asked],
    },
    {
      limits: { totalTokensLimit: 14 },
      text: 'Exceeded the total_tokens_limit of 14 (total_tokens=15)',
      left: [asked],
    },
    {
      limits: { perRequestInputTokensLimit: 9 },
      text: 'Exceeded the per_request_input_tokens_limit of 9 (request_input_tokens=10)',
      left: [asked],
    },
    {
      limits: { toolCallsLimit: 1 },
      text: 'The next tool call(s) would exceed the tool_calls_limit of 1 (tool_calls=2)',
      left: [asked, calls],
    },
  ])('says "$text" and leaves the messages so far', async ({ limits, usage, text, left }) => {
    const agent = new Agent({ model: pingThenDone(), tools: [ping] })
    const run = agent.iter('Go', { usageLimits: limits, ...(usage && { usage }) })
    const error = await rejection(run.finish())
    expect(error).toBeInstanceOf(UsageLimitExceeded)
    expect(String(error)).toContain(text)
    expect(outline(run.allMessages())).toEqual(left)
  })

  it.each<UsageLimits>([
    { requestLimit: 2, toolCallsLimit: 2 },
    { inputTokensLimit: 20, outputTokensLimit: 10, totalTokensLimit: 30 },
    { perRequestInputTokensLimit: 10 },
  ])('that is just kept is no failure: %j', async (usageLimits) => {
    const agent = new Agent({ model: pingThenDone(), tools: [ping] })
    expect((await agent.run('Go', { usageLimits })).output).toBe('done')
  })

  it('of 50 requests holds unless another is set', async () => {
    const model = new FunctionModel(() => ({ parts: [call('ping', {}, crypto.randomUUID())] }))
    const agent = new Agent({ model, tools: [ping] })
    const run = agent.iter('Go')
    await expect(run.finish()).rejects.toThrow('request_limit of 50')
    expect(run.usage.requests).toBe(50)
    expect(run.usage.toolCalls).toBe(50)
  })

  it('of tool calls lets none of them run', async () => {
    const agent = new Agent({ model: pingThenDone(), tools: [ping] })
    const run = agent.iter('Go', { usageLimits: { toolCallsLimit: 1 } })
    await rejection(run.finish())
    expect(run.usage.toolCalls).toBe(0)
  })

  it('of the run goes instead of the agent’s', async () => {
    const agent = new Agent({ model: script('ok'), usageLimits: { requestLimit: 0 } })
    await expect(agent.run('Go')).rejects.toBeInstanceOf(UsageLimitExceeded)
    expect((await agent.run('Go', { usageLimits: { requestLimit: 1 } })).output).toBe('ok')
  })

  it('that makes no sense is refused before anything runs', async () => {
    const agent = new Agent({ model: script() })
    expect(() => agent.iter('Go', { usageLimits: { requestLimit: -1 } })).toThrow('requestLimit')
  })
})

describe('a run that stopped at a limit', () => {
  it('stops there again, without asking, until the limit is raised', async () => {
    const model = pingThenDone()
    const run = new Agent({ model, tools: [ping] }).iter('Go', { usageLimits: { requestLimit: 1 } })
    const error = await rejection(run.finish())
    expect(await rejection(run.next())).toBe(error)
    expect(model.calls).toHaveLength(1)
    await run.next(undefined, { usageLimits: { requestLimit: 2 } })
    expect((await run.finish()).output).toBe('done')
    expect(outline(run.allMessages())).toEqual([asked, calls, results, ['text: done']])
  })

  it('does not pay twice for the response it dropped', async () => {
    const model = pingThenDone()
    const run = new Agent({ model, tools: [ping] }).iter('Go', {
      usageLimits: { outputTokensLimit: 9 },
    })
    await expect(run.finish()).rejects.toThrow('output_tokens_limit of 9')
    expect(run.usage).toMatchObject({ requests: 2, outputTokens: 10 })
    await run.next(undefined, { usageLimits: { outputTokensLimit: 10 } })
    expect((await run.finish()).output).toBe('done')
    expect(run.usage).toMatchObject({ requests: 2, outputTokens: 10 })
    expect(model.calls).toHaveLength(2)
  })

  it('runs its tools once the limit of calls is raised', async () => {
    const run = new Agent({ model: pingThenDone(), tools: [ping] }).iter('Go', {
      usageLimits: { toolCallsLimit: 1 },
    })
    await rejection(run.finish())
    await run.next(undefined, { usageLimits: { toolCallsLimit: 2 } })
    expect((await run.finish()).usage.toolCalls).toBe(2)
  })

  it('is found by its error', async () => {
    const agent = new Agent({ model: script('ok') })
    const error = await rejection(agent.run('Go', { usageLimits: { requestLimit: 0 } }))
    const run = AgentRun.of(error)
    await run?.next(undefined, { usageLimits: { requestLimit: 1 } })
    expect((await run?.finish())?.output).toBe('ok')
  })
})

describe('cost', () => {
  /** As a provider's model looks, answering 1,000 tokens of input with 1,000 of output. */
  function remote(modelName: string, response: Partial<ModelResponseInput> = {}) {
    const { profile } = script()
    const usage = { inputTokens: 1000, outputTokens: 1000 }
    return {
      modelName,
      system: 'openai',
      profile,
      isRemote: true,
      request: async () => ({
        parts: [says('ok')],
        usage,
        timestamp: '2026-01-01T00:00:00Z',
        ...response,
      }),
    }
  }

  it('of a remote model is looked up, and kept with response and run', async () => {
    const result = await new Agent({ model: remote('gpt-4o') }).run('Go')
    expect(result.usage.cost).toBe('0.0125')
    expect(result.response.usage.cost).toBe('0.0125')
  })

  it('as the response tells it is believed', async () => {
    const model = remote('gpt-4o', { usage: { inputTokens: 1, cost: '7' } })
    expect((await new Agent({ model }).run('Go')).usage.cost).toBe('7')
  })

  it('is null when nobody knows the model', async () => {
    const result = await new Agent({ model: remote('gpt-none') }).run('Go')
    expect(result.usage.cost).toBeNull()
  })

  it('is not looked up for models that are not remote', async () => {
    const result = await new Agent({ model: { ...remote('gpt-4o'), isRemote: false } }).run('Go')
    expect(result.usage.cost).toBeNull()
  })

  it('beyond the limit drops the response and keeps the bill', async () => {
    const run = new Agent({ model: remote('gpt-4o') }).iter('Go', {
      usageLimits: { costLimit: 0.01 },
    })
    await expect(run.finish()).rejects.toThrow(
      'Exceeded the `cost_limit` of 0.01 (`usage.cost`=0.0125)',
    )
    expect(outline(run.allMessages())).toEqual([asked])
    expect(run.usage.cost).toBe('0.0125')
  })
})
