import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Agent } from '../../src/agent/index.ts'
import { ApprovalRequired, CallDeferred } from '../../src/errors/index.ts'
import type { DeferredToolResults } from '../../src/messages/index.ts'
import { deferredToolRequests, text } from '../../src/output/index.ts'
import { tool, toolReturn } from '../../src/tools/index.ts'
import { externalToolset } from '../../src/toolsets/index.ts'
import type { ScriptedModel } from '../../src/testing/index.ts'
import { call, outline, rejection, script } from '../agent/script.ts'
import { toolEvents } from '../helpers/events.ts'

const seen: unknown[] = []

const pay = tool({
  name: 'pay',
  inputSchema: z.object({ euros: z.number() }),
  needsApproval: true,
  execute: ({ euros }, ctx) => {
    seen.push([euros, ctx.toolCallApproved, ctx.toolCallMetadata])
    return `paid ${euros}`
  },
})
const payMuch = tool({
  name: 'pay_much',
  inputSchema: z.object({ euros: z.number() }),
  needsApproval: ({ euros }) => euros > 10,
  execute: ({ euros }) => `paid ${euros}`,
})
const later = tool({
  name: 'later',
  execute: () => {
    throw new CallDeferred({ metadata: { ticket: 7 } })
  },
})
const asks = tool({
  name: 'asks',
  execute: (_, ctx) => {
    if (ctx.toolCallApproved) return ctx.toolCallMetadata
    throw new ApprovalRequired({ metadata: { why: 'danger' } })
  },
})
const ping = tool({ name: 'ping', execute: () => 'pong' })
const browser = externalToolset([
  {
    name: 'where',
    description: null,
    parametersJsonSchema: {
      type: 'object',
      properties: { exact: { type: 'boolean' } },
      required: ['exact'],
    },
  },
])

function agentOn(model: ScriptedModel) {
  return new Agent({
    model,
    tools: [pay, payMuch, later, asks, ping],
    toolsets: [browser],
    output: [text, deferredToolRequests],
  })
}

/** The run that ended with requests, then the one with these results. */
async function roundTrip(
  calls: readonly ReturnType<typeof call>[],
  results: DeferredToolResults,
  prompt: string | null = null,
) {
  const agent = agentOn(script(calls, 'ok'))
  const first = await agent.run('Go')
  const run = agent.iter(prompt, {
    messageHistory: first.allMessages(),
    deferredToolResults: results,
  })
  await run.finish()
  return { run, requests: first.output, told: outline(run.newMessages())[0] }
}

