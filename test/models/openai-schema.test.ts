import { describe, expect, it } from 'vitest'
import { openaiSchema } from '../../src/models/openai-schema.ts'

const object = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more })

describe('a schema for OpenAI', () => {
  it.each([
    ['all is required', object({ a: { type: 'string' } }, { required: ['a'] }), true],
    ['something is optional', object({ a: { type: 'string' } }), false],
    [
      'something has a default',
      object({ a: { type: 'string', default: 'x' } }, { required: ['a'] }),
      false,
    ],
    [
      'a text has a length',
      object({ a: { type: 'string', maxLength: 3 } }, { required: ['a'] }),
      false,
    ],
    [
      'a format is not known',
      object({ a: { type: 'string', format: 'uri' } }, { required: ['a'] }),
      false,
    ],
    ['other keys are allowed', object({}, { required: [], additionalProperties: true }), false],
    ['an array holds anything', object({ a: { type: 'array' } }, { required: ['a'] }), false],
    [
      'a pattern looks ahead',
      object({ a: { type: 'string', pattern: 'a(?=b)' } }, { required: ['a'] }),
      false,
    ],
  ])('can be strict when nothing is lost: %s', (_, schema, strict) => {
    expect(openaiSchema(schema, null).strict).toBe(strict)
    expect(openaiSchema(schema, false).strict).toBe(false)
  })

  it('is made strict on demand, and tells what it cannot hold to', () => {
    const schema = object({
      $schema: { type: 'string', title: 'A', default: 'x' },
      name: { type: 'string', minLength: 1, maxLength: 3, description: 'Short' },
      kind: { oneOf: [{ type: 'string' }, { type: 'number' }] },
    })
    expect(openaiSchema(schema, true)).toEqual({
      strict: true,
      schema: {
        type: 'object',
        properties: {
          $schema: { type: 'string' },
          name: { type: 'string', description: 'Short (minLength=1, maxLength=3)' },
          kind: { anyOf: [{ type: 'string' }, { type: 'number' }] },
        },
        required: ['$schema', 'name', 'kind'],
        additionalProperties: false,
      },
    })
  })

  it('tells what it cannot hold to in the same order, however the schema is written', () => {
    const text = { format: 'uri', maxLength: 9, minLength: 1, type: 'string' }
    expect(openaiSchema(object({ text }), true).schema['properties']).toEqual({
      text: { type: 'string', description: 'minLength=1, maxLength=9, format=uri' },
    })
  })

  it('has no list of definitions when there are none', () => {
    expect(openaiSchema(object({}, { $defs: {} }), null).schema).not.toHaveProperty('$defs')
  })

  it('keeps properties that are called like keywords', () => {
    const schema = object({ title: { type: 'string', title: 'Title' } }, { title: 'Book' })
    expect(openaiSchema(schema, null).schema).toMatchObject({
      properties: { title: { type: 'string' } },
    })
  })

  it('writes out a schema that begins with a reference to itself', () => {
    const node = object({ next: { anyOf: [{ $ref: '#/$defs/Node' }, { type: 'null' }] } })
    const schema = { $ref: '#/$defs/Node', $defs: { Node: { ...node, title: 'Node' } } }
    expect(openaiSchema(schema, null).schema).toMatchObject({
      type: 'object',
      properties: { next: { anyOf: [{ $ref: '#' }, { type: 'null' }] } },
      $defs: { Node: { type: 'object' } },
    })
  })

  it('puts a reference with something beside it into a choice', () => {
    const schema = object({ a: { $ref: '#/$defs/A', description: 'An A' } }, { $defs: { A: {} } })
    expect(openaiSchema(schema, null).schema).toMatchObject({
      properties: { a: { anyOf: [{ $ref: '#/$defs/A' }], description: 'An A' } },
    })
  })

  it('cannot be strict with an array of anything', () => {
    expect(() => openaiSchema(object({ a: { type: 'array', items: {} } }), true)).toThrow(
      'needs a type for the items',
    )
  })

  it('leaves the one it was given alone', () => {
    const schema = object({ a: { type: 'string', title: 'A' } }, { title: 'T' })
    const copy = structuredClone(schema)
    openaiSchema(schema, true)
    expect(schema).toEqual(copy)
  })
})
