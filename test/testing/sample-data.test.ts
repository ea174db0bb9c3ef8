import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type JsonObject, type SchemaInput, toSchema } from '../../src/schema/index.ts'
import { sampleData } from '../../src/testing/sample-data.ts'

describe('sampleData', () => {
  it.each([
    ['a string', { type: 'string' }, 'a'],
    ['a whole number', { type: 'integer' }, 0],
    ['a number', { type: 'number' }, 0],
    ['a claim', { type: 'boolean' }, false],
    ['nothing', { type: 'null' }, null],
    ['anything', {}, 'a'],
    ['the first of several types', { type: ['integer', 'null'] }, 0],
    ['a constant', { const: [1] }, [1]],
    ['the first of a list', { enum: ['x', 'y'] }, 'x'],
    ['the first example', { type: 'string', pattern: '^INV-\\d$', examples: ['INV-1'] }, 'INV-1'],
    ['a list as short as allowed', { type: 'array', items: { type: 'string' } }, []],
    ['a longer list', { type: 'array', items: { type: 'string' }, minItems: 2 }, ['a', 'b']],
    [
      'a tuple',
      { type: 'array', prefixItems: [{ type: 'string' }, { type: 'null' }] },
      ['a', null],
    ],
    ['a list that holds something', { type: 'array', contains: { const: 7 } }, [7]],
    [
      'required keys only',
      { type: 'object', properties: { a: { type: 'string' }, b: {} }, required: ['a'] },
      { a: 'a' },
    ],
    [
      'so many keys',
      { type: 'object', minProperties: 1, additionalProperties: { type: 'null' } },
      { key1: null },
    ],
    ['the first alternative', { anyOf: [{ type: 'null' }, { type: 'string' }] }, null],
    ['a low bound', { type: 'integer', minimum: 3 }, 3],
    ['an open low bound', { type: 'integer', exclusiveMinimum: 3 }, 4],
    ['a high bound', { type: 'integer', maximum: -3 }, -3],
    ['a multiple', { type: 'integer', exclusiveMinimum: 10, multipleOf: 5 }, 15],
    ['a narrow gap', { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 0.5 }, 0.25],
    ['a length', { type: 'string', minLength: 3 }, 'aaa'],
    ['an empty string', { type: 'string', maxLength: 0 }, ''],
    ['a format', { type: 'string', format: 'date' }, '2024-01-01'],
    ['a simple pattern', { type: 'string', pattern: '^[A-Z]{3}$' }, 'AAA'],
  ])('makes %s', (_, schema, data) => {
    expect(sampleData(schema)).toEqual(data)
  })

  it('follows references and merges what must all hold', () => {
    const schema = {
      type: 'object',
      properties: { id: { allOf: [{ $ref: '#/$defs/Id' }, { minimum: 5 }] } },
      required: ['id'],
      $defs: { Id: { type: 'integer', minimum: 1 } },
    }
    expect(sampleData(schema)).toEqual({ id: 5 })
  })

  it('takes the way out of a schema that contains itself', () => {
    const schema = {
      $ref: '#/$defs/Node',
      $defs: {
        Node: {
          anyOf: [
            { type: 'object', properties: { next: { $ref: '#/$defs/Node' } }, required: ['next'] },
            { type: 'string' },
          ],
        },
      },
    }
    expect(sampleData(schema)).toBe('a')
  })

  it('makes an empty object where no data fits', () => {
    const endless = { type: 'object', properties: { me: { $ref: '#' } }, required: ['me'] }
    expect(sampleData(endless)).toEqual({})
    expect(sampleData({ type: 'integer', minimum: 2, maximum: 1 })).toEqual({})
  })

  it('makes other data for another seed', () => {
    const schema = {
      type: 'object',
      properties: { s: { type: 'string' }, n: { type: 'integer' }, e: { enum: [1, 2] } },
      required: ['s', 'n', 'e'],
    }
    expect(sampleData(schema, 1)).toEqual({ s: 'b', n: 1, e: 2 })
  })

  it('keeps a key called `__proto__` a plain key', () => {
    const made = sampleData({ type: 'object', required: ['__proto__'] })
    expect(Object.entries(made ?? {})).toEqual([['__proto__', 'a']])
  })
})