describe('a run with calls that cannot be answered in it', () => {
  it('ends with them: those put off while running first, then those declared', async () => {
    const calls = [
      call('pay', { euros: 1 }),
      call('where', { exact: true }),
      call('ping'),
      call('later'),
      call('asks'),
      call('pay_much', { euros: 50 }),
    ]
    const run = agentOn(script(calls)).iter('Go')
    const { output } = await run.finish()
    expect(output).toMatchObject({
      calls: [{ toolName: 'later' }, { toolName: 'where' }],
      approvals: [{ toolName: 'asks' }, { toolName: 'pay_much' }, { toolName: 'pay' }],
      metadata: { later: { ticket: 7 }, asks: { why: 'danger' } },
    })
    expect(outline(run.allMessages()).at(-1)).toEqual(['ping returned: pong'])
    expect(run.usage.toolCalls).toBe(1)
  })

  it('ends with the response when nothing else ran', async () => {
    const run = agentOn(script([call('pay', { euros: 1 })])).iter('Go')
    await run.finish()
    expect(run.allMessages()).toHaveLength(2)
  })

  it('goes on when the arguments of an approval do not fit', async () => {
    const run = agentOn(script([call('pay', { euros: 'x' })], 'ok')).iter('Go')
    expect((await run.finish()).output).toBe('ok')
    expect(outline(run.allMessages())[2]).toEqual([expect.stringContaining('pay retry: [{')])
  })

  it('leaves the arguments of an external call to whoever answers it, if they are an object', async () => {
    const { output } = await agentOn(script([call('where', {})])).run('Go')
    expect(output).toMatchObject({ calls: [{ toolName: 'where', args: {} }] })
    const broken = agentOn(script([call('where', '{')])).run('Go')
    await expect(broken).rejects.toThrow("Tool 'where' exceeded max retries count of 0")
  })

  it('asks by function only for the arguments that need it', async () => {
    const run = agentOn(script([call('pay_much', { euros: 5 })], 'ok')).iter('Go')
    await run.finish()
    expect(outline(run.allMessages())[2]).toEqual(['pay_much returned: paid 5'])
  })

  it('cannot tell calls with one id apart', async () => {
    const calls = [call('pay', { euros: 1 }, 'a'), call('pay', { euros: 2 }, 'a')]
    await expect(agentOn(script(calls)).run('Go')).rejects.toThrow(
      "Deferred tool calls must have unique tool_call_id values; duplicate ids: ['a']",
    )
  })

  it('must declare that it may end so', async () => {
    const agent = new Agent({ model: script([call('pay', { euros: 1 })]), tools: [pay] })
    await expect(agent.run('Go')).rejects.toThrow(
      'A deferred tool call was present, but `DeferredToolRequests` is not among output types.',
    )
  })

  it('tells of them in an event', async () => {
    const events = await toolEvents(agentOn(script([call('pay', { euros: 1 })])).stream('Go'))
    expect(events.map(({ eventKind }) => eventKind)).toEqual([
      'function_tool_call',
      'deferred_tool_requests',
    ])
  })
})

