import * as v from 'valibot'
import { toStandardJsonSchema } from '@valibot/to-json-schema'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { UserError } from '../../src/errors/index.ts'
import { jsonSchema } from '../../src/schema/index.ts'
import { type RunContext, tool, type Tool, type ToolFactory } from '../../src/tools/index.ts'
import { testContext } from '../helpers/context.ts'

interface Db {
  readonly find: (id: number) => string
}

const execute = () => null

describe('tool', () => {
  it('is refused without a function that does the work', () => {
    // What a caller without types may pass.
    const make = () => Reflect.apply(tool, undefined, [{ name: 'look' }])
    expect(make).toThrow(UserError)
    expect(make).toThrow("The tool 'look' has no `execute` function")
  })

  it('is told to the model by name, description and JSON Schema', () => {
    const weather = tool({
      name: 'get_weather',
      description: 'Current weather of a city.',
      inputSchema: z.object({ city: z.string() }),
      execute: ({ city }) => city,
    })
    expect(weather.definition).toMatchObject({
      name: 'get_weather',
      description: 'Current weather of a city.',
      parametersJsonSchema: {
        type: 'object',
        properties: { city: { type: 'string' } },
        required: ['city'],
      },
      kind: 'function',
    })
  })

  it('takes its description from the schema when it has none', () => {
    const inputSchema = z.object({}).describe('Says nothing.')
    expect(tool({ name: 'a', inputSchema, execute }).definition.description).toBe('Says nothing.')
    expect(tool({ name: 'a', execute }).definition.description).toBeNull()
  })

  it('takes no arguments without an input schema', async () => {
    const ping = tool({ name: 'ping', execute: (input) => Object.keys(input) })
    expect(ping.definition.parametersJsonSchema).toEqual({
      type: 'object',
      properties: {},
      additionalProperties: false,
    })
    expect(await ping.inputSchema.validate({})).toEqual({ ok: true, value: {} })
    expect(await ping.inputSchema.validate({ x: 1 })).toMatchObject({ ok: false })
  })

  it.each([
    ['zod', z.object({ n: z.number() })],
    ['a Standard Schema', toStandardJsonSchema(v.object({ n: v.number() }))],
    [
      'plain JSON Schema',
      { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] },
    ],
    [
      'jsonSchema()',
      jsonSchema({ type: 'object', properties: { n: { type: 'number' } }, required: ['n'] }),
    ],
  ])('understands %s', async (_, inputSchema) => {
    const { definition, inputSchema: schema } = tool({ name: 'a', inputSchema, execute })
    expect(definition.parametersJsonSchema).toMatchObject({ properties: { n: { type: 'number' } } })
    expect(await schema.validate({ n: 1 })).toEqual({ ok: true, value: { n: 1 } })
    expect(await schema.validate({})).toMatchObject({ ok: false })
  })

  it('keeps what was said about its calls', () => {
    const options = { strict: true, sequential: true, metadata: { team: 'x' }, timeoutMs: 50 }
    const made = tool({ name: 'a', execute, maxRetries: 3, onCrash: 'rerun', ...options })
    expect(made.definition).toMatchObject(options)
    expect(made).toMatchObject({ maxRetries: 3, onCrash: 'rerun' })
    expect(Object.keys(tool({ name: 'a', execute }).definition)).toEqual([
      'name',
      'description',
      'parametersJsonSchema',
      'kind',
    ])
  })

  it('calls with an unknown fate are not repeated unless that is said to be safe', () => {
    expect(tool({ name: 'a', execute }).onCrash).toBe('unknown')
  })

  it('waits for approval always, sometimes or never', () => {
    const inputSchema = z.object({ eur: z.number() })
    const always = tool({ name: 'a', execute, needsApproval: true })
    const sometimes = tool({
      name: 'b',
      inputSchema,
      execute,
      needsApproval: ({ eur }) => eur > 100,
    })
    expect(always).toMatchObject({ definition: { kind: 'unapproved' }, needsApproval: undefined })
    expect(sometimes.definition.kind).toBe('function')
    expect(sometimes.needsApproval?.({ eur: 101 }, testContext())).toBe(true)
    expect(sometimes.needsApproval?.({ eur: 100 }, testContext())).toBe(false)
    expect(tool({ name: 'c', execute }).needsApproval).toBeUndefined()
  })

  it('cannot be changed', () => {
    const made = tool({ name: 'a', execute })
    expect(Object.isFrozen(made) && Object.isFrozen(made.definition)).toBe(true)
  })

  it('keeps its output schema', async () => {
    const made = tool({ name: 'a', outputSchema: z.number(), execute: () => 1 })
    expect(await made.outputSchema?.validate('x')).toMatchObject({ ok: false })
    expect(tool({ name: 'a', execute }).outputSchema).toBeUndefined()
  })

  it.each(['', 'a b', 'a.b', 'ä', 'x'.repeat(65)])(
    'refuses the name %j and tells the rule',
    (name) => {
      expect(() => tool({ name, execute })).toThrow(UserError)
      expect(() => tool({ name, execute })).toThrow(
        '1 to 64 letters, digits, underscores and hyphens',
      )
    },
  )

  it.each([-1, 1.5, NaN])('refuses %d as its number of retries', (maxRetries) => {
    expect(() => tool({ name: 'a', execute, maxRetries })).toThrow(
      `\`maxRetries\` of tool 'a' is ${maxRetries}. Give a whole number, 0 or more`,
    )
  })

  it.each([0, -5, NaN, Infinity])('refuses a timeout of %d ms', (timeoutMs) => {
    expect(() => tool({ name: 'a', execute, timeoutMs })).toThrow(
      `\`timeoutMs\` of tool 'a' is ${timeoutMs}. Give a number of milliseconds above 0`,
    )
  })

  it.each([
    ['a string', z.string()],
    ['a list', { type: 'array', items: {} }],
    ['a union', z.union([z.object({ a: z.string() }), z.object({ b: z.string() })])],
  ])('refuses arguments that are %s and says how to mend it', (_, inputSchema) => {
    expect(() => tool({ name: 'a', inputSchema, execute })).toThrow(
      "The arguments of tool 'a' are not described by an object schema. Put them under a key",
    )
  })
})

