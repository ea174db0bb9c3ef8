import { toStandardJsonSchema } from '@valibot/to-json-schema'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import * as mini from 'zod/mini'
import { UserError } from '../../src/errors/index.ts'
import {
  jsonSchema,
  type SchemaInput,
  type StandardSchemaV1,
  toSchema,
} from '../../src/schema/index.ts'

const cityJson = {
  type: 'object',
  properties: { city: { type: 'string' }, population: { type: 'integer' } },
  required: ['city', 'population'],
  additionalProperties: false,
}

/** A Standard Schema nobody has heard of. */
const handMade: StandardSchemaV1<unknown, { city: string; population: number }> = {
  '~standard': {
    version: 1,
    vendor: 'hand',
    validate: (value) => {
      const result = jsonSchema<{ city: string; population: number }>(cityJson).validate(value)
      if (result instanceof Promise) throw new Error('validates at once')
      return result.ok
        ? result
        : { issues: result.issues.map(({ msg, loc }) => ({ message: msg, path: loc })) }
    },
    jsonSchema: { input: () => cityJson, output: () => cityJson },
  },
}

const miniCity = mini.strictObject({ city: mini.string(), population: mini.int() })

/** The same schema in every spelling. */
const cities: readonly { library: string; schema: SchemaInput; isStrict: boolean }[] = [
  {
    library: 'zod',
    schema: z.strictObject({ city: z.string(), population: z.int() }),
    isStrict: true,
  },
  {
    library: 'zod/mini, wrapped',
    schema: jsonSchema(z.toJSONSchema(miniCity), { validate: miniCity }),
    isStrict: true,
  },
  {
    library: 'valibot',
    schema: toStandardJsonSchema(
      v.strictObject({ city: v.string(), population: v.pipe(v.number(), v.integer()) }),
    ),
    isStrict: true,
  },
  { library: 'a library of its own', schema: handMade, isStrict: false },
  { library: 'plain JSON Schema', schema: cityJson, isStrict: true },
]

describe.each(cities)('a schema of $library', ({ schema, isStrict }) => {
  const city = toSchema(schema)

  it('is shown to models as JSON Schema, without $schema', () => {
    expect(city.jsonSchema).toMatchObject({ type: 'object', required: ['city', 'population'] })
    expect(city.jsonSchema).not.toHaveProperty('$schema')
  })

  it('accepts what fits', async () => {
    const value = { city: 'Oslo', population: 1 }
    expect(await city.validate(value)).toEqual({ ok: true, value })
  })

  it('reports one entry a problem, with place and input', async () => {
    const input = { population: 'many' }
    expect(await city.validate(input)).toMatchObject({
      ok: false,
      issues: [
        { type: 'missing', loc: ['city'], msg: 'Field required', input },
        { loc: ['population'], input: 'many' },
      ],
    })
  })

  it.runIf(isStrict)('reports every unknown key', async () => {
    const result = await city.validate({ city: 'Oslo', population: 1, c: 3, d: null })
    expect(result).toMatchObject({ ok: false })
    const issues = result.ok ? [] : result.issues
    expect(
      issues.filter(({ type }) => type === 'extra_forbidden').map(({ loc }) => loc),
    ).toContainEqual(['c'])
  })

  it('mends spelling, and reports what cannot be mended', async () => {
    const value = { city: 'Oslo', population: 700_000 }
    expect(await city.validate({ city: 'Oslo', population: '700000' })).toEqual({ ok: true, value })
    expect(await city.validate({ city: 3, population: '7' })).toMatchObject({
      ok: false,
      issues: [{ loc: ['city'], input: 3 }],
    })
  })

  it('is a Standard Schema itself', async () => {
    const standard = city['~standard']
    expect(await standard.validate({ city: 'Oslo', population: 1 })).toHaveProperty('value')
    expect(standard.jsonSchema?.input({ target: 'draft-2020-12' })).toEqual(city.jsonSchema)
    const again = toSchema({ '~standard': standard })
    const given = { city: 'Oslo' }
    expect(await again.validate(given)).toEqual(await city.validate(given))
  })
})

