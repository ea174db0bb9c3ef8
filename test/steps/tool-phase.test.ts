import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Agent } from '../../src/agent/index.ts'
import { ModelRetry, ToolFailed } from '../../src/errors/index.ts'

import { ManualClock } from '../../src/testing/index.ts'
import { type RunContext, tool, toolReturn } from '../../src/tools/index.ts'
import { call, outline, rejection, script } from '../agent/script.ts'
import { toolEvents } from '../helpers/events.ts'

/** Tools named by `names` that take `turns` turns of the event loop, and what they did. */
function paced(names: Readonly<Record<string, { turns: number; sequential?: boolean }>>) {
  const log: string[] = []
  const tools = Object.entries(names).map(([name, { turns, sequential = false }]) =>
    tool({
      name,
      sequential,
      execute: async () => {
        log.push(`start ${name}`)
        for (let i = 0; i < turns; i += 1) await new Promise(setImmediate)
        log.push(`end ${name}`)
        return name
      },
    }),
  )
  return { log, tools }
}

describe('calls of one response', () => {
  it('run together, and their results stand in the order of the calls', async () => {
    const { log, tools } = paced({ slow: { turns: 3 }, quick: { turns: 1 } })
    const agent = new Agent({ model: script([call('slow'), call('quick')], 'ok'), tools })
    const stream = agent.stream('Go')
    const events = await toolEvents(stream)
    const { run } = stream
    expect(log).toEqual(['start slow', 'start quick', 'end quick', 'end slow'])
    expect(outline(run.allMessages())[2]).toEqual(['slow returned: slow', 'quick returned: quick'])
    expect(
      events.map((event) =>
        'part' in event && 'toolName' in event.part
          ? `${event.eventKind} ${event.part.toolName}`
          : '',
      ),
    ).toEqual([
      'function_tool_call slow',
      'function_tool_call quick',
      'function_tool_result quick',
      'function_tool_result slow',
    ])
  })

  it('a sequential one runs alone: after those before it, before those behind it', async () => {
    const { log, tools } = paced({
      a: { turns: 2 },
      b: { turns: 1 },
      alone: { turns: 1, sequential: true },
      c: { turns: 1 },
    })
    const calls = ['a', 'b', 'alone', 'c'].map((name) => call(name))
    await new Agent({ model: script(calls, 'ok'), tools }).run('Go')
    expect(log).toEqual([
      'start a',
      'start b',
      'end b',
      'end a',
      'start alone',
      'end alone',
      'start c',
      'end c',
    ])
  })

  it.each([
    { maxConcurrency: 1, most: 1 },
    { maxConcurrency: 2, most: 2 },
    { maxConcurrency: 9, most: 4 },
  ])('at most $maxConcurrency run at the same time', async ({ maxConcurrency, most }) => {
    let running = 0
    let peak = 0
    const work = tool({
      name: 'work',
      execute: async () => {
        peak = Math.max(peak, (running += 1))
        await new Promise(setImmediate)
        running -= 1
      },
    })
    const calls = ['a', 'b', 'c', 'd'].map((id) => call('work', {}, id))
    const agent = new Agent({ model: script(calls, 'ok', calls, 'ok'), tools: [work] })
    await agent.run('Go', { maxConcurrency })
    expect(peak).toBe(most)
    peak = 0
    await agent.with({ maxConcurrency }).run('Go')
    expect(peak).toBe(most)
  })

  it('a bound of none is refused', () => {
    expect(() => new Agent({ model: script() }).iter('Go', { maxConcurrency: 0 })).toThrow(
      '`maxConcurrency` is 0',
    )
  })

  it('with one id run each with its own arguments', async () => {
    const add = tool({
      name: 'double',
      inputSchema: z.object({ n: z.number() }),
      execute: ({ n }) => 2 * n,
    })
    const calls = [call('double', { n: 1 }, 'same'), call('double', { n: 5 }, 'same')]
    const run = new Agent({ model: script(calls, 'ok'), tools: [add] }).iter('Go')
    await run.finish()
    expect(outline(run.allMessages())[2]).toEqual(['double returned: 2', 'double returned: 10'])
  })

  it('that end as they begin still begin in the order of the response', async () => {
    const log: string[] = []
    const names = ['a', 'b', 'c', 'd', 'e']
    const tools = names.map((name) => tool({ name, execute: () => void log.push(name) }))
    const calls = names.map((name) => call(name))
    await new Agent({ model: script(calls, 'ok'), tools, maxConcurrency: 2 }).run('Go')
    expect(log).toEqual(names)
  })

  it('wait for their turn in thousands, also when they end as they begin', async () => {
    let count = 0
    const one = tool({ name: 'one', sequential: true, execute: () => (count += 1) })
    const calls = Array.from({ length: 6_000 }, () => call('one'))
    await new Agent({ model: script(calls, 'ok'), tools: [one] }).run('Go')
    expect(count).toBe(6_000)
  })

  it('by the hundred take no time to speak of', async () => {
    const calls = Array.from({ length: 1000 }, (_, i) => call('work', {}, `c${i}`))
    const work = tool({ name: 'work', execute: () => 1 })
    const before = performance.now()
    const result = await new Agent({ model: script(calls, 'ok'), tools: [work] }).run('Go')
    expect(result.usage.toolCalls).toBe(1000)
    expect(performance.now() - before).toBeLessThan(1000)
  })
})

