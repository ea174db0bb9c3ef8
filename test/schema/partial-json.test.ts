import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson, PartialJson } from '../../src/schema/index.ts'

function read(...pieces: readonly string[]): PartialJson {
  const reader = new PartialJson()
  for (const piece of pieces) reader.add(piece)
  return reader
}

/** The text in pieces; cuts may fall anywhere, also between the halves of a character. */
function cut(text: string, places: readonly number[]): string[] {
  const cuts = places.map((place) => place % (text.length + 1)).toSorted((a, b) => a - b)
  return [...cuts, text.length].map((end, i) => text.slice(cuts[i - 1] ?? 0, end))
}

/** Whether a value may have been read from the beginning of a text that holds the other value. */
function isBeginningOf(part: unknown, whole: unknown): boolean {
  if (part === undefined) return true
  if (typeof part === 'string') return typeof whole === 'string' && whole.startsWith(part)
  if (Array.isArray(part)) {
    return Array.isArray(whole) && part.every((item, i) => isBeginningOf(item, whole[i]))
  }
  if (typeof part !== 'object' || part === null) return Object.is(part, whole)
  if (typeof whole !== 'object' || whole === null) return false
  return Object.entries(part).every(
    ([key, child]) => Object.hasOwn(whole, key) && isBeginningOf(child, Reflect.get(whole, key)),
  )
}

function objectsIn(value: unknown, found = new Set<object>()): Set<object> {
  if (typeof value !== 'object' || value === null) return found
  found.add(value)
  for (const child of Object.values(value)) objectsIn(child, found)
  return found
}

const json = fc
  .jsonValue({ depthSize: 'medium', stringUnit: 'binary' })
  .filter((value) => !JSON.stringify(value).includes('__proto__'))
const spaces = fc.constantFrom(undefined, 2, '\t')
const places = fc.array(fc.nat(), { maxLength: 20 })

