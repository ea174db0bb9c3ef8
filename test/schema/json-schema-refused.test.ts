import { describe, expect, it } from 'vitest'
import { UserError } from '../../src/errors/index.ts'
import { jsonSchema, type JsonObject } from '../../src/schema/index.ts'

describe('a malformed JSON Schema is refused with the place', () => {
  it.each<readonly [JsonObject, string]>([
    [{ type: 'strin' }, "there is no type 'strin', at its root"],
    [{ properties: { a: { type: 7 } } }, '`type` must be a string or strings, at #/properties/a'],
    [
      { properties: { a: 'string' } },
      'a schema must be an object, true or false, at #/properties/a',
    ],
    [{ properties: [] }, '`properties` must be an object'],
    [{ required: true }, '`required` must be a list of strings'],
    [
      { properties: { 'a/b': { minimum: '3' } } },
      '`minimum` must be a number, at #/properties/a~1b',
    ],
    [{ minimum: 1, exclusiveMinimum: true }, '`exclusiveMinimum` must be a number'],
    [{ minLength: -1 }, '`minLength` must be a whole number from 0 up'],
    [{ multipleOf: 0 }, '`multipleOf` must be above 0'],
    [{ items: { pattern: '(' } }, "'(' is no regular expression, at #/items"],
    [{ format: 3 }, '`format` must be a string'],
    [{ uniqueItems: 'yes' }, '`uniqueItems` must be true or false'],
    [{ enum: 'a' }, '`enum` must be a list'],
    [{ anyOf: [] }, '`anyOf` must not be empty'],
    [{ anyOf: {} }, '`anyOf` must be a list of schemas'],
    [{ anyOf: [{}, { type: 'x' }] }, 'at #/anyOf/1'],
    [{ $ref: '#/$defs/none' }, "`$ref` '#/$defs/none' points at nothing"],
    [{ $ref: 'https://example.org/schema' }, 'points at nothing in this schema'],
    [{ $defs: { a: { type: 'x' } } }, 'at #/$defs/a'],
    [
      { properties: { a: { unevaluatedProperties: false } } },
      '`unevaluatedProperties` is not supported, at #/properties/a',
    ],
    [{ $ref: '#' }, 'a schema refers to itself without end'],
    [
      {
        $ref: '#/$defs/b',
        $defs: {
          a: { allOf: [{ $ref: '#/$defs/b' }] },
          b: { properties: { x: { $ref: '#/$defs/a' } }, anyOf: [{ $ref: '#/$defs/a' }] },
        },
      },
      'a schema refers to itself without end',
    ],
  ])('%j', (schema, text) => {
    expect(() => jsonSchema(schema)).toThrow(UserError)
    expect(() => jsonSchema(schema)).toThrow(text)
  })

  it('and with its name', () => {
    expect(() => jsonSchema({ type: 'x' }, { name: 'City' })).toThrow(
      "The JSON Schema 'City' cannot be used",
    )
  })

  it('and not read at all when it comes with its own check', async () => {
    const schema = jsonSchema<string>(
      { type: 'object', unevaluatedProperties: false },
      { validate: async (value) => ({ ok: true, value: String(value) }) },
    )
    expect(await schema.validate(3)).toEqual({ ok: true, value: '3' })
  })

  it('as is one that is nested without measure', () => {
    let schema: JsonObject = {}
    for (let i = 0; i < 100_000; i++) schema = { not: schema }
    expect(() => jsonSchema(schema)).toThrow('nested too deeply')
  })
})
