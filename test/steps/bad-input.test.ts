import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Agent, type AgentOptions } from '../../src/agent/index.ts'
import {
  ContentFilterError,
  ModelHTTPError,
  UnexpectedModelBehavior,
  UserError,
} from '../../src/errors/index.ts'
import type { ModelRequest, ModelResponseInput } from '../../src/messages/index.ts'
import { ManualClock, ScriptedModel } from '../../src/testing/index.ts'
import { tool } from '../../src/tools/index.ts'
import { call, outline, rejection, says, script } from '../agent/script.ts'

/** What the model is told of a call of `f` with these arguments, and what `f` got. */
async function answerTo(args: Parameters<typeof call>[1]) {
  const got: unknown[] = []
  const f = tool({
    name: 'f',
    inputSchema: z.looseObject({ n: z.number().optional() }),
    execute: (input) => {
      got.push(input)
      return 'ok'
    },
  })
  const run = new Agent({ model: script([call('f', args)], 'done'), tools: [f] }).iter('Go')
  await run.finish()
  const request = run.allMessages()[2] as ModelRequest
  return { got, part: request.parts[0] }
}

function deep(levels: number): string {
  return `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`
}

describe('arguments', () => {
  it.each([
    { what: 'no JSON', args: '{n: 1', type: 'json_invalid' },
    { what: 'the text null', args: 'null', type: 'object_type' },
    { what: 'no object', args: '[1]', type: 'object_type' },
    { what: 'of the wrong type', args: { n: {} }, type: 'number_type' },
    {
      what: 'with the key __proto__',
      args: '{"__proto__":{"isAdmin":true}}',
      type: 'forbidden_key',
    },
    { what: 'with that key hidden', args: '{"a":{"\\u005f_proto__":1}}', type: 'forbidden_key' },
    { what: 'very deep', args: deep(5_000), type: 'too_deep' },
    { what: 'endlessly deep', args: deep(400_000), type: 'too_deep' },
    { what: 'huge', args: `{"a":"${'x'.repeat(2_000_000)}"}`, type: 'too_large' },
    { what: 'huge, as an object', args: { a: 'x'.repeat(2_000_000) }, type: 'too_large' },
  ])('$what get a retry prompt, and the tool does not run', async ({ args, type }) => {
    const { got, part } = await answerTo(args)
    expect(got).toEqual([])
    expect(part).toMatchObject({ partKind: 'retry-prompt', toolName: 'f', content: [{ type }] })
    expect(JSON.stringify(part).length).toBeLessThan(3_000_000)
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined()
  })

  it('with the key constructor are plain data', async () => {
    const { got } = await answerTo('{"constructor":{"prototype":{"isAdmin":true}}}')
    expect(got).toEqual([{ constructor: { prototype: { isAdmin: true } } }])
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined()
  })

  it.each([{ args: '' }, { args: null }, { args: {} }])(
    'that are not there ($args) are an empty object',
    async ({ args }) => {
      expect((await answerTo(args)).got).toEqual([{}])
    },
  )

  it('of names that objects have by nature are no tools', async () => {
    const model = script([call('toString'), call('__proto__'), call('constructor')], 'done')
    const run = new Agent({ model }).iter('Go')
    await run.finish()
    expect(outline(run.allMessages())[2]).toEqual(
      ['toString', '__proto__', 'constructor'].map(
        (name) => `${name} retry: Unknown tool name: '${name}'. No tools available.`,
      ),
    )
  })
})

/** What the history holds of a result, or the error it ended in. */
async function resultOf(value: unknown) {
  const f = tool({ name: 'f', execute: () => value })
  const run = new Agent({ model: script([call('f')], 'done'), tools: [f] }).iter('Go')
  await run.finish()
  const part = run.allMessages()[2]?.parts[0]
  expect(() => run.allMessagesJson()).not.toThrow()
  return part?.partKind === 'tool-return' ? part.content : undefined
}

class Point {
  readonly x = 1
  readonly #secret = 2
  get sum(): number {
    return this.x + this.#secret
  }
}