describe('PartialJson', () => {
  it.each([
    { text: '', value: undefined, openPath: [] },
    { text: ' {', value: {}, openPath: [] },
    { text: '{"na', value: {}, openPath: [] },
    { text: '{"name"', value: {}, openPath: ['name'] },
    { text: '{"name": ', value: {}, openPath: ['name'] },
    { text: '{"name": "', value: { name: '' }, openPath: ['name'] },
    { text: '{"name": "Ad', value: { name: 'Ad' }, openPath: ['name'] },
    { text: '{"name": "Ada"', value: { name: 'Ada' }, openPath: [] },
    { text: '{"name": "Ada",', value: { name: 'Ada' }, openPath: [] },
    { text: '{"age": 3', value: {}, openPath: ['age'] },
    { text: '{"age": 36 ', value: { age: 36 }, openPath: [] },
    { text: '{"age": -1.5e', value: {}, openPath: ['age'] },
    { text: '[tru', value: [], openPath: [0] },
    { text: '[true', value: [true], openPath: [] },
    { text: '[true, nul', value: [true], openPath: [1] },
    { text: '[[1, 2], [3, ', value: [[1, 2], [3]], openPath: [1, 1] },
    { text: '{"a": [{"b": "c', value: { a: [{ b: 'c' }] }, openPath: ['a', 0, 'b'] },
    { text: '"a\\', value: 'a', openPath: [] },
    { text: '"a\\u00', value: 'a', openPath: [] },
    { text: '"a\\u00e9', value: 'aé', openPath: [] },
    { text: '"\\ud83d', value: '', openPath: [] },
    { text: '"\\ud83d\\ude', value: '', openPath: [] },
    { text: '"\\ud83d\\ude00', value: '😀', openPath: [] },
    { text: '"😀'.slice(0, -1), value: '', openPath: [] },
  ])('reads $text as $value, growing at $openPath', ({ text, value, openPath }) => {
    const reader = read(text)
    expect([reader.state, reader.value, reader.openPath]).toEqual(['open', value, openPath])
  })

  it('tells the string that grows, and the value without it', () => {
    const growing = read('{"a": ["x", "y')
    expect(growing.openText).toBe('y')
    expect(growing.settledValue).toEqual({ a: ['x'] })
    const between = read('{"a": ["x", "y"')
    expect(between.openText).toBeUndefined()
    expect(between.settledValue).toBe(between.value)
  })

  it('knows a number that stands alone only when no more text comes', () => {
    const reader = read('12')
    expect([reader.state, reader.value]).toEqual(['open', undefined])
    reader.end()
    expect([reader.state, reader.value]).toEqual(['complete', 12])
  })

  it('stays open at the end of a text that was cut off', () => {
    const reader = read('{"a": [1, 2')
    reader.end()
    expect([reader.state, reader.value]).toEqual(['open', { a: [1] }])
  })

  it.each([
    'Sure!',
    '{a: 1}',
    "{'a': 1}",
    '{"a" 1',
    '[1,]',
    '{"a": 1,}',
    '[1}',
    ']',
    '[01,',
    '[1.,',
    '[nul,',
    'None',
    '"a\nb',
    '"\\x',
    '"\\u00g',
    '{} {',
    '{"a": {"__proto__": {"admin": true}',
    '{"\\u005f_proto__": 1',
    '['.repeat(101),
  ])('breaks at what cannot become JSON or is refused: %s', (text) => {
    const reader = read(text)
    expect([reader.state, reader.openPath]).toEqual(['broken', undefined])
  })

  it('breaks at a text that is longer than its bound', () => {
    const reader = new PartialJson({ maxChars: 5 })
    reader.add('"abc"')
    expect(reader.state).toBe('complete')
    reader.add(' ')
    expect(reader.state).toBe('broken')
  })

  it('keeps what came before the break', () => {
    expect(read('{"a": 1, b').value).toEqual({ a: 1 })
  })

  it('reads keys like `constructor` as plain data', () => {
    const { value } = read('{"constructor": {"prototype": 1}, "toString": "x')
    expect(Object.keys(value as object)).toEqual(['constructor', 'toString'])
  })

  it('leaves alone what follows the value, if told so', () => {
    const reader = new PartialJson({ allowsRest: true })
    reader.add('{"a": 1}\n```')
    reader.add('\nThat is all.')
    expect([reader.state, reader.value]).toEqual(['complete', { a: 1 }])
  })

  it('never changes a value that was handed out, and shares what is whole', () => {
    const reader = read('{"done": {"a": [1]}, "open": [{"b": 2}')
    const before = reader.value as { done: object; open: object[] }
    expect(reader.value).toBe(before)
    reader.add(', {"b": 3')
    const after = reader.value as { done: object; open: object[] }
    expect(before).toEqual({ done: { a: [1] }, open: [{ b: 2 }] })
    expect(after).toEqual({ done: { a: [1] }, open: [{ b: 2 }, {}] })
    expect(after.done).toBe(before.done)
    expect(after.open[0]).toBe(before.open[0])
  })

  it('hands out the same value as long as nothing was added to it', () => {
    const reader = read('{"a": "x", ')
    const before = reader.value
    reader.add(' "key')
    reader.add('": 12')
    expect(reader.value).toBe(before)
  })

  it('comes to the value of JSON.parse by values that only grow, wherever the text is cut', () => {
    fc.assert(
      fc.property(json, spaces, places, (value, space, cuts) => {
        const reader = new PartialJson()
        const text = JSON.stringify(value, null, space)
        let last: unknown
        for (const piece of cut(text, cuts)) {
          reader.add(piece)
          expect(reader.state).not.toBe('broken')
          expect(isBeginningOf(last, reader.value)).toBe(true)
          expect(isBeginningOf(reader.value, JSON.parse(text))).toBe(true)
          last = reader.value
        }
        reader.end()
        expect(reader.state).toBe('complete')
        expect(reader.value).toEqual(JSON.parse(text))
      }),
      { numRuns: 500 },
    )
  })

  it('has read every value it hands out as if the text had come in one piece', () => {
    fc.assert(
      fc.property(json, places, (value, cuts) => {
        const reader = new PartialJson()
        let text = ''
        for (const piece of cut(JSON.stringify(value), cuts)) {
          reader.add(piece)
          text += piece
          const whole = read(text)
          expect(reader.value).toEqual(whole.value)
          expect(reader.openPath).toEqual(whole.openPath)
        }
      }),
    )
  })

  it('is complete at the end of what parseJson accepts, and of nothing else', () => {
    const marks = fc.constantFrom(
      ...'{ } [ ] : , " \\'.split(' '),
      '\n ',
      '"a"',
      '-',
      '0',
      '1',
      '.',
      'e',
      'true',
      'nul',
      '\\u',
    )
    const text = fc.array(marks, { maxLength: 12 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, places, (given, cuts) => {
        const reader = read(...cut(given, cuts))
        reader.end()
        const parsed = parseJson(given)
        expect(reader.state === 'complete').toBe(parsed.ok)
        expect(reader.value).toEqual(parsed.ok ? parsed.value : reader.value)
      }),
      { numRuns: 5000 },
    )
  })

  it('makes few objects to read a long text again and again', () => {
    const rows = Array.from({ length: 9_000 }, (_, id) => ({
      id,
      tags: ['a', 'b'],
      text: 'x'.repeat(75),
    }))
    const groups = Array.from({ length: 90 }, (_, i) => rows.slice(100 * i, 100 * i + 100))
    const text = JSON.stringify({ groups })
    expect(text.length).toBeGreaterThan(1_000_000)
    const size = Math.ceil(text.length / 10_000)
    const reader = new PartialJson()
    const made = new Set<object>()
    let copied = 0
    for (let i = 0; i < 10_000; i++) {
      reader.add(text.slice(size * i, size * i + size))
      if (i % 100 !== 0) continue
      for (const found of newIn(reader.value, made)) {
        made.add(found)
        copied += Object.keys(found).length
      }
    }
    expect(reader.state).toBe('complete')
    expect(reader.value).toEqual({ groups })
    const whole = objectsIn(reader.value)
    // A read copies what is open: the root, the groups, one group, one row, its tags.
    expect(made.size).toBeLessThan(whole.size + 100 * 5)
    expect(copied).toBeLessThan(9_000 * 6 + 100 * (1 + 90 + 100 + 3 + 2))
  })
})

/** The objects that were not handed out before; what is known is not looked into. */
function newIn(value: unknown, known: ReadonlySet<object>): object[] {
  if (typeof value !== 'object' || value === null || known.has(value)) return []
  return [value, ...Object.values(value).flatMap((child) => newIn(child, known))]
}