describe('the types of a tool', () => {
  it('give `execute` the output of the input schema', () => {
    const inputSchema = z.object({ day: z.string().transform((text) => new Date(text)) })
    tool({
      name: 'a',
      inputSchema,
      execute: (input, ctx) => {
        expectTypeOf(input).toEqualTypeOf<{ day: Date }>()
        expectTypeOf(ctx).toEqualTypeOf<RunContext>()
      },
      needsApproval: ({ day }) => day.getTime() > 0,
    })
    tool({
      name: 'b',
      execute: (input) => expectTypeOf(input).toEqualTypeOf<Record<string, never>>(),
    })
  })

  it('leave deps unknown, take them from the context or from a factory', () => {
    const plain = tool({ name: 'a', execute })
    const annotated = tool({ name: 'b', execute: (_, ctx: RunContext<Db>) => ctx.deps.find(1) })
    const dbTool: ToolFactory<Db> = tool
    const made = dbTool({
      name: 'c',
      inputSchema: z.object({ id: z.number() }),
      execute: ({ id }, ctx) => ctx.deps.find(id),
    })
    expectTypeOf(plain).toEqualTypeOf<Tool>()
    expectTypeOf(annotated).toEqualTypeOf<Tool<Db>>()
    expectTypeOf(made).toEqualTypeOf<Tool<Db>>()
    expectTypeOf(plain).toExtend<Tool<Db>>()
    expectTypeOf(made).not.toExtend<Tool>()
    expect(made.execute({ id: 7 }, testContext<Db>({ deps: { find: (id) => `#${id}` } }))).toBe(
      '#7',
    )
  })
})