describe('a tool that returns', () => {
  it.each([
    { what: 'undefined', value: undefined, kept: null },
    { what: 'undefined inside', value: { a: undefined, b: [undefined] }, kept: { b: [null] } },
    { what: 'a BigInt', value: 12345678901234567890n, kept: '12345678901234567890' },
    { what: 'a BigInt inside', value: [1n], kept: ['1'] },
    { what: 'a Map', value: new Map([['a', new Map([[1, 2]])]]), kept: { a: { 1: 2 } } },
    { what: 'a Set', value: new Set([1, 2]), kept: [1, 2] },
    { what: 'a Date', value: new Date(0), kept: '1970-01-01T00:00:00.000Z' },
    { what: 'an instance of a class', value: new Point(), kept: { x: 1 } },
    { what: 'an object with toJSON', value: { toJSON: () => ({ a: 1 }) }, kept: { a: 1 } },
    { what: 'a promise', value: Promise.resolve([1]), kept: [1] },
    { what: 'bytes', value: new Uint8Array([1, 2]), kept: new Uint8Array([1, 2]) },
  ])('$what: kept as $kept', async ({ value, kept }) => {
    expect(await resultOf(value)).toEqual(kept)
  })

  const circle: Record<string, unknown> = { a: { b: [] } }
  circle['a'] = { b: [circle] }
  let pit: unknown = 1
  for (let i = 0; i < 100_000; i += 1) pit = [pit]

  it.each([
    { what: 'a circle', value: circle, text: 'contains itself at a.b.0' },
    { what: 'a function', value: { on: { click: () => 1 } }, text: 'is a function at on.click' },
    { what: 'a symbol', value: [Symbol('s')], text: 'is a symbol at 0' },
    { what: '50 MB', value: 'x'.repeat(50 * 1024 * 1024), text: 'is too large' },
    {
      what: '50 MB inside',
      value: { a: ['x'.repeat(50 * 1024 * 1024)] },
      text: 'is too large (more than 10485760 characters) at a.0',
    },
    { what: 'a pit', value: pit, text: 'is nested deeper than 200 levels' },
  ])('$what ends the step with an error that says where', async ({ value, text }) => {
    const error = await rejection(resultOf(value))
    expect(error).toBeInstanceOf(UserError)
    expect(String(error)).toContain(`The return value of tool 'f' ${text}`)
  })

  it('an object, may change it later without changing the history', async () => {
    const state = { count: 1 }
    const f = tool({ name: 'f', execute: () => state })
    const run = new Agent({ model: script([call('f')], 'done'), tools: [f] }).iter('Go')
    await run.finish()
    state.count = 2
    expect(outline(run.allMessages())[2]).toEqual(['f returned: {"count":1}'])
  })
})

describe('a tool that throws', () => {
  it.each([
    { what: 'a string', thrown: 'no' },
    { what: 'null', thrown: null },
    { what: 'undefined', thrown: undefined },
    { what: 'an object', thrown: { code: 7 } },
  ])('$what ends the run with an error that names the tool', async ({ thrown }) => {
    const odd = tool({
      name: 'odd',
      execute: () => {
        throw thrown
      },
    })
    const error = await rejection(
      new Agent({ model: script([call('odd')]), tools: [odd] }).run('Go'),
    )
    expect(error).toMatchObject({ name: 'ThrownValueError', toolName: 'odd' })
    expect(error).toHaveProperty('cause', thrown)
    expect(error).toHaveProperty('stack', expect.stringContaining('execute'))
  })

  it('an error ends the run with that very error', async () => {
    const thrown = new TypeError('x is not a function', { cause: 'cause' })
    const throwing = (name: string) =>
      tool({
        name,
        execute: () => {
          throw thrown
        },
      })
    const tools = [throwing('f'), throwing('g')]
    const one = new Agent({ model: script([call('f')]), tools })
    expect(await rejection(one.run('Go'))).toBe(thrown)
    const two = new Agent({ model: script([call('f'), call('g')]), tools })
    expect(await rejection(two.run('Go'))).toBe(thrown)
  })

  it('is in the stack of its error', async () => {
    const f = tool({
      name: 'f',
      execute: function openTheDoor() {
        throw new Error('locked')
      },
    })
    const error = await rejection(new Agent({ model: script([call('f')]), tools: [f] }).run('Go'))
    expect((error as Error).stack).toContain('openTheDoor')
  })

  it('a frozen error is passed on as well', async () => {
    const frozen = Object.freeze(new Error('cold'))
    const f = tool({ name: 'f', execute: () => Promise.reject(frozen) })
    expect(await rejection(new Agent({ model: script([call('f')]), tools: [f] }).run('Go'))).toBe(
      frozen,
    )
  })
})

describe('a tool that hangs', () => {
  it('does not keep a cancelled run beyond the grace, and what it says later is dropped', async () => {
    const clock = new ManualClock()
    let answer: (value: string) => void = () => {}
    const hang = tool({
      name: 'hang',
      execute: () => new Promise<string>((done) => (answer = done)),
    })
    const quick = tool({ name: 'quick', execute: () => 'done' })
    const run = new Agent({
      model: script([call('quick'), call('hang')], 'ok'),
      tools: [quick, hang],
    }).iter('Go', { clock, cancelGraceMs: 200 })
    const ended = rejection(run.finish())
    await clock.advance(0)
    run.cancel()
    await clock.advance(200)
    expect(await ended).toMatchObject({ name: 'RunCancelledError' })
    const left = outline(run.allMessages())
    expect(left[2]).toEqual(['(interrupted)', 'quick returned: done'])
    answer('too late')
    await clock.advance(0)
    expect(outline(run.allMessages())).toEqual(left)
    expect(run.usage.toolCalls).toBe(1)
  })
})

