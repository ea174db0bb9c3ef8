import { describe, expect, it } from 'vitest'
import { jsonSchema, type JsonObject } from '../../src/schema/index.ts'

describe('an accepted value', () => {
  const completed = (schema: JsonObject, value: unknown): unknown => {
    const result = jsonSchema(schema).validate(value)
    if (result instanceof Promise || !result.ok) throw new Error('was refused')
    return result.value
  }

  it('gets defaults, also falsy ones, behind references, and for keys that are required', () => {
    const schema = {
      properties: {
        a: { default: 10 },
        b: { anyOf: [{ type: 'string' }, { type: 'null' }], default: null },
        c: { $ref: '#/$defs/C' },
        d: { default: false },
      },
      required: ['d'],
      $defs: { C: { type: 'array', default: [] } },
    }
    expect(completed(schema, {})).toEqual({ a: 10, b: null, c: [], d: false })
    expect(completed(schema, { a: 1, b: 'x', c: [1], d: true })).toEqual({
      a: 1,
      b: 'x',
      c: [1],
      d: true,
    })
  })

  it('gets a default of its own, not shared with others', () => {
    const schema = { properties: { tags: { default: [] } } }
    expect(completed(schema, {})).not.toBe(completed(schema, {}))
    const first = completed(schema, {}) as { tags: string[] }
    first.tags.push('mine')
    expect(completed(schema, {})).toEqual({ tags: [] })
  })

  it('loses keys the schema does not know, unless it names none or takes any', () => {
    const inner = { properties: { a: {} } }
    expect(completed(inner, { a: 1, b: 2 })).toEqual({ a: 1 })
    expect(completed({ type: 'object' }, { a: 1, b: 2 })).toEqual({ a: 1, b: 2 })
    expect(completed({ ...inner, additionalProperties: true }, { a: 1, b: 2 })).toEqual({
      a: 1,
      b: 2,
    })
    expect(
      completed({ properties: { list: { items: inner } } }, { list: [{ a: 1, b: 2 }] }),
    ).toEqual({ list: [{ a: 1 }] })
  })

  it('keeps the keys of all schemas that apply', () => {
    const part = (key: string): JsonObject => ({ properties: { [key]: {} } })
    const value = { a: 1, b: 2, c: 3, d: 4 }
    expect(completed({ allOf: [part('a'), part('b')] }, value)).toEqual({ a: 1, b: 2 })
    expect(completed({ ...part('a'), anyOf: [part('b'), part('c')] }, value)).toEqual({
      a: 1,
      b: 2,
      c: 3,
    })
    expect(completed({ ...part('a'), anyOf: [{ required: ['b'] }] }, value)).toEqual({ a: 1 })
    expect(completed({ anyOf: [{ ...part('a'), required: ['z'] }, part('b')] }, value)).toEqual({
      b: 2,
    })
  })

  it('is a copy', () => {
    const value = { a: [{}] }
    expect(completed({}, value)).not.toBe(value)
    expect(completed({}, value)).toEqual(value)
  })
})

describe('hostile values', () => {
  const operation = (kind: string): JsonObject => ({
    type: 'object',
    properties: { left: { $ref: '#' }, right: { $ref: '#' }, kind: { const: kind } },
    required: ['kind'],
  })
  const kinds = ['add', 'sub', 'mul', 'div']
  const leftmost = (depth: number, leaf: unknown): unknown =>
    Array.from({ length: depth }).reduce((left) => ({ left, kind: 'div' }), leaf)

  it('deep unions are quick where tags tell the options apart, right or wrong', () => {
    const schema = jsonSchema({ oneOf: [{ type: 'number' }, ...kinds.map(operation)] })
    expect(schema.validate(leftmost(60, 1))).toMatchObject({ ok: true })
    const result = schema.validate(leftmost(60, 'x'))
    expect(result).toMatchObject({ issues: [{ input: 'x', loc: Array(60).fill('left') }] })
  })

  it('deep unions without tags come to an end', () => {
    const part = { type: 'object', properties: { left: { $ref: '#' } } }
    const schema = jsonSchema({ anyOf: [{ type: 'number' }, part, { ...part }, { ...part }] })
    expect(schema.validate(leftmost(60, 'x'))).toMatchObject({ issues: [{ type: 'too_complex' }] })
  })

  it('that are deeper than the stack are refused', () => {
    const schema = jsonSchema({ type: 'object', properties: { left: { $ref: '#' } } })
    expect(schema.validate(leftmost(100_000, 1))).toMatchObject({
      issues: [{ type: 'too_complex' }],
    })
  })

  it('with countless problems get a list with an end', () => {
    const schema = jsonSchema({ items: { type: 'string' } })
    expect(schema.validate(Array(500_000).fill(1))).toMatchObject({ issues: { length: 100 } })
    const strict = jsonSchema({ patternProperties: { '^x': {} }, additionalProperties: false })
    const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`x${i}`, i]))
    expect(strict.validate(many)).toMatchObject({ ok: true })
  })

  it('touch no prototype', () => {
    const given = JSON.parse('{"__proto__": {"admin": true}, "constructor": 1, "a": {}}')
    const result = jsonSchema({ type: 'object' }).validate(given)
    const value = result instanceof Promise || !result.ok ? null : result.value
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(value).not.toHaveProperty('admin')
  })
})
