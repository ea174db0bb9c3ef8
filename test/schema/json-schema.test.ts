import { describe, expect, it } from 'vitest'
import { jsonSchema, type JsonObject } from '../../src/schema/index.ts'

interface Case {
  readonly schema: JsonObject
  readonly good?: readonly unknown[]
  /** Values that do not fit, with type and place of each issue. */
  readonly bad?: readonly (readonly [value: unknown, ...issues: string[]])[]
}

const node: JsonObject = {
  type: 'object',
  properties: { v: { type: 'integer' }, next: { $ref: '#/$defs/node' } },
  required: ['v'],
}

const cases: Readonly<Record<string, Case>> = {
  types: {
    schema: { type: ['integer', 'null'] },
    good: [1, 2.0, null],
    bad: [
      [1.5, 'integer_type'],
      ['x', 'integer_type'],
      [2 ** 53, 'integer_type'],
    ],
  },
  'numbers that are none in JSON': { schema: { type: 'number' }, bad: [[Infinity, 'number_type']] },
  'nullable of OpenAPI': { schema: { type: 'string', nullable: true }, good: ['x', null] },
  required: {
    schema: { type: 'object', properties: { a: {} }, required: ['a', 'toString'] },
    good: [{ a: null, toString: 1 }],
    bad: [[{}, 'missing a', 'missing toString']],
  },
  'required without a type': {
    schema: { required: ['a'] },
    good: ['no object', { a: 1 }],
    bad: [[{}, 'missing a']],
  },
  additionalProperties: {
    schema: { properties: { a: true }, additionalProperties: false },
    good: [{ a: 1 }, {}],
    bad: [[{ a: 1, b: 2, c: 3 }, 'extra_forbidden b', 'extra_forbidden c']],
  },
  'a schema for additional properties': {
    schema: { type: 'object', additionalProperties: { type: 'integer' } },
    good: [{ a: 1, b: 2 }],
    bad: [[{ a: 'x' }, 'integer_type a']],
  },
  patternProperties: {
    schema: { patternProperties: { '^x': { type: 'string' } }, additionalProperties: false },
    good: [{ x1: 'a' }],
    bad: [[{ x1: 1, y: 2 }, 'string_type x1', 'extra_forbidden y']],
  },
  'rules about keys': {
    schema: { minProperties: 1, maxProperties: 2, propertyNames: { maxLength: 2 } },
    good: [{ a: 1 }],
    bad: [
      [{}, 'too_small'],
      [{ a: 1, b: 1, c: 1 }, 'too_big'],
      [{ abc: 1 }, 'too_big abc'],
    ],
  },
  'dependent keys': {
    schema: {
      dependentRequired: { a: ['b'] },
      dependentSchemas: { c: { required: ['d'] } },
      dependencies: { e: ['f'] },
    },
    good: [{}, { a: 1, b: 1, c: 1, d: 1 }],
    bad: [[{ a: 1, c: 1, e: 1 }, 'missing b', 'missing d', 'missing f']],
  },
  'anyOf with null': {
    schema: {
      properties: { a: { anyOf: [{ type: 'object', required: ['x'] }, { type: 'null' }] } },
    },
    good: [{ a: null }, { a: { x: 1 } }],
    bad: [
      [{ a: {} }, 'missing a.x'],
      [{ a: 3 }, 'object_type a'],
    ],
  },
  'a tagged union': {
    schema: {
      oneOf: [
        { properties: { kind: { const: 'a' }, x: { type: 'integer' } }, required: ['kind', 'x'] },
        { properties: { kind: { const: 'b' } }, required: ['kind'] },
      ],
    },
    good: [{ kind: 'a', x: 1 }, { kind: 'b' }],
    bad: [
      [{ kind: 'a', x: 'y' }, 'integer_type x'],
      [{ kind: 'c' }, 'invalid_union'],
    ],
  },
  'oneOf that fits twice': {
    schema: { oneOf: [{ type: 'integer' }, { minimum: 3 }] },
    good: [1, 3.5],
    bad: [[3, 'invalid_union']],
  },
  'anyOf beside properties': {
    schema: {
      type: 'object',
      properties: { a: {} },
      anyOf: [{ required: ['a'] }, { required: ['b'] }],
    },
    good: [{ a: 1 }, { b: 1 }],
    bad: [[{}, 'invalid_union']],
  },
  allOf: {
    schema: { allOf: [{ required: ['a'] }, { properties: { a: { minimum: 2 } } }] },
    good: [{ a: 2 }],
    bad: [[{ a: 1 }, 'too_small a']],
  },
  not: { schema: { not: { type: 'string' } }, good: [1], bad: [['x', 'not_allowed']] },
  conditions: {
    schema: JSON.parse(
      '{ "if": { "type": "string" }, "then": { "minLength": 2 }, "else": { "type": "integer" } }',
    ),
    good: ['ab', 1],
    bad: [
      ['a', 'too_small'],
      [1.5, 'integer_type'],
    ],
  },
  'references and recursion': {
    schema: { ...node, $defs: { node } },
    good: [{ v: 1, next: { v: 2, next: { v: 3 } } }],
    bad: [[{ v: 1, next: { v: 2, next: {} } }, 'missing next.next.v']],
  },
  'references with escapes, and anywhere': {
    schema: {
      properties: {
        a: { $ref: '#/properties/b~1c' },
        'b/c': { type: 'string' },
        d: { $ref: '#/allOf/0' },
      },
      allOf: [{ type: 'object' }],
    },
    good: [{ a: 'x', d: {} }],
    bad: [[{ a: 1, d: 2 }, 'string_type a', 'object_type d']],
  },
  'the root as reference': {
    schema: { type: 'object', properties: { child: { $ref: '#' } }, additionalProperties: false },
    good: [{ child: { child: {} } }],
    bad: [[{ child: { x: 1 } }, 'extra_forbidden child.x']],
  },
  items: {
    schema: {
      type: 'array',
      items: { type: 'string' },
      minItems: 1,
      maxItems: 2,
      uniqueItems: true,
    },
    good: [['a'], ['a', 'b']],
    bad: [
      [[], 'too_small'],
      [['a', 7], 'string_type 1'],
      [['a', 'a'], 'not_unique 1'],
      [['a', 'b', 'c'], 'too_big'],
    ],
  },
  tuples: {
    schema: { prefixItems: [{ type: 'string' }, { type: 'integer' }], items: false },
    good: [['a', 1], ['a']],
    bad: [[['a', 'b', 3], 'integer_type 1', 'not_allowed 2']],
  },
  'tuples of older drafts': {
    schema: { items: [{ type: 'string' }], additionalItems: { type: 'integer' } },
    good: [['a', 1, 2]],
    bad: [[['a', 'b'], 'integer_type 1']],
  },
  contains: {
    schema: { contains: { type: 'integer' }, maxContains: 1 },
    good: [['a', 1]],
    bad: [
      [['a'], 'too_small'],
      [[1, 2], 'too_big'],
    ],
  },
  numbers: {
    schema: { minimum: 0, exclusiveMaximum: 1, multipleOf: 0.1 },
    good: [0, 0.3, 0.7, 'no number'],
    bad: [
      [-1, 'too_small'],
      [1, 'too_big'],
      [0.25, 'not_multiple_of'],
    ],
  },
  strings: {
    schema: { minLength: 2, maxLength: 3, pattern: '^[a-z😀]+$' },
    good: ['ab', '😀😀😀'],
    bad: [
      ['a', 'too_small'],
      ['abcd', 'too_big'],
      ['A1', 'invalid_format'],
    ],
  },
  'a pattern with needless escapes': {
    schema: { pattern: '^\\-$' },
    good: ['-'],
    bad: [['x', 'invalid_format']],
  },
  'enum and const': {
    schema: { properties: { a: { enum: ['x', 1, null] }, b: { const: { k: [1, 2], l: 0 } } } },
    good: [{ a: null, b: { l: 0, k: [1, 2] } }],
    bad: [[{ a: '1', b: { k: [2, 1], l: 0 } }, 'invalid_value b', 'invalid_value a']],
  },
  'boolean schemas': {
    schema: { properties: { a: true, b: false } },
    good: [{ a: 1 }],
    bad: [[{ b: 1 }, 'not_allowed b']],
  },
}

describe.each(Object.entries(cases))('%s', (_, { schema, good = [], bad = [] }) => {
  const checked = jsonSchema(schema)

  it.each(good.map((value) => [value]))('accept %j', (value) => {
    expect(checked.validate(value)).toMatchObject({ ok: true })
  })

  it.each(bad)('refuse %j', (value, ...issues) => {
    const result = checked.validate(value)
    if (result instanceof Promise || result.ok) throw new Error('was accepted')
    expect(result.issues.map(({ type, loc }) => [type, loc.join('.')].join(' ').trim())).toEqual(
      issues,
    )
  })
})