describe('a model that', () => {
  const empty: ModelResponseInput = { parts: [] }

  it.each<{ what: string; response: ModelResponseInput }>([
    { what: 'returns nothing', response: empty },
    { what: 'returns blanks', response: { parts: [says(''), says('')] } },
    { what: 'only thinks', response: { parts: [{ partKind: 'thinking', content: 'Hm.' }] } },
    {
      what: 'only thinks and is filtered',
      response: {
        parts: [{ partKind: 'thinking', content: 'Hm.' }],
        finishReason: 'content_filter',
      },
    },
  ])('$what is asked again, and gives up in the end', async ({ response }) => {
    const run = new Agent({ model: new ScriptedModel([response, response]) }).iter('Go')
    const error = await rejection(run.finish())
    expect(error).toBeInstanceOf(UnexpectedModelBehavior)
    expect(String(error)).toContain('Exceeded maximum output retries (1)')
    expect(outline(run.allMessages())[2]).toEqual(['output retry: Please return text.'])
  })

  it.each<{ details: Record<string, unknown> | undefined; text: string }>([
    {
      details: { finish_reason: 'SAFETY' },
      text: "Content filter triggered. Finish reason: 'SAFETY'",
    },
    { details: { block_reason: 'OTHER' }, text: "Content filter triggered. Block reason: 'OTHER'" },
    { details: { refusal: 'No.' }, text: "Content filter triggered. Refusal: 'No.'" },
    { details: undefined, text: 'Content filter triggered.' },
  ])('is filtered is an error: $text', async ({ details, text }) => {
    const response = {
      ...empty,
      finishReason: 'content_filter' as const,
      ...(details && { providerDetails: details }),
    }
    const error = await rejection(new Agent({ model: new ScriptedModel([response]) }).run('Go'))
    expect(error).toBeInstanceOf(ContentFilterError)
    expect(error).toMatchObject({ message: text })
    expect(JSON.parse((error as ContentFilterError).body)).toMatchObject([{ kind: 'response' }])
  })

  it('fails is tried again by the next step, with the request in the history once', async () => {
    const trouble = new ModelHTTPError({ modelName: 'm', statusCode: 529, body: { a: 1 } })
    const run = new Agent({ model: script(trouble, trouble, 'ok') }).iter('Go')
    expect(await rejection(run.finish())).toBe(trouble)
    expect(outline(run.allMessages())).toEqual([['user: Go']])
    expect(await rejection(run.finish())).toBe(trouble)
    expect((await run.finish()).output).toBe('ok')
    expect(outline(run.allMessages())).toEqual([['user: Go'], ['text: ok']])
    expect(run.usage.requests).toBe(1)
  })

  it('answers with what is no response is refused with the place', async () => {
    const model = script({ parts: [{ partKind: 'telepathy' }] } as unknown as ModelResponseInput)
    await expect(new Agent({ model }).run('Go')).rejects.toThrow(/telepathy|parts\[0\]/)
  })
})

describe('no model', () => {
  it('is an error that says where to give one', async () => {
    const error = await rejection(new Agent({}).run('Go'))
    expect(error).toBeInstanceOf(UserError)
    expect(String(error)).toContain(
      '`model` must either be set on the agent or included when calling it.',
    )
    expect(String(error)).toContain("new Agent({ model: 'openai:gpt-5.2' })")
  })

  it.each(['gpt-5.2', 'openai:', 'OpenAI:gpt-5.2', ''])(
    'is what %j names, and the error says what to write',
    async (model) => {
      expect(() => new Agent({ model })).toThrow(/openai:gpt-5\.2/)
      await expect(new Agent({}).run('Go', { model })).rejects.toThrow(/openai:gpt-5\.2/)
    },
  )

  it('of an unknown package is an error with the command to install it', async () => {
    await expect(new Agent({ model: 'acme:one' }).run('Go')).rejects.toThrow(
      'npm install @ai-sdk/acme',
    )
  })
})

describe('options from untyped code', () => {
  it.each([
    { what: 'negative retries', options: { retries: -1 } },
    { what: 'retries that are no number', options: { retries: Number.NaN } },
    { what: 'half a retry', options: { retries: { output: 0.5 } } },
    { what: 'an unknown end strategy', options: { endStrategy: 'late' } },
    { what: 'a timeout of 0', options: { toolTimeoutMs: 0 } },
  ])('$what are refused with a UserError', ({ options }) => {
    const make = () =>
      new Agent({ model: script(), ...options } as AgentOptions<unknown, undefined, string>).iter(
        'Go',
      )
    expect(make).toThrow(UserError)
  })
})