describe('a call that fails', () => {
  it('stops its siblings; finished ones keep their results and do not run again', async () => {
    const trouble = new Error('disk full')
    let isBroken = true
    const ran: string[] = []
    const note = (name: string, ctx: RunContext) => ran.push(`${name} ${ctx.attempt}`)
    const tools = [
      tool({
        name: 'quick',
        execute: (_, ctx) => {
          note('quick', ctx)
          return 'done'
        },
      }),
      tool({
        name: 'broken',
        execute: async (_, ctx) => {
          note('broken', ctx)
          await new Promise(setImmediate)
          if (isBroken) throw trouble
          return 'mended'
        },
      }),
      tool({
        name: 'slow',
        execute: (_, ctx) => {
          note('slow', ctx)
          if (!isBroken) return 'in time'
          return new Promise((_resolve, reject) => {
            ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason as Error))
          })
        },
      }),
    ]
    const model = script(
      ['quick', 'broken', 'slow'].map((name) => call(name)),
      'ok',
    )
    const run = new Agent({ model, tools }).iter('Go')
    expect(await rejection(run.finish())).toBe(trouble)
    expect(outline(run.allMessages())[2]).toEqual(['(interrupted)', 'quick returned: done'])
    expect(run.usage.toolCalls).toBe(1)
    isBroken = false
    expect((await run.finish()).output).toBe('ok')
    expect(outline(run.allMessages())[2]).toEqual([
      'quick returned: done',
      'broken returned: mended',
      'slow returned: in time',
    ])
    expect(ran).toEqual(['quick 0', 'broken 0', 'slow 0', 'broken 1', 'slow 1'])
    expect(run.usage.toolCalls).toBe(3)
  })

  it('does not count as an attempt of a call that waited for its turn', async () => {
    let isBroken = true
    const attempts: number[] = []
    const tools = [
      tool({
        name: 'broken',
        execute: () => {
          if (isBroken) throw new Error('disk full')
        },
      }),
      tool({ name: 'waiting', execute: (_, ctx) => void attempts.push(ctx.attempt) }),
    ]
    const model = script([call('broken'), call('waiting')], 'ok')
    const run = new Agent({ model, tools, maxConcurrency: 1 }).iter('Go')
    await rejection(run.finish())
    isBroken = false
    await run.finish()
    expect(attempts).toEqual([0])
  })

  it('for good tells the model so and costs no retry', async () => {
    const gone = tool({
      name: 'gone',
      execute: () => {
        throw new ToolFailed('The file is gone.')
      },
    })
    const model = script([call('gone')], [call('gone')], 'ok')
    const run = new Agent({ model, tools: [gone], retries: 0 }).iter('Go')
    await run.finish()
    expect(outline(run.allMessages())[2]).toEqual(['gone failed: The file is gone.'])
    expect(run.usage.toolCalls).toBe(0)
  })

  it('with a ModelRetry asks the model again', async () => {
    const pick = tool({
      name: 'pick',
      inputSchema: z.object({ n: z.number() }),
      execute: ({ n }) => {
        if (n < 3) throw new ModelRetry('Too small.')
        return n
      },
    })
    const model = script([call('pick', { n: 1 })], [call('pick', { n: 3 })], 'ok')
    const run = new Agent({ model, tools: [pick] }).iter('Go')
    await run.finish()
    expect(outline(run.allMessages())[2]).toEqual(['pick retry: Too small.'])
    expect(run.usage.toolCalls).toBe(1)
  })
})

