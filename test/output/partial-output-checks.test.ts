import { toStandardJsonSchema } from '@valibot/to-json-schema'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { jsonSchema } from '../../src/schema/index.ts'
import { call, fromCall, partialOutput } from './growing.ts'

const city = z.object({ city: z.string(), size: z.number() })
const person = z.object({ name: z.string(), tags: z.array(z.string()).default([]) })

describe('a partial output is checked', () => {
  it('so that nothing is given when something whole does not fit', async () => {
    expect(await fromCall(city, '{"size": "big"', ', "city": "Ly')).toEqual([])
    const list = z.object({ items: z.array(city), note: z.string() })
    expect(await fromCall(list, '{"items": [{"city": "a"', '}', ', {"city": "b')).toEqual([
      { items: [{ city: 'a' }] },
    ])
  })

  it('so that nothing is given when what is open is of the wrong kind', async () => {
    const list = z.object({ items: z.array(z.string()), note: z.string() })
    expect(await fromCall(list, '{"items": {"a')).toEqual([])
  })

  it('and completed as soon as it fits as a whole', async () => {
    expect(await fromCall(person, '{"name": "A', 'da", "tags": ["x')).toEqual([
      { name: 'A', tags: [] },
      { name: 'Ada', tags: ['x'] },
    ])
  })

  it('with what may still come forgiven', async () => {
    const spec = z.object({
      name: z.string().min(3),
      mail: z.email(),
      list: z.array(z.string().min(2)).min(2),
    })
    expect(
      await fromCall(spec, '{"name": "A', 'da", "mail": "ada@', 'ex.org", "list": ["', 'ab", "c'),
    ).toEqual([
      { name: 'A' },
      { name: 'Ada', mail: 'ada@' },
      { name: 'Ada', mail: 'ada@ex.org', list: [''] },
      { name: 'Ada', mail: 'ada@ex.org', list: ['ab', 'c'] },
    ])
    expect(await fromCall(spec, '{"name": "A", "mail"')).toEqual([])
    expect(
      await fromCall(z.object({ a: z.string().max(3), b: z.string() }), '{"a": "four'),
    ).toEqual([])
  })

  it('and nothing is forgiven once it is whole', async () => {
    const spec = z.object({ list: z.array(z.string()).min(2) })
    expect(await fromCall(spec, '{"list": ["a"', ']', '}')).toEqual([{ list: ['a'] }])
    const partial = partialOutput(city)
    expect(await partial.update([call('{"city": "Ly')], true)).toBeUndefined()
    expect(await partial.update([call('{"city": "Lyon", "size": 1}')], true)).toEqual({
      value: { city: 'Lyon', size: 1 },
    })
  })

  it('and holds back strings that the schema does not leave as they are', async () => {
    const kinds = z.object({ kind: z.enum(['a', 'ab']), rest: z.string() })
    expect(await fromCall(kinds, '{"kind": "', 'a', 'b"')).toEqual([
      {},
      { kind: 'a' },
      { kind: 'ab' },
    ])
    const day = z.object({ day: z.iso.date().transform((said) => new Date(said)) })
    expect(await fromCall(day, '{"day": "2026-01-02', '"')).toEqual([
      {},
      { day: new Date('2026-01-02') },
    ])
    expect(await fromCall(city, '{"size": "1', '2"', '}')).toEqual([{}, { size: 12 }])
    expect(await fromCall(z.number(), '{"response": "1', '2"')).toEqual([12])
  })

  it('against the option of a union that is meant', async () => {
    const cat = {
      type: 'object',
      properties: { type: { const: 'cat' }, lives: { type: 'number' } },
    }
    const dog = {
      type: 'object',
      properties: { type: { const: 'dog' }, tricks: { type: 'array' } },
    }
    const required = { cat: ['type', 'lives'], dog: ['type', 'tricks'] }
    const pet = {
      type: 'object',
      anyOf: [
        { ...cat, required: required.cat },
        { ...dog, required: required.dog },
      ],
    }
    expect(await fromCall(pet, '{"type": "c', 'at"', ', "lives": 9}')).toEqual([
      {},
      { type: 'cat' },
      { type: 'cat', lives: 9 },
    ])
    expect(await fromCall(pet, '{"type": "cat", "lives": "many", "x')).toEqual([])
    const zodPet = z.discriminatedUnion('type', [
      z.object({ type: z.literal('cat'), lives: z.number() }),
      z.object({ type: z.literal('dog'), tricks: z.array(z.string()) }),
    ])
    const wrapped = z.object({ pet: zodPet })
    expect(await fromCall(wrapped, '{"pet": {"type": "d', 'og"', ', "tricks": ["si')).toEqual([
      { pet: {} },
      { pet: { type: 'dog' } },
      { pet: { type: 'dog', tricks: ['si'] } },
    ])
    expect(await fromCall(wrapped, '{"pet": {"type": "bird"')).toEqual([])
  })

  it.each([
    { by: 'zod', schema: z.object({ a: z.array(z.object({ b: z.number(), c: z.string() })) }) },
    {
      by: 'valibot',
      schema: toStandardJsonSchema(
        v.object({ a: v.array(v.object({ b: v.number(), c: v.string() })) }),
      ),
    },
    {
      by: 'JSON Schema',
      schema: z.toJSONSchema(z.object({ a: z.array(z.object({ b: z.number(), c: z.string() })) })),
    },
  ])('alike by $by', async ({ schema }) => {
    const pieces = ['{"a"', ': [', '{"b": 1', ', "c": "x', '"}', ', {"c": "y"', ', "b": 2}', ']}']
    expect(await fromCall(schema, ...pieces)).toEqual([
      {},
      { a: [] },
      { a: [{}] },
      { a: [{ b: 1, c: 'x' }] },
      { a: [{ b: 1, c: 'x' }, { c: 'y' }] },
      {
        a: [
          { b: 1, c: 'x' },
          { b: 2, c: 'y' },
        ],
      },
    ])
    expect(await fromCall(schema, '{"a": [{"b": 1}, {"b"')).toEqual([])
    expect(await fromCall(schema, '{"a": [{"b": "one", "c"')).toEqual([])
  })

  it('only where it has grown', async () => {
    let checks = 0
    const schema = jsonSchema(z.toJSONSchema(city), {
      validate: (value) => {
        checks += 1
        return { ok: true, value }
      },
    })
    await fromCall(schema, '{"size": 1', '2', '3', '4', '5', '}')
    expect(checks).toBe(2)
  })
})
