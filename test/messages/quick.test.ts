import fc from 'fast-check'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { Place, type Shape, shape } from '../../src/codec/index.ts'
import { ValidationError } from '../../src/errors/index.ts'
import { request, response } from '../../src/messages/wire/messages.ts'
import { requestKinds, responseKinds } from '../../src/messages/wire/parts.ts'
import { requestCounters } from '../../src/messages/wire/usage.ts'

/** Values that the fields have when they are as usual; those that are left out here stand for any text. */
const usual: Readonly<Record<string, readonly unknown[]>> = {
  parts: [
    [],
    [{ part_kind: 'text', content: 'Hi.' }],
    [{ part_kind: 'user-prompt', content: 'Hi.' }],
  ],
  usage: [{}, { input_tokens: 3, output_tokens: 0 }, { input_tokens: 3, details: {}, further: 1 }],
  timestamp: ['2026-01-02T03:04:05Z', '2026-01-31T03:04:05.678Z', '2026-01-31T03:04:05.678901Z'],
  content: [
    'Hi.',
    { found: [1, 2] },
    { kind: 'image-url', url: 'https://example.com/a.png' },
    null,
  ],
  args: ['{}', { page: 1 }],
  state: ['complete'],
  outcome: ['success'],
  finish_reason: ['stop', 'tool_call', 'length'],
  details: [{}, { reasoning_tokens: 1 }],
  cost: ['0.5', 0.5],
  tool_kind: [null],
  metadata: [null],
  provider_details: [null, { id: 1 }],
}
const tokens = [0, 7, 2 ** 31]
const unusual = [
  null,
  'text',
  '',
  -1,
  0.5,
  2 ** 60,
  1e300,
  Infinity,
  true,
  [],
  ['text'],
  {},
  { a: { b: [1] } },
]
const words = ['incomplete', 'failed', 'error', 'tool-search', '2026-02-30T00:00:00Z', '1e5']

/** Objects of a kind, most of their fields as usual, some not, some left out. */
function objectsOf(fields: object): fc.Arbitrary<unknown> {
  const names = Object.values<{ wire: string; aliases?: readonly string[] }>({ ...fields })
  const keys = names.flatMap(({ wire, aliases = [] }) => [wire, ...aliases])
  const values = keys.map((key) => {
    const plain = usual[key] ?? (key.endsWith('_tokens') ? tokens : ['text'])
    const other = fc.constantFrom(...unusual, ...words)
    return [key, fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...plain) }, other)] as const
  })
  const aliases = names.flatMap((field) => field.aliases ?? [])
  return fc
    .tuple(fc.record(Object.fromEntries(values), { requiredKeys: [] }), fc.boolean())
    .map(([made, isOld]) => (isOld ? made : without(made, aliases)))
}

function without(value: object, keys: readonly string[]): unknown {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)))
}

/** What comes of reading or completing, apart from ids that are made up. */
function outcome(convert: Shape<object>['read'], value: unknown): unknown {
  const place = new Place()
  place.path.push('here')
  try {
    const text = JSON.stringify(convert(value, place))
    return [text.replaceAll(/pyd_ai_[0-9a-f]{32}/g, 'made up'), place.path]
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error
    return [error.message, error.path]
  }
}

/** The object with the names that memory has for its fields. */
function inMemory(value: unknown, fields: object): unknown {
  const names = Object.entries<{ wire: string }>({ ...fields })
  const inner = {
    part_kind: 'partKind',
    input_tokens: 'inputTokens',
    output_tokens: 'outputTokens',
  }
  const renamed = [...names.map(([key, { wire }]) => [wire, key]), ...Object.entries(inner)]
  const text = renamed.reduce(
    (all, [wire, key]) => all.replaceAll(`"${wire}":`, `"${key}":`),
    JSON.stringify(value),
  )
  return JSON.parse(text)
}

/** Whether what is whole comes back as the same object. */
function isKept({ complete }: Shape<object>, value: unknown): boolean {
  try {
    return complete(value, new Place()) === value
  } catch {
    return false
  }
}

// What has no time gets the current one.
beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterAll(() => void vi.useRealTimers())

const kinds: Readonly<Record<string, Shape<object>>> = {
  request,
  response,
  'usage of a request': requestCounters,
  ...requestKinds,
  ...responseKinds,
}

it.each(Object.entries(kinds))('%s is read by the short way as by its table', (_, kind) => {
  const table = shape(kind.fields)
  fc.assert(
    fc.property(objectsOf(kind.fields), (value) => {
      expect(outcome(kind.read, value)).toEqual(outcome(table.read, value))
    }),
    { numRuns: 1_000 },
  )
})

it.each(Object.entries(kinds))('%s is filled in by the short way as by its table', (_, kind) => {
  const table = shape(kind.fields)
  fc.assert(
    fc.property(objectsOf(kind.fields), (value) => {
      const given = inMemory(value, kind.fields)
      expect(outcome(kind.complete, given)).toEqual(outcome(table.complete, given))
      expect(isKept(kind, given)).toBe(isKept(table, given))
    }),
    { numRuns: 1_000 },
  )
})
