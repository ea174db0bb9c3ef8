import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseArguments, parseJson } from '../../src/schema/index.ts'

const cyclic: Record<string, unknown> = {}
cyclic['self'] = cyclic

describe('arguments', () => {
  it.each([[''], [null], [undefined], ['{}'], [{}]])('%j are no arguments', (raw) => {
    expect(parseArguments(raw)).toEqual({ ok: true, value: {} })
  })

  it('are read from text or taken as an object', () => {
    expect(parseArguments('{"a": [1, {"b": null}]}')).toEqual({
      ok: true,
      value: { a: [1, { b: null }] },
    })
    const value = { a: [1, { b: 'x' }] }
    expect(parseArguments(value)).toEqual({ ok: true, value })
  })

  it('that are not JSON give one issue with the text', () => {
    const raw = '{"a": 1, "b":'
    expect(parseArguments(raw)).toMatchObject({
      issues: [
        {
          type: 'json_invalid',
          loc: [],
          msg: expect.stringMatching(/^Invalid JSON: ./),
          input: raw,
        },
      ],
    })
  })

  it.each([['[1]'], ['3'], ['"text"'], [[1]]])('%j are no object', (raw) => {
    expect(parseArguments(raw)).toMatchObject({
      ok: false,
      issues: [{ type: 'object_type', loc: [] }],
    })
  })

  it.each([
    '{"a": {"__proto__": {"admin": true}}}',
    '{"a": {"\\u005f_proto__": 1}}',
    '{"a": {"\\u005F\\u005Fproto\\u005F\\u005F": 1}}',
  ])('with the key __proto__ are refused: %s', (raw) => {
    const expected = { ok: false, issues: [{ type: 'forbidden_key', loc: ['a', '__proto__'] }] }
    expect(parseArguments(raw)).toMatchObject(expected)
    expect(parseArguments(JSON.parse(raw))).toMatchObject(expected)
  })

  it('may say `__proto__` in a value, and have keys like `constructor`, which stay plain data', () => {
    const parsed = parseArguments('{"constructor": {"prototype": 1}, "toString": "__proto__"}')
    expect(parsed.ok && Object.keys(parsed.value)).toEqual(['constructor', 'toString'])
    expect(({} as { prototype?: unknown }).prototype).toBeUndefined()
  })

  it.each([
    { what: 'text', raw: `{"a": "${'x'.repeat(2_000_000)}"}` },
    { what: 'an object', raw: { a: 'x'.repeat(2_000_000) } },
    { what: 'many values', raw: { a: Array.from({ length: 1_000_000 }, () => 1) } },
  ])('that are huge are refused as $what, and not repeated', ({ raw }) => {
    const result = parseArguments(raw)
    expect(result).toMatchObject({ ok: false, issues: [{ type: 'too_large' }] })
    expect(JSON.stringify(result).length).toBeLessThan(500)
  })

  it.each([
    { what: 'lists in text', raw: `{"a": ${'['.repeat(100_000)}${']'.repeat(100_000)}}` },
    { what: 'objects in text', raw: `${'{"a":'.repeat(101)}1${'}'.repeat(101)}` },
    { what: 'an object that holds itself', raw: cyclic },
  ])('that are too deep are refused: $what', ({ raw }) => {
    expect(parseArguments(raw)).toMatchObject({ ok: false, issues: [{ type: 'too_deep' }] })
  })

  it.each([`{"a": ${'['.repeat(100_000)}`, '['.repeat(100_000), '{"a":'.repeat(100_000)])(
    'that never end do not blow the stack',
    (raw) =>
      expect(parseArguments(raw)).toMatchObject({ ok: false, issues: [{ type: 'json_invalid' }] }),
  )

  it('may be exactly as deep and large as the bounds say', () => {
    const deep = `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`
    expect(parseArguments(deep).ok).toBe(true)
    expect(parseArguments('{"a": {"b": 1}}', { maxDepth: 2 }).ok).toBe(true)
    expect(parseArguments('{"a": {"b": {} } }', { maxDepth: 2 }).ok).toBe(false)
    expect(parseArguments('{"a":1}', { maxChars: 7 }).ok).toBe(true)
    expect(parseArguments('{"a":1}', { maxChars: 6 }).ok).toBe(false)
  })

  it('a bracket in a string is no level', () => {
    expect(parseArguments(JSON.stringify({ a: '['.repeat(500) })).ok).toBe(true)
  })

  it('never make it throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.object()), (raw) => {
        const parsed = parseArguments(raw)
        expect(parsed.ok ? 1 : parsed.issues.length).toBe(1)
      }),
    )
  })
})

describe('parseJson', () => {
  it('reads any JSON value as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value)
        fc.pre(!text.includes('__proto__'))
        expect(parseJson(text)).toEqual({ ok: true, value: JSON.parse(text) })
      }),
    )
  })
})
