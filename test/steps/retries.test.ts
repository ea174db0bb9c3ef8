import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Agent } from '../../src/agent/index.ts'
import { IncompleteToolCall, ModelRetry, UnexpectedModelBehavior } from '../../src/errors/index.ts'
import { toolOutput } from '../../src/output/index.ts'
import { ScriptedModel } from '../../src/testing/index.ts'
import { type RunContext, tool } from '../../src/tools/index.ts'
import { functionToolset } from '../../src/toolsets/index.ts'
import { call, outline, rejection, says, script } from '../agent/script.ts'

/** Always asks for another try; writes down what its context says. */
function stubborn(seen: unknown[] = [], maxRetries?: number) {
  return tool({
    name: 'x',
    execute: (_, ctx) => {
      seen.push([ctx.retry, ctx.maxRetries, ctx.lastAttempt])
      throw new ModelRetry('Again.')
    },
    ...(maxRetries !== undefined && { maxRetries }),
  })
}

const city = z.object({ city: z.string() })
const oslo = { city: 'Oslo' }

describe('the retries of a tool', () => {
  it.each([
    {
      of: 'nobody',
      own: undefined,
      toolset: undefined,
      agent: undefined,
      run: undefined,
      limit: 1,
    },
    { of: 'the agent', own: undefined, toolset: undefined, agent: 2, run: undefined, limit: 2 },
    { of: 'the run', own: undefined, toolset: undefined, agent: 2, run: 0, limit: 0 },
    { of: 'the toolset', own: undefined, toolset: 2, agent: 4, run: 4, limit: 2 },
    { of: 'the tool', own: 0, toolset: 2, agent: 4, run: 4, limit: 0 },
  ])(
    'are those of $of: $limit, which is one attempt more',
    async ({ own, toolset, agent, run, limit }) => {
      const seen: unknown[] = []
      const tools = functionToolset([stubborn(seen, own)], {
        ...(toolset !== undefined && { maxRetries: toolset }),
      })
      const answers = Array.from({ length: limit + 1 }, () => [call('x')])
      const model = script(...answers)
      const error = await rejection(
        new Agent({
          model,
          toolsets: [tools],
          ...(agent !== undefined && { retries: { tools: agent } }),
        }).run('Go', run === undefined ? {} : { retries: { tools: run } }),
      )
      expect(error).toBeInstanceOf(UnexpectedModelBehavior)
      expect(error).toMatchObject({
        message: expect.stringContaining(`Tool 'x' exceeded max retries count of ${limit}`),
        cause: { name: 'ModelRetry', message: 'Again.' },
      })
      expect(seen).toEqual(Array.from({ length: limit + 1 }, (_, i) => [i, limit, i === limit]))
      model.assertDone()
    },
  )

  it('count steps, not calls: two failures in one response are one', async () => {
    const agent = new Agent({
      model: script([call('x', {}, 'a'), call('x', {}, 'b')], 'ok'),
      tools: [stubborn()],
    })
    expect((await agent.run('Go')).output).toBe('ok')
  })

  it('are given back by a success, and only by one of the same tool', async () => {
    const plan = [false, true, false, false]
    const sometimes = tool({
      name: 'x',
      execute: () => {
        if (plan.shift() === true) return 'fine'
        throw new ModelRetry('Again.')
      },
    })
    const other = tool({ name: 'other', execute: () => 'fine' })
    const run = new Agent({
      model: script([call('x')], [call('x')], [call('x')], [call('other')], [call('x')]),
      tools: [sometimes, other],
    }).iter('Go')
    await expect(run.finish()).rejects.toThrow("Tool 'x' exceeded")
    expect(run.usage.requests).toBe(5)
  })

  it('a failure beside a success in one response counts as a failure', async () => {
    const fails = tool({
      name: 'x',
      inputSchema: z.object({ fail: z.boolean() }),
      execute: ({ fail }) => {
        if (fail) throw new ModelRetry('Again.')
        return 'fine'
      },
    })
    const both = [call('x', { fail: true }, 'a'), call('x', { fail: false }, 'b')]
    await expect(
      new Agent({ model: script(both, both), tools: [fails] }).run('Go'),
    ).rejects.toThrow("Tool 'x' exceeded")
  })

  it('of a name that is no tool are the agent’s', async () => {
    const model = script([call('zz')], [call('zz')], [call('zz')])
    const run = new Agent({ model, retries: 2 }).iter('Go')
    await expect(run.finish()).rejects.toThrow("Tool 'zz' exceeded max retries count of 2")
    expect(outline(run.allMessages())).toContainEqual([
      "zz retry: Unknown tool name: 'zz'. No tools available.",
    ])
  })

  it('that are used up stay so: the same step fails again and nothing runs', async () => {
    const seen: unknown[] = []
    const run = new Agent({ model: script([call('x')]), tools: [stubborn(seen, 0)] }).iter('Go')
    const error = await rejection(run.finish())
    expect(await rejection(run.next())).toBe(error)
    expect(seen).toHaveLength(1)
  })
})

