import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Agent } from '../../src/agent/index.ts'
import { ModelRetry, UnexpectedModelBehavior } from '../../src/errors/index.ts'
import { deferredToolRequests, nativeOutput, text, textOutput } from '../../src/output/index.ts'
import { tool } from '../../src/tools/index.ts'
import { call, outline, rejection, script } from '../agent/script.ts'

describe('output validators', () => {
  it('run in order, each on what the one before it made', async () => {
    const agent = new Agent({
      model: script('a'),
      outputValidators: [(said) => `${said}b`, async (said) => `${said}c`],
    })
    expect((await agent.run('Go')).output).toBe('abc')
  })

  it('ask the model again with a ModelRetry, and those behind do not run', async () => {
    const seen: string[] = []
    const agent = new Agent({
      model: script('short', 'long enough'),
      outputValidators: [
        (said) => {
          if (said.length < 6) throw new ModelRetry('Longer, please.')
          return said
        },
        (said) => {
          seen.push(said)
          return said
        },
      ],
    })
    const run = agent.iter('Go')
    expect((await run.finish()).output).toBe('long enough')
    expect(outline(run.allMessages())[2]).toEqual(['output retry: Longer, please.'])
    expect(seen).toEqual(['long enough'])
  })

  it('know how often the output was tried, and how often it may be', async () => {
    const seen: unknown[] = []
    const agent = new Agent({
      model: script('a', 'b', 'c'),
      retries: { output: 2 },
      outputValidators: [
        (_, ctx) => {
          seen.push([ctx.retry, ctx.maxRetries, ctx.lastAttempt, ctx.runStep, ctx.toolName])
          throw new ModelRetry('Again.')
        },
      ],
    })
    const error = await rejection(agent.run('Go'))
    expect(error).toBeInstanceOf(UnexpectedModelBehavior)
    expect(error).toMatchObject({
      message: expect.stringContaining('Exceeded maximum output retries (2)'),
      cause: { name: 'ModelRetry' },
    })
    expect(seen).toEqual([
      [0, 2, false, 1, null],
      [1, 2, false, 2, null],
      [2, 2, true, 3, null],
    ])
  })

  it.each([
    {
      form: 'a tool',
      output: z.object({ n: z.number() }),
      answer: [call('final_result', { n: 1 })],
    },
    { form: 'native text', output: nativeOutput(z.object({ n: z.number() })), answer: '{"n":1}' },
    { form: 'a text function', output: textOutput((said) => ({ n: said.length })), answer: 'x' },
  ])('see the value that $form made', async ({ output, answer }) => {
    const seen: unknown[] = []
    const agent = new Agent({
      model: script(answer),
      output,
      outputValidators: [
        (value) => {
          seen.push(value)
          return value
        },
      ],
    })
    await agent.run('Go')
    expect(seen).toEqual([{ n: 1 }])
  })

  it('answer an output call with the retry prompt of its tool', async () => {
    const agent = new Agent({
      model: script([call('final_result', { n: 1 })], [call('final_result', { n: 2 })]),
      output: z.object({ n: z.number() }),
      outputValidators: [
        (value, ctx) => {
          expect(ctx.toolName).toBe('final_result')
          if (value.n < 2) throw new ModelRetry('More.')
          return value
        },
      ],
    })
    const run = agent.iter('Go')
    await run.finish()
    expect(outline(run.allMessages())[2]).toEqual(['final_result retry: More.'])
  })

  it('that throw anything else end the run with that very error, and may be tried again', async () => {
    const trouble = new Error('disk full')
    let isBroken = true
    const agent = new Agent({
      model: script('ok'),
      outputValidators: [
        (said) => {
          if (isBroken) throw trouble
          return said
        },
      ],
    })
    const run = agent.iter('Go')
    expect(await rejection(run.finish())).toBe(trouble)
    expect(outline(run.allMessages())).toEqual([['user: Go'], ['text: ok']])
    isBroken = false
    expect((await run.finish()).output).toBe('ok')
  })

  it('do not see deferred requests', async () => {
    const seen: unknown[] = []
    const agent = new Agent({
      model: script([call('pay')]),
      tools: [tool({ name: 'pay', needsApproval: true, execute: () => 1 })],
      output: [text, deferredToolRequests],
      outputValidators: [
        (value) => {
          seen.push(value)
          return value
        },
      ],
    })
    expect((await agent.run('Go')).output).toMatchObject({ approvals: [{ toolName: 'pay' }] })
    expect(seen).toEqual([])
  })

  it('decide about an empty response where null is allowed', async () => {
    const agent = new Agent({
      model: script([], 'text'),
      output: [text, null],
      outputValidators: [
        (value) => {
          if (value === null) throw new ModelRetry('Say something.')
          return value
        },
      ],
    })
    const run = agent.iter('Go')
    expect((await run.finish()).output).toBe('text')
    expect(outline(run.allMessages())[2]).toEqual(['output retry: Say something.'])
  })
})