describe('the answers', () => {
  const one = [call('pay', { euros: 1 })]

  it.each<{ verdict: string; results: DeferredToolResults; told: string }>([
    { verdict: 'true', results: { approvals: { pay: true } }, told: 'pay returned: paid 1' },
    {
      verdict: 'false',
      results: { approvals: { pay: false } },
      told: 'pay denied: The tool call was denied.',
    },
    {
      verdict: 'other arguments',
      results: { approvals: { pay: { kind: 'tool-approved', overrideArgs: { euros: 2 } } } },
      told: 'pay returned: paid 2',
    },
    {
      verdict: 'a denial with words',
      results: { approvals: { pay: { kind: 'tool-denied', message: 'Too dear.' } } },
      told: 'pay denied: Too dear.',
    },
    {
      verdict: 'a value in its place',
      results: { calls: { pay: 'paid in cash' } },
      told: 'pay returned: paid in cash',
    },
  ])('to an approval: $verdict', async ({ results, told }) => {
    expect((await roundTrip(one, results)).told).toEqual([told])
  })

  it('arguments put in the place of others are checked again', async () => {
    const overrideArgs = { euros: 'much' }
    const { told } = await roundTrip(one, {
      approvals: { pay: { kind: 'tool-approved', overrideArgs } },
    })
    expect(told).toEqual([expect.stringContaining('pay retry: [{')])
  })

  const where = [call('where', { exact: true })]

  it.each<{ answer: string; value: unknown; told: string[] }>([
    { answer: 'a value', value: { lat: 1 }, told: ['where returned: {"lat":1}'] },
    { answer: 'nothing', value: null, told: ['where returned: null'] },
    {
      answer: 'a rich return',
      value: toolReturn({ value: 1, content: 'On the map.' }),
      told: ['where returned: 1', 'user: On the map.'],
    },
    {
      answer: 'a rich return that went through JSON',
      value: { kind: 'tool-return', returnValue: 1, content: null },
      told: ['where returned: 1'],
    },
    {
      answer: 'a failure',
      value: { kind: 'tool-failed', message: 'No GPS.' },
      told: ['where failed: No GPS.'],
    },
    {
      answer: 'a wish to be asked again',
      value: { kind: 'model-retry', message: 'Ask better.' },
      told: ['where retry: Ask better.'],
    },
    {
      answer: 'data that only looks like an answer',
      value: { kind: 'tool-return', items: [1] },
      told: ['where returned: {"kind":"tool-return","items":[1]}'],
    },
  ])('to an external call: $answer', async ({ value, told }) => {
    expect((await roundTrip(where, { calls: { where: value } })).told).toEqual(told)
  })

  it('reach the tool with what was attached', async () => {
    seen.length = 0
    await roundTrip(one, { approvals: { pay: true }, metadata: { pay: { by: 'Ann' } } })
    expect(seen).toEqual([[1, true, { by: 'Ann' }]])
  })

  it('to a tool that asked while it ran let it run', async () => {
    const { told } = await roundTrip([call('asks')], {
      approvals: { asks: true },
      metadata: { asks: { by: 'Ann' } },
    })
    expect(told).toEqual(['asks returned: {"by":"Ann"}'])
  })

  it('stand in a request of their own behind what ran before, and the prompt after them', async () => {
    const { run } = await roundTrip(
      [call('ping'), call('pay', { euros: 1 })],
      { approvals: { pay: true } },
      'And hurry.',
    )
    expect(outline(run.allMessages()).slice(1)).toEqual([
      ['call: ping', 'call: pay'],
      ['ping returned: pong'],
      ['pay returned: paid 1', 'user: And hurry.'],
      ['text: ok'],
    ])
    expect(run.newMessages()).toHaveLength(2)
  })

  it('survive JSON on the way', async () => {
    const agent = agentOn(script(one, 'ok'))
    const first = await agent.run('Go')
    const saved = JSON.stringify([first.allMessages(), { approvals: { pay: true } }])
    const [messageHistory, deferredToolResults] = JSON.parse(saved)
    const result = await agent.run(null, { messageHistory, deferredToolResults })
    expect(result.output).toBe('ok')
  })

  it.each<{ why: string; results: DeferredToolResults; got: string }>([
    { why: 'one is missing', results: { approvals: { pay: true } }, got: "{'pay'}" },
    {
      why: 'one is for no call',
      results: { approvals: { pay: true, pay2: true, nobody: true } },
      got: "{'nobody', 'pay', 'pay2'}",
    },
  ])('are refused when $why', async ({ results, got }) => {
    const calls = [call('pay', { euros: 1 }), call('pay', { euros: 2 }, 'pay2')]
    const error = await rejection(roundTrip(calls, results))
    expect(error).toMatchObject({
      name: 'UserError',
      message: `Tool call results need to be provided for all deferred tool calls. Expected: {'pay', 'pay2'}, got: ${got}`,
    })
  })

  it('are refused when the calls have one id', async () => {
    const messageHistory = [
      { kind: 'request' as const, parts: [{ partKind: 'user-prompt' as const, content: 'Go' }] },
      {
        kind: 'response' as const,
        parts: [call('pay', { euros: 1 }, 'a'), call('pay', { euros: 2 }, 'a')],
      },
    ]
    const deferredToolResults = { approvals: { a: true } }
    await expect(
      agentOn(script()).run(null, { messageHistory, deferredToolResults }),
    ).rejects.toThrow(
      "Tool call results cannot be matched unambiguously because the message history contains duplicate tool_call_id values: ['a']",
    )
  })

  it('may lead to new requests', async () => {
    const agent = agentOn(script([call('pay', { euros: 1 })], [call('pay', { euros: 2 }, 'pay2')]))
    const first = await agent.run('Go')
    const second = await agent.run(null, {
      messageHistory: first.allMessages(),
      deferredToolResults: { approvals: { pay: true } },
    })
    expect(second.output).toMatchObject({ approvals: [{ toolCallId: 'pay2' }] })
    expect(second.conversationId).toBe(first.conversationId)
    expect(second.runId).not.toBe(first.runId)
  })
})