describe('toSchema', () => {
  it('gives the same face for the same schema, and leaves a face as it is', () => {
    const schema = z.object({ a: z.string() })
    expect(toSchema(schema)).toBe(toSchema(schema))
    expect(toSchema(toSchema(schema))).toBe(toSchema(schema))
    expect(toSchema(cityJson)).toBe(toSchema(cityJson))
  })

  it('tells a schema by its protocol, so a second copy of a library works', async () => {
    const original = z.object({ a: z.string() })
    const copy = { '~standard': { ...original['~standard'] } }
    expect(await toSchema(copy).validate({ a: 'x' })).toEqual({ ok: true, value: { a: 'x' } })
    expect(toSchema(copy).jsonSchema).toEqual(toSchema(original).jsonSchema)
  })

  it('does not write JSON Schema before it is needed', async () => {
    const late = toSchema(z.object({ day: z.date() }))
    const day = new Date(0)
    expect(await late.validate({ day })).toEqual({ ok: true, value: { day } })
    expect(() => late.jsonSchema).toThrow(UserError)
  })

  it('shows the input side: what a model has to write', () => {
    const schema = z.object({ a: z.string().transform(Number), b: z.int().default(3) })
    expect(toSchema(schema).jsonSchema).toMatchObject({
      properties: { a: { type: 'string' }, b: { type: 'integer', default: 3 } },
      required: ['a'],
    })
  })

  it('takes name and description from the schema', () => {
    const named = toSchema(
      z.object({ a: z.string() }).meta({ title: 'City', description: 'A city.' }),
    )
    expect([named.name, named.description]).toEqual(['City', 'A city.'])
    const plain = toSchema({ type: 'object', title: 'Town', description: 'Small.' })
    expect([plain.name, plain.description]).toEqual(['Town', 'Small.'])
    expect(toSchema(z.object({})).name).toBeUndefined()
  })

  it('shows an object where a schema with an id would show a reference', () => {
    const city = toSchema(z.object({ a: z.string() }).meta({ id: 'FactCity' }))
    expect(city.jsonSchema).toEqual({
      title: 'FactCity',
      type: 'object',
      properties: { a: { type: 'string' } },
      required: ['a'],
    })
    expect(city.name).toBe('FactCity')
  })

  it('keeps the definitions a recursive schema needs', () => {
    const tree = z
      .object({
        value: z.int(),
        get next() {
          return tree.optional()
        },
      })
      .meta({ id: 'FactTree' })
    const { jsonSchema: written } = toSchema(tree)
    expect(written).toMatchObject({
      type: 'object',
      properties: { next: { $ref: '#/$defs/FactTree' } },
    })
    expect(written['$defs']).toHaveProperty('FactTree')
  })

  it('waits for schemas that check asynchronously', async () => {
    const schema = toSchema(z.object({ n: z.int().refine(async (n) => n > 1, 'too low') }))
    expect(await schema.validate({ n: '2' })).toEqual({ ok: true, value: { n: 2 } })
    expect(await schema.validate({ n: 1 })).toEqual({
      ok: false,
      issues: [{ type: 'value_error', loc: ['n'], msg: 'too low', input: 1 }],
    })
  })

  it.each([
    { what: 'zod/mini', schema: miniCity, fix: 'z.toJSONSchema' },
    { what: 'valibot', schema: v.object({}), fix: 'toStandardJsonSchema' },
    {
      what: 'an unrepresentable type',
      schema: z.object({ d: z.date() }),
      fix: 'Date cannot be represented',
    },
    { what: 'a function', schema: z.function(), fix: 'cannot be used' },
  ])('$what without JSON Schema is refused with the fix', ({ schema, fix }) => {
    expect(() => toSchema(schema).jsonSchema).toThrow(UserError)
    expect(() => toSchema(schema).jsonSchema).toThrow(fix)
  })

  it.each([
    { what: 'the fields of an object', schema: { city: z.string() }, fix: 'z.object' },
    { what: 'an instance of a class', schema: new Map(), fix: 'JSON Schema object' },
    { what: 'a list', schema: [], fix: 'JSON Schema object' },
  ])('$what is no schema', ({ schema, fix }) => {
    expect(() => toSchema(Object(schema))).toThrow(fix)
  })
})

describe('issues of zod', () => {
  it('point into the option of a union the value was meant for', () => {
    const schema = toSchema(
      z.object({
        at: z.union([z.string(), z.object({ x: z.number(), y: z.number() })]).nullable(),
      }),
    )
    expect(schema.validate({ at: { x: 1 } })).toMatchObject({
      issues: [{ type: 'missing', loc: ['at', 'y'], msg: 'Field required', input: { x: 1 } }],
    })
    expect(schema.validate({ at: true })).toMatchObject({
      issues: [{ type: 'invalid_union', loc: ['at'] }],
    })
  })

  it('of a rule on an absent key keep their words', () => {
    const schema = toSchema(
      z.object({ a: z.string().optional() }).refine(() => false, { path: ['a'], error: 'give a' }),
    )
    expect(schema.validate({})).toMatchObject({
      issues: [{ type: 'value_error', loc: ['a'], msg: 'give a' }],
    })
  })

  it.each<{ schema: StandardSchemaV1; input: { a: unknown }; type: string }>([
    { schema: z.object({ a: z.int() }), input: { a: 1.5 }, type: 'integer_type' },
    { schema: z.object({ a: z.string() }), input: { a: 1 }, type: 'string_type' },
    { schema: z.object({ a: z.enum(['x']) }), input: { a: 'y' }, type: 'invalid_value' },
    { schema: z.object({ a: z.email() }), input: { a: 'y' }, type: 'invalid_format' },
    { schema: z.object({ a: z.number().min(3) }), input: { a: 2 }, type: 'too_small' },
    {
      schema: v.object({ a: v.pipe(v.number(), v.minValue(3)) }),
      input: { a: 2 },
      type: 'too_small',
    },
    { schema: v.object({ a: v.picklist(['x']) }), input: { a: 'y' }, type: 'invalid_value' },
    {
      schema: v.object({ a: v.pipe(v.number(), v.integer()) }),
      input: { a: 1.5 },
      type: 'integer_type',
    },
    {
      schema: v.object({ a: v.pipe(v.string(), v.email()) }),
      input: { a: 'y' },
      type: 'invalid_format',
    },
  ])('and of others are told as $type', async ({ schema, input, type }) => {
    const face = jsonSchema({ type: 'object' }, { validate: schema })
    expect(await face.validate(input)).toMatchObject({
      issues: [{ type, loc: ['a'], input: input.a }],
    })
  })
})