describe('a call that takes too long', () => {
  function sleepy(clock: ManualClock, timeoutMs?: number) {
    const signals: AbortSignal[] = []
    const sleep = tool({
      name: 'sleep',
      inputSchema: z.object({ ms: z.number() }),
      execute: ({ ms }, ctx) => {
        signals.push(ctx.signal)
        return new Promise((resolve) => clock.setTimeout(() => resolve('awake'), ms))
      },
      ...(timeoutMs !== undefined && { timeoutMs }),
    })
    return { sleep, signals }
  }

  it.each([
    { by: 'the tool', own: 50, agent: 7, text: 'Timed out after 0.05 seconds.' },
    { by: 'the agent', own: undefined, agent: 1500, text: 'Timed out after 1.5 seconds.' },
  ])(
    'by the limit of $by is told to the model, and its late answer is dropped',
    async ({ own, agent: toolTimeoutMs, text }) => {
      const clock = new ManualClock()
      const { sleep, signals } = sleepy(clock, own)
      const model = script([call('sleep', { ms: 5000 })], [call('sleep', { ms: 1 })], 'ok')
      const run = new Agent({ model, tools: [sleep], toolTimeoutMs }).iter('Go', { clock })
      const ended = run.finish()
      await clock.advance(1600)
      await clock.advance(5000)
      await ended
      expect(outline(run.allMessages()).slice(2)).toEqual([
        [`sleep retry: ${text}`],
        ['call: sleep'],
        ['sleep returned: awake'],
        ['text: ok'],
      ])
      expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
      expect(run.usage.toolCalls).toBe(1)
      expect(clock.pendingTimers).toBe(0)
    },
  )

  it('and rejects later harms nobody', async () => {
    const clock = new ManualClock()
    const late = tool({
      name: 'late',
      timeoutMs: 10,
      execute: () =>
        new Promise((_, reject) => clock.setTimeout(() => reject(new Error('too late')), 20)),
    })
    const run = new Agent({ model: script([call('late')], 'ok'), tools: [late] }).iter('Go', {
      clock,
    })
    const ended = run.finish()
    await clock.advance(10)
    await clock.advance(10)
    expect((await ended).output).toBe('ok')
  })

  it('counts as a retry', async () => {
    const clock = new ManualClock()
    const { sleep } = sleepy(clock, 10)
    const calls = [call('sleep', { ms: 1000 })]
    const ended = rejection(
      new Agent({ model: script(calls, calls), tools: [sleep] }).run('Go', { clock }),
    )
    await clock.advance(10)
    await clock.advance(10)
    expect(String(await ended)).toContain("Tool 'sleep' exceeded max retries count of 1")
  })
})