const schemas: Record<string, SchemaInput> = {
  formats: z.object({
    email: z.email(),
    url: z.url(),
    uuid: z.uuid(),
    date: z.iso.date(),
    dateTime: z.iso.datetime(),
    time: z.iso.time(),
    duration: z.iso.duration(),
    ipv4: z.ipv4(),
    ipv6: z.ipv6(),
    cidr: z.cidrv4(),
    base64: z.base64(),
    phone: z.e164(),
    ulid: z.ulid(),
    nanoid: z.nanoid(),
    cuid: z.cuid(),
    xid: z.xid(),
    mac: z.mac(),
    emoji: z.emoji(),
    hostname: z.hostname(),
    local: z.iso.datetime({ local: true }),
    word: z.string().regex(/^[a-z]+$/),
  }),
  numbers: z.object({
    positive: z.number().positive(),
    negative: z.number().negative(),
    share: z.number().gt(0).lt(1),
    page: z.int().min(1).max(10),
    even: z.int().multipleOf(2).min(3),
  }),
  structures: z.object({
    tuple: z.tuple([z.string(), z.number()]),
    tags: z.array(z.enum(['x', 'y'])).min(2),
    byKey: z.record(z.string(), z.number()),
    byColour: z.record(z.enum(['red', 'blue']), z.number()),
    maybe: z.string().nullable(),
    optional: z.string().optional(),
    literal: z.literal(3),
    both: z.object({ a: z.string() }).and(z.object({ b: z.number() })),
    shape: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('circle'), radius: z.number() }),
      z.object({ kind: z.literal('square'), side: z.number() }),
    ]),
  }),
  recursive: z.object({
    get children() {
      return z.array(z.lazy(() => z.object({ name: z.string() }))).min(1)
    },
  }),
}

describe('data that a schema accepts', () => {
  const seeds = [0, 1, 2, 3, 29]

  it.each(Object.entries(schemas))('zod: %s', async (_, input) => {
    const schema = toSchema(input)
    for (const seed of seeds) {
      const data = sampleData(schema.jsonSchema, seed)
      expect(await schema.validate(data), JSON.stringify(data)).toMatchObject({ ok: true })
    }
  })

  it('is made for every schema of the common keywords', async () => {
    await fc.assert(
      fc.asyncProperty(jsonSchemas, fc.nat(100), async (jsonSchema, seed) => {
        const result = await toSchema(jsonSchema).validate(sampleData(jsonSchema, seed))
        expect(result).toMatchObject({ ok: true })
      }),
      { numRuns: 500 },
    )
  })
})

/** Schemas that some data fits, of all the common keywords, at most three levels deep. */
const { schema: jsonSchemas } = fc.letrec<{ schema: JsonObject; leaf: JsonObject }>((tie) => ({
  leaf: fc.oneof(
    fc
      .tuple(fc.nat(5), fc.nat(5))
      .map(([minLength, more]) => ({ type: 'string', minLength, maxLength: minLength + more })),
    fc.constantFrom('date', 'date-time', 'email', 'uuid', 'uri', 'ipv4').map((format) => ({
      type: 'string',
      format,
    })),
    fc
      .tuple(fc.integer({ min: -20, max: 20 }), fc.nat(20))
      .map(([minimum, more]) => ({ type: 'integer', minimum, maximum: minimum + more })),
    fc
      .tuple(fc.integer({ min: -20, max: 20 }), fc.integer({ min: 1, max: 9 }))
      .map(([exclusiveMinimum, more]) => ({
        type: 'number',
        exclusiveMinimum,
        exclusiveMaximum: exclusiveMinimum + more / 10,
      })),
    fc
      .integer({ min: 1, max: 9 })
      .map((multipleOf) => ({ type: 'integer', minimum: 7, multipleOf })),
    fc.constantFrom('boolean', 'null').map((type) => ({ type })),
    fc.array(fc.jsonValue(), { minLength: 1, maxLength: 3 }).map((values) => ({ enum: values })),
    fc.jsonValue().map((value) => ({ const: value })),
  ),
  schema: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    tie('leaf'),
    fc
      .tuple(fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), tie('schema')), fc.boolean())
      .map(([properties, isClosed]) => ({
        type: 'object',
        properties,
        required: Object.keys(properties).filter((key) => key.length > 1),
        additionalProperties: !isClosed,
      })),
    fc
      .tuple(tie('schema'), fc.nat(3))
      .map(([items, minItems]) => ({ type: 'array', items, minItems })),
    fc
      .array(tie('schema'), { minLength: 1, maxLength: 3 })
      .map((prefixItems) => ({ type: 'array', prefixItems, minItems: prefixItems.length })),
    fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
  ),
}))
