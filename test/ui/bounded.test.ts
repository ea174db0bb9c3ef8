import { describe, expect, it } from 'vitest'
import { bounded, messageBounds, smallBounds } from '../../src/ui/bounded.ts'
import { restored } from '../../src/ui/restored.ts'

describe('bounded values', () => {
  it('are plain JSON, whatever they were', () => {
    const circle: Record<string, unknown> = { name: 'round' }
    circle['self'] = circle
    const value = {
      circle,
      error: new TypeError('No'),
      date: new Date(0),
      bytes: new Uint8Array(3),
      map: new Map([['a', 1]]),
      set: new Set([1]),
      big: 10n,
      nan: Number.NaN,
      call: () => 1,
      get broken(): string {
        throw new Error('Not to be read')
      },
    }
    expect(JSON.parse(JSON.stringify(bounded(value, smallBounds)))).toEqual({
      circle: { name: 'round', self: '[cut: what is further in]' },
      error: { name: 'TypeError', message: 'No' },
      date: '1970-01-01T00:00:00.000Z',
      bytes: '[3 bytes]',
      map: { a: 1 },
      set: [1],
      big: '10',
      nan: 'NaN',
    })
  })

  it.each([
    { why: 'a long text', value: { text: 'x'.repeat(1e6) } },
    { why: 'a long list', value: Array.from({ length: 1e5 }, () => 'item') },
    { why: 'many keys', value: Object.fromEntries(Array.from({ length: 1e4 }, (_, i) => [i, i])) },
    { why: 'depth', value: nested(10_000) },
    { why: 'breadth at each level', value: wide(8) },
  ])('are small, however large: $why', ({ value }) => {
    expect(JSON.stringify(bounded(value, smallBounds)).length).toBeLessThan(20_000)
  })

  it('say how much was left out', () => {
    const list = Array.from({ length: 40 }, (_, i) => i)
    expect(bounded(list, smallBounds)).toEqual([...list.slice(0, 30), '[cut: 10 more]'])
    expect(bounded('y'.repeat(1_234), smallBounds)).toBe(
      `${'y'.repeat(1_000)}… [cut: 234 more characters]`,
    )
  })

  it.each([
    ['apiKey', 'abc'],
    ['api_key', 'abc'],
    ['Authorization', 'Basic abc'],
    ['extraHeaders', { 'x-tenant': 'abc' }],
    ['headers', { 'x-tenant': 'abc' }],
    ['accessToken', 'abc'],
    ['token', 'abc'],
    ['password', 'abc'],
    ['clientSecret', { value: 'abc' }],
    ['set-cookie', 'abc'],
    ['deps', { db: 'abc' }],
  ])('hide %s', (key, value) => {
    expect(bounded({ [key]: value }, smallBounds)).toEqual({ [key]: '[hidden]' })
  })

  it('show what only sounds like a secret', () => {
    const value = { inputTokens: 5, maxTokens: 10, toolCallId: 'a', tokens: ['b'], keys: 'c' }
    expect(bounded(value, smallBounds)).toEqual(value)
  })

  it.each([
    'sk-proj-abcdefghijklmnopqrstuvwxyz',
    'ghp_abcdefghijklmnopqrstuvwxyzABCDEFGHIJ',
    'Bearer abcdefghijklmnop.qrstuvwxyz',
    'AKIAABCDEFGHIJKLMNOP',
    '-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----',
  ])('hide a key in the middle of a text: %s', (secret) => {
    expect(bounded(`It is ${secret}, he said`, smallBounds)).toBe('It is [hidden], he said')
  })

  it('keep a prototype from being named', () => {
    const value: unknown = JSON.parse('{"__proto__":{"polluted":true}}')
    const shown = bounded(value, smallBounds)
    expect(Object.getPrototypeOf(shown)).toBe(Object.prototype)
    expect(JSON.stringify(shown)).toBe('{"__proto__":{"polluted":true}}')
  })
})

describe('values that come back edited', () => {
  const original = {
    apiKey: 'hush',
    text: 'z'.repeat(200_000),
    list: Array.from({ length: 1_200 }, (_, i) => i),
    note: 'before',
    file: { data: 'A'.repeat(3_000_000), mediaType: 'image/png' },
  }
  const shown = (): Record<string, unknown> =>
    structuredClone(bounded(original, messageBounds)) as Record<string, unknown>

  it('are the original where nothing was changed', () => {
    expect(restored(shown(), original, messageBounds)).toEqual(original)
  })

  it('have what was changed', () => {
    const edited = { ...shown(), note: 'after', more: [1] }
    expect(restored(edited, original, messageBounds)).toEqual({
      ...original,
      note: 'after',
      more: [1],
    })
  })

  it.each([
    { why: 'a text that is shown in part', change: { text: `a${String(shown()['text'])}` } },
    { why: 'a secret in another place', change: { other: '[hidden]' } },
  ])('are refused with a change of $why', ({ change }) => {
    const edited = { ...shown(), ...change }
    expect(() => restored(edited, original, messageBounds)).toThrow('only in part')
  })
})

function nested(depth: number): unknown {
  let value: unknown = 'core'
  for (let i = 0; i < depth; i += 1) value = { value }
  return value
}

function wide(depth: number): unknown {
  return depth === 0 ? 'leaf' : Array.from({ length: 8 }, () => wide(depth - 1))
}