describe('a tool', () => {
  it('gets its arguments as its schema completes them', async () => {
    const seen: unknown[] = []
    const order = tool({
      name: 'order',
      inputSchema: z.object({
        count: z.number().default(1),
        when: z.string().transform((text) => new Date(text)),
      }),
      execute: (input) => void seen.push(input),
    })
    const model = script([call('order', '{"when":"2025-01-02"}')], 'ok')
    await new Agent({ model, tools: [order] }).run('Go')
    expect(seen).toEqual([{ count: 1, when: new Date('2025-01-02') }])
  })

  it('sees which call it answers, and the response that asked', async () => {
    const seen: unknown[] = []
    const look = tool({
      name: 'look',
      execute: (_, ctx) => {
        seen.push([ctx.toolName, ctx.toolCallId, ctx.runStep, ctx.messages.length, ctx.prompt])
        seen.push([ctx.toolCallApproved, ctx.toolCallMetadata, ctx.partialOutput, ctx.attempt])
        seen.push(ctx.messages.at(-1)?.kind)
      },
    })
    await new Agent({ model: script([call('look', {}, 'c7')], 'ok'), tools: [look] }).run('Go')
    expect(seen).toEqual([['look', 'c7', 1, 2, 'Go'], [false, null, false, 0], 'response'])
  })

  it('may say more than its value', async () => {
    const shot = { kind: 'image-url' as const, url: 'https://example.com/a.png' }
    const look = tool({
      name: 'look',
      inputSchema: z.object({ n: z.number() }),
      execute: ({ n }) =>
        toolReturn({ value: { n }, content: n === 1 ? 'See below.' : [shot], metadata: { n } }),
    })
    const plain = tool({ name: 'plain', execute: () => toolReturn({ value: 'only this' }) })
    const calls = [call('look', { n: 1 }, 'a'), call('plain'), call('look', { n: 2 }, 'b')]
    const run = new Agent({ model: script(calls, 'ok'), tools: [look, plain] }).iter('Go')
    await run.finish()
    expect(run.allMessages()[2]?.parts).toMatchObject([
      { partKind: 'tool-return', content: { n: 1 }, metadata: { n: 1 } },
      { partKind: 'tool-return', content: 'only this', metadata: null },
      { partKind: 'tool-return', content: { n: 2 }, metadata: { n: 2 } },
      { partKind: 'user-prompt', content: 'See below.' },
      { partKind: 'user-prompt', content: [{ ...shot, mediaType: 'image/png' }] },
    ])
  })

  it('may not put such a return inside of a list', async () => {
    const list = tool({ name: 'l', execute: () => [toolReturn({ value: 1 })] })
    await expect(
      new Agent({ model: script([call('l')]), tools: [list] }).run('Go'),
    ).rejects.toThrow(
      "The return value of tool 'l' contains invalid nested `ToolReturn` objects. `ToolReturn` should be used directly.",
    )
  })

  it('that returns what its outputSchema does not know ends the step', async () => {
    const typed = tool({
      name: 'typed',
      outputSchema: z.object({ n: z.number() }),
      execute: () => ({ n: 'one' }),
    })
    await expect(
      new Agent({ model: script([call('typed')]), tools: [typed] }).run('Go'),
    ).rejects.toThrow(/'typed'.*outputSchema.*n/)
  })

  it('is prepared anew in each step: changed, left out, or as it is', async () => {
    const steps: number[] = []
    const ping = tool({
      name: 'ping',
      execute: () => 'pong',
      prepare: (ctx, definition) => {
        steps.push(ctx.runStep)
        return ctx.runStep === 3 ? null : { ...definition, description: `step ${ctx.runStep}` }
      },
    })
    const model = script([call('ping')], [call('ping')], [call('ping')], 'ok')
    const run = new Agent({ model, tools: [ping] }).iter('Go')
    await run.finish()
    expect(steps).toEqual([1, 2, 3, 4])
    expect(
      model.calls.map(({ parameters }) => parameters.functionTools.map((one) => one.description)),
    ).toEqual([['step 1'], ['step 2'], [], ['step 4']])
    expect(outline(run.allMessages())[6]).toEqual([
      "ping retry: Unknown tool name: 'ping'. No tools available.",
    ])
  })

  it('is told to the model with everything of its definition that it may know', async () => {
    const model = script('ok')
    const ping = tool({
      name: 'ping',
      description: 'Plays.',
      strict: true,
      sequential: true,
      metadata: { own: 1 },
      timeoutMs: 5,
      execute: () => 'pong',
    })
    await new Agent({ model, tools: [ping] }).run('Go')
    expect(model.calls[0]?.parameters.functionTools).toMatchObject([
      {
        name: 'ping',
        description: 'Plays.',
        strict: true,
        kind: 'function',
        parametersJsonSchema: { type: 'object' },
      },
    ])
  })
})
