import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { coerceToSchema, type JsonObject, jsonSchema } from '../../src/schema/index.ts'

const integers: JsonObject = {
  type: 'object',
  properties: { a: { type: 'integer' }, b: { type: 'integer' } },
}

interface Case {
  readonly why: string
  readonly schema: JsonObject
  readonly given: unknown
  readonly mended: unknown
}

describe('coercion', () => {
  it.each<Case>([
    {
      why: 'numbers in strings',
      schema: integers,
      given: { a: '3', b: ' 2.0 ' },
      mended: { a: 3, b: 2 },
    },
    { why: 'fractions', schema: { type: 'number' }, given: '-1.5e3', mended: -1500 },
    {
      why: 'booleans in strings',
      schema: { items: { type: 'boolean' } },
      given: ['true', 'False'],
      mended: [true, false],
    },
    {
      why: 'objects in strings',
      schema: { properties: { o: integers } },
      given: { o: '{"a": "1"}' },
      mended: { o: { a: 1 } },
    },
    {
      why: 'arrays in strings',
      schema: { type: 'array', items: { type: 'integer' } },
      given: '["1", 2]',
      mended: [1, 2],
    },
    { why: 'nullable types', schema: { type: ['integer', 'null'] }, given: '4', mended: 4 },
    {
      why: 'options',
      schema: { anyOf: [{ type: 'integer' }, { type: 'null' }] },
      given: '4',
      mended: 4,
    },
    {
      why: 'tags',
      schema: { oneOf: [tagged('a', 'integer'), tagged('b', 'boolean')] },
      given: { kind: 'b', v: 'true' },
      mended: { kind: 'b', v: true },
    },
    {
      why: 'references',
      schema: { $ref: '#/$defs/n', $defs: { n: { type: 'integer' } } },
      given: '4',
      mended: 4,
    },
    { why: 'parts of allOf', schema: { allOf: [integers] }, given: { a: '4' }, mended: { a: 4 } },
    {
      why: 'tuples',
      schema: { prefixItems: [{ type: 'integer' }], items: { type: 'boolean' } },
      given: ['1', 'true'],
      mended: [1, true],
    },
    {
      why: 'dictionaries',
      schema: { additionalProperties: { type: 'number' } },
      given: { x: '1' },
      mended: { x: 1 },
    },
  ])('mends $why', ({ schema, given, mended }) => {
    expect(coerceToSchema(schema, given)).toEqual(mended)
  })

  it.each<Omit<Case, 'mended'>>([
    { why: 'a string from a number', schema: { type: 'string' }, given: 3 },
    { why: 'a number from an empty string', schema: { type: 'number' }, given: '' },
    { why: 'a number from words', schema: { type: 'integer' }, given: 'many' },
    {
      why: 'a number from hex or infinity',
      schema: { type: 'number' },
      given: ['0x10', 'Infinity', '1e999'],
    },
    { why: 'an integer from a fraction', schema: { type: 'integer' }, given: '1.5' },
    {
      why: 'an integer that would be rounded',
      schema: { type: 'integer' },
      given: '9007199254740993',
    },
    { why: 'a boolean from a number other than 0 and 1', schema: { type: 'boolean' }, given: 2 },
    {
      why: 'anything where a string is welcome',
      schema: { anyOf: [{ type: 'integer' }, { type: 'string' }] },
      given: '3',
    },
    { why: 'anything without a type', schema: { properties: { a: {} } }, given: { a: '{"b": 1}' } },
    { why: 'an object with a bad key', schema: { type: 'object' }, given: '{"__proto__": {}}' },
  ])('does not make $why', ({ schema, given }) => {
    expect(coerceToSchema(schema, given)).toBe(given)
  })

  it('comes to an end on circular references and schemas that are none', () => {
    expect(coerceToSchema({ $ref: '#' }, '3')).toBe('3')
    expect(coerceToSchema({ anyOf: [{ $ref: '#' }] }, '3')).toBe('3')
    expect(
      coerceToSchema({ type: 7, anyOf: 'x', properties: [1], $ref: '#/nowhere' }, { a: '3' }),
    ).toEqual({ a: '3' })
  })

  it('leaves what fits the very same value', () => {
    const given = { a: 1, b: 2, c: ['x'] }
    expect(coerceToSchema(integers, given)).toBe(given)
  })

  it('finds the values that were spelled as strings', () => {
    const record = fc.record({
      a: fc.maxSafeInteger(),
      b: fc.boolean(),
      c: fc.string(),
      d: fc.array(fc.maxSafeInteger()),
    })
    const schema: JsonObject = {
      properties: {
        a: { type: 'integer' },
        b: { type: 'boolean' },
        c: { type: 'string' },
        d: { type: 'array', items: { type: 'integer' } },
      },
    }
    fc.assert(
      fc.property(record, (value) => {
        const spelled = {
          ...value,
          a: String(value.a),
          b: String(value.b),
          d: JSON.stringify(value.d),
        }
        expect(coerceToSchema(schema, spelled)).toEqual(value)
        expect(jsonSchema(schema).validate(spelled)).toEqual({ ok: true, value })
      }),
    )
  })

  it('never throws, and mends nothing twice', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(integers, { type: 'array', items: integers }, tagged('a', 'number')),
        fc.jsonValue(),
        (schema, value) => {
          const once = coerceToSchema(schema, value)
          expect(coerceToSchema(schema, once)).toBe(once)
        },
      ),
    )
  })
})

function tagged(kind: string, type: string): JsonObject {
  return {
    type: 'object',
    properties: { kind: { const: kind }, v: { type } },
    required: ['kind', 'v'],
  }
}