describe('the retries of the output', () => {
  const bad = [call('final_result', {})]

  it('are one for the tool and for empty answers, but only empty answers are held to the budget', async () => {
    const agent = new Agent({ output: city, retries: { output: 2 } })
    const passes = script(bad, [], bad, [call('final_result', oslo)])
    expect((await agent.run('Go', { model: passes })).output).toEqual(oslo)
    const fails = script(bad, [], [])
    await expect(agent.run('Go', { model: fails })).rejects.toThrow(
      'Exceeded maximum output retries (2)',
    )
  })

  it.each([
    { why: 'text', response: 'no JSON' },
    { why: 'nothing', response: [] },
    { why: 'a bad call', response: bad },
  ])('end the run when $why comes once more', async ({ response }) => {
    const agent = new Agent({ output: toolOutput(city) })
    const error = await rejection(agent.run('Go', { model: script(response, response) }))
    expect(error).toBeInstanceOf(UnexpectedModelBehavior)
    expect(String(error)).toContain('Exceeded maximum output retries (1)')
  })

  it('may be those of the tool', async () => {
    const output = toolOutput(city, { maxRetries: 2 })
    const model = script(bad, bad, [call('final_result', oslo)])
    expect((await new Agent({ model, output, retries: 0 }).run('Go')).output).toEqual(oslo)
    await expect(
      new Agent({ model: script(bad, bad, bad), output, retries: 0 }).run('Go'),
    ).rejects.toThrow('Exceeded maximum output retries (2)')
  })

  it('validators see the count of the output, output functions that of their tool', async () => {
    const seen: string[] = []
    const look = (who: string, ctx: RunContext) => {
      seen.push(`${who} ${ctx.retry}/${ctx.maxRetries}`)
    }
    const agent = new Agent({
      model: script([], [call('final_result', oslo)], [call('final_result', oslo)]),
      retries: { output: 3 },
      output: toolOutput(
        {
          outputKind: 'function',
          name: 'make',
          description: undefined,
          inputSchema: city,
          execute: (value: unknown, ctx: RunContext) => {
            look('function', ctx)
            return value
          },
        },
        { maxRetries: 5 },
      ),
      outputValidators: [
        (value, ctx) => {
          look('validator', ctx)
          if (ctx.retry < 2) throw new ModelRetry('Again.')
          return value
        },
      ],
    })
    await agent.run('Go')
    expect(seen).toEqual(['function 0/5', 'validator 1/3', 'function 1/5', 'validator 2/3'])
  })

  it('numbers mean both budgets', async () => {
    const agent = new Agent({ output: toolOutput(city), tools: [stubborn()], retries: 0 })
    await expect(agent.run('Go', { model: script([]) })).rejects.toThrow('output retries (0)')
    await expect(agent.run('Go', { model: script([call('x')]) })).rejects.toThrow('count of 0')
  })
})

describe('a response that the token limit cuts off', () => {
  const cut = {
    parts: [call('x', '{"city": "Os')],
    finishReason: 'length' as const,
  }

  it.each([
    { settings: {}, limit: 'provider default' },
    { settings: { maxTokens: 7 }, limit: '7' },
  ])('in a call is named when the retries are used up ($limit)', async ({ settings, limit }) => {
    const model = new ScriptedModel([cut, cut])
    const error = await rejection(
      new Agent({ model, tools: [stubborn()], modelSettings: settings }).run('Go'),
    )
    expect(error).toBeInstanceOf(IncompleteToolCall)
    expect(String(error)).toContain(
      `Model token limit (${limit}) exceeded while generating a tool call, resulting in incomplete arguments.`,
    )
  })

  it('in an output call as well', async () => {
    const parts = [call('final_result', '{"city": "Os')]
    const model = new ScriptedModel([{ ...cut, parts }])
    const agent = new Agent({ model, output: toolOutput(city), retries: 0 })
    expect(await rejection(agent.run('Go'))).toBeInstanceOf(IncompleteToolCall)
  })

  it('before anything was said is not tried again', async () => {
    const model = new ScriptedModel([{ parts: [], finishReason: 'length' }])
    await expect(new Agent({ model, retries: 5 }).run('Go')).rejects.toThrow(
      'Model token limit (provider default) exceeded before any response was generated.',
    )
  })

  it('in text is taken as it is', async () => {
    const model = new ScriptedModel([{ parts: [says('Once upon')], finishReason: 'length' }])
    expect((await new Agent({ model }).run('Go')).output).toBe('Once upon')
  })
})
