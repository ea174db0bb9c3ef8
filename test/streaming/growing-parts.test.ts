import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TextPart } from '../../src/messages/index.ts'
import {
  type AgentEvent,
  EventFeed,
  GrowingParts,
  type ResponseDelta,
  ResponseFold,
} from '../../src/streaming/index.ts'
import { collect } from '../helpers/events.ts'

const timestamp = '2026-01-01T00:00:00.000Z'

const key = fc.option(fc.constantFrom('a', 'b', 1), { nil: undefined })
const word = fc.constantFrom('', 'x', 'yy ', '{"')
const details = fc.option(fc.constantFrom({ one: 1 }, { two: 2 }, { one: 3 }), { nil: null })
const piece = { key, providerName: fc.constantFrom(null, 'p', 'q'), providerDetails: details }

/** Without what is left open, as adapters write pieces. */
const defined = <TFields extends object>(fields: fc.Arbitrary<TFields>): fc.Arbitrary<TFields> =>
  fields.map((made) => {
    const entries = Object.entries(made).filter(([, value]) => value !== undefined)
    return Object.fromEntries(entries) as TFields
  })

/** Pieces as they may come; arguments of one kind in all of them, since mixing is refused. */
const deltasWith = (args: fc.Arbitrary<string | object>): fc.Arbitrary<ResponseDelta[]> => {
  const delta = fc.oneof(
    defined(fc.record({ kind: fc.constant('text'), content: word, ...piece })),
    defined(
      fc.record({
        kind: fc.constant('thinking'),
        content: fc.option(word, { nil: undefined }),
        signature: fc.constantFrom(undefined, null, 's', 't'),
        ...piece,
      }),
    ),
    defined(
      fc.record({
        kind: fc.constant('tool-call'),
        toolName: fc.constantFrom(undefined, undefined, 'tool', '_more'),
        args: fc.option(args, { nil: undefined }),
        toolCallId: fc.constantFrom(undefined, 'c', 'd'),
        ...piece,
      }),
    ),
    defined(
      fc.record({
        kind: fc.constant('part'),
        key,
        part: fc.constantFrom(
          { partKind: 'text', content: 'whole' },
          { partKind: 'compaction', content: null },
          { partKind: 'builtin-tool-call', toolName: 'search', toolCallId: 'n', args: null },
        ),
      }),
    ),
    fc.constant({ kind: 'response', usage: { inputTokens: 1 } }),
  )
  return fc.array(delta, { maxLength: 30 }) as fc.Arbitrary<ResponseDelta[]>
}

const responses = fc.oneof(
  deltasWith(word),
  deltasWith(fc.constantFrom({ a: 1 }, { b: 2 }, { a: 3 })),
)

function grown(events: readonly AgentEvent[]) {
  const growing = new GrowingParts()
  for (const event of events) growing.add(event)
  return growing.parts
}

function eventsOf(deltas: readonly ResponseDelta[]) {
  const events: AgentEvent[] = []
  const fold = new ResponseFold({ emit: (event) => events.push(event), timestamp })
  return { fold, events, add: () => deltas.forEach((delta) => fold.add(delta)) }
}

describe('parts put together from events', () => {
  it('are those that the response has, whatever comes', () => {
    fc.assert(
      fc.property(responses, (deltas) => {
        const { fold, events, add } = eventsOf(deltas)
        add()
        fold.end()
        expect(grown(events)).toEqual(fold.parts)
      }),
      { numRuns: 500 },
    )
  })

  it('are the same for who comes in the middle and is retold what was', () => {
    fc.assert(
      fc.property(responses, responses, (early, late) => {
        const { fold, events, add } = eventsOf(early)
        add()
        const retold = fold.retell()
        events.length = 0
        const areAlike = late.every((delta) => {
          try {
            fold.add(delta)
            return true
          } catch {
            return false // text and object arguments in one call
          }
        })
        fc.pre(areAlike)
        fold.end()
        expect(grown([...retold, ...events])).toEqual(fold.parts)
      }),
      { numRuns: 500 },
    )
  })

  it('are the same for a lossy reader, who gets neighbouring deltas as one', async () => {
    await fc.assert(
      fc.asyncProperty(responses, async (deltas) => {
        const { fold, events, add } = eventsOf(deltas)
        const feed = new EventFeed()
        const reader = feed.join({ lossy: true })
        add()
        for (const event of events) feed.push(event)
        feed.close()
        expect(grown(await collect(reader))).toEqual(fold.parts)
      }),
      { numRuns: 500 },
    )
  })

  it('begin anew with each response', () => {
    const { events: first, fold: one, add } = eventsOf([{ kind: 'text', content: 'a' }])
    add()
    one.end()
    const { events: second, fold: two } = eventsOf([])
    two.add({ kind: 'tool-call', args: '{}', key: 0 }) // never gets a name
    two.add({ kind: 'text', content: 'b' })
    expect(grown([...first, ...second])).toEqual([TextPart('b')])
  })

  it('do not change afterwards', () => {
    const { events, fold, add } = eventsOf([{ kind: 'text', content: 'a' }])
    add()
    const growing = new GrowingParts()
    expect(events.map((event) => growing.add(event))).toEqual([true])
    const { parts } = growing
    fold.add({ kind: 'text', content: 'b' })
    fold.end()
    expect(events.slice(1).map((event) => growing.add(event))).toEqual([true, false])
    expect(parts).toEqual([TextPart('a')])
    expect(growing.parts).toEqual([TextPart('ab')])
  })
})
