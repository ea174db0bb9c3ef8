import { describe, expect, it } from 'vitest'
import { ValidationError } from '../../src/errors/index.ts'
import {
  ImageUrl,
  messagesFromJson,
  messagesToJson,
  type ModelRequest,
  partToWire,
  requestPartFromWire,
  ToolReturnPart,
} from '../../src/messages/index.ts'

const timestamp = '2026-01-02T03:04:05Z'
const returning = (content: unknown): ToolReturnPart =>
  ToolReturnPart({ toolName: 't', content, toolCallId: 'c', timestamp })
const dumped = (content: unknown): unknown => Object(partToWire(returning(content))).content
const requestWith = (part: ToolReturnPart): ModelRequest => ({
  parts: [part],
  timestamp,
  instructions: null,
  kind: 'request',
  runId: null,
  conversationId: null,
  metadata: null,
  state: 'complete',
})

class Celsius {
  readonly degrees: number
  constructor(degrees: number) {
    this.degrees = degrees
  }
  toJSON(): string {
    return `${this.degrees} °C`
  }
}

describe('user data on the wire', () => {
  it.each([
    {
      what: 'a date',
      content: new Date('2026-01-02T03:04:05.678Z'),
      wire: '2026-01-02T03:04:05.678000Z',
    },
    { what: 'an invalid date', content: new Date(NaN), wire: null },
    { what: 'a set', content: new Set([1, 'a']), wire: [1, 'a'] },
    { what: 'a map', content: new Map([['a', 1]]), wire: { a: 1 } },
    { what: 'bytes', content: Uint8Array.of(0xfb, 0xff), wire: '-_8=' },
    {
      what: 'a number JSON does not know',
      content: [NaN, Infinity, -Infinity],
      wire: [null, null, null],
    },
    { what: 'undefined', content: undefined, wire: null },
    { what: 'undefined inside', content: { a: undefined, b: [undefined] }, wire: { b: [null] } },
    { what: 'a function', content: { a: () => 1, b: 2 }, wire: { b: 2 } },
    { what: 'an instance with toJSON', content: { now: new Celsius(21) }, wire: { now: '21 °C' } },
    { what: 'a small bigint', content: 7n, wire: 7 },
    {
      what: 'a key in snake case',
      content: { tool_name: { toolName: 1 } },
      wire: { tool_name: { toolName: 1 } },
    },
  ])('is $wire for $what', ({ content, wire }) => {
    expect(dumped(content)).toEqual(wire)
  })

  it('shares what needs no change', () => {
    const content = { a: [1, { b: 'x' }] }
    expect(dumped(content)).toBe(content)
  })

  it('leaves the data in memory as it was', () => {
    const content = { when: new Date(0), list: [new Set([1])] }
    dumped(content)
    expect(content).toEqual({ when: new Date(0), list: [new Set([1])] })
  })

  it('refuses data that refers to itself, naming the place where it closes', () => {
    const circle: { me: { again?: unknown } } = { me: {} }
    circle.me.again = circle
    const message = requestWith(returning({ list: [circle] }))
    expect(() => messagesToJson([message])).toThrow(
      'The data refers to itself (at [0].parts[0].content.list[0].me.again)',
    )
    const set = new Set<unknown>()
    set.add(set)
    expect(() => messagesToJson([requestWith(returning(set))])).toThrow(ValidationError)
  })

  it('may hold one object in several places', () => {
    const shared = { a: 1 }
    expect(dumped([shared, shared])).toEqual([shared, shared])
  })

  it.each([
    '9007199254740993',
    '-9007199254740993',
    '123456789012345678901234567890',
    '9'.repeat(400),
  ])('keeps the integer %s exactly', (digits) => {
    const json = messagesToJson([requestWith(returning({ big: [0] }))]).replace(
      '[0]',
      `[${digits}]`,
    )
    const [message] = messagesFromJson(json)
    expect(message?.parts[0]).toHaveProperty('content', { big: [BigInt(digits)] })
    expect(messagesToJson(messagesFromJson(json))).toBe(json)
  })

  it('refuses integers of absurd length', () => {
    const json = messagesToJson([requestWith(returning([0]))]).replace(
      '[0]',
      `[${'9'.repeat(9999)}]`,
    )
    expect(() => messagesFromJson(json)).toThrow(ValidationError)
  })

  it('reads large integers back from values too, not only from text', () => {
    const part = returning({ big: 2n ** 64n })
    expect(requestPartFromWire(partToWire(part))).toEqual(part)
  })

  it('keeps numbers that are not whole, and digits inside of strings, as they are', () => {
    const content = {
      a: 1e300,
      large: 1e20,
      b: 'id 12345678901234567',
      c: 0.1234567890123456,
      d: 9007199254740991,
    }
    const [message] = messagesFromJson(messagesToJson([requestWith(returning(content))]))
    expect(message?.parts[0]).toHaveProperty('content', content)
  })
})

describe('media in the content of a tool', () => {
  it('is revived at any depth when it has the field of its kind', () => {
    const part = requestPartFromWire({
      part_kind: 'tool-return',
      tool_name: 't',
      content: { shots: [{ kind: 'image-url', url: 'https://x.test/a.png' }], n: 1 },
      timestamp,
      tool_call_id: 'c',
    })
    expect(part).toHaveProperty('content', { shots: [ImageUrl('https://x.test/a.png')], n: 1 })
    expect(partToWire(part)).toHaveProperty('content.shots.0.identifier', '5449d8')
  })

  it.each([
    { kind: 'image-url', href: 'https://x.test/a.png' },
    { kind: 'binary', data: 'eA==' },
    { kind: 'binary', data: 'not base64!', media_type: 'x/y' },
    { kind: 'uploaded-file', id: 1 },
    { kind: 'text-content', content: 'x' },
    { kind: 'toString', url: 'x' },
  ])('stays data when it only looks like it: $kind', (content) => {
    const part = requestPartFromWire({ part_kind: 'tool-return', tool_name: 't', content })
    expect(part).toHaveProperty('content', content)
    expect(dumped(content)).toBe(content)
  })

  it('is data in memory as long as it is not complete', () => {
    const content = { kind: 'image-url', url: 'https://x.test/a.png' }
    expect(dumped(content)).toBe(content)
    expect(dumped(ImageUrl(content.url))).toHaveProperty('media_type', 'image/png')
  })
})
