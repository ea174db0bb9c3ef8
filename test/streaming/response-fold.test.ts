import { describe, expect, it } from 'vitest'
import { UnexpectedModelBehavior } from '../../src/errors/index.ts'
import { TextPart, ThinkingPart, ToolCallPart } from '../../src/messages/index.ts'
import {
  type AgentEvent,
  type AwaitedOutput,
  GrowingParts,
  type ResponseDelta,
  ResponseFold,
} from '../../src/streaming/index.ts'
import { outlineOf } from './outline.ts'

type FoldOptions = ConstructorParameters<typeof ResponseFold>[0]

const timestamp = '2026-01-01T00:00:00.000Z'

const textOnly: AwaitedOutput = {
  allowTextOutput: true,
  allowImageOutput: false,
  outputTools: [],
  functionTools: [],
}

function folded(deltas: readonly ResponseDelta[], options: Partial<FoldOptions> = {}) {
  const events: AgentEvent[] = []
  const fold = new ResponseFold({ emit: (event) => events.push(event), timestamp, ...options })
  for (const delta of deltas) fold.add(delta)
  return { fold, events }
}

/** A response in pieces, to its end. */
function told(deltas: readonly ResponseDelta[], options: Partial<FoldOptions> = {}) {
  const { fold, events } = folded(deltas, options)
  fold.end()
  return { parts: fold.parts, events, outline: outlineOf(events) }
}

const text = (content: string, key?: string): ResponseDelta => ({
  kind: 'text',
  content,
  ...(key !== undefined && { key }),
})

describe('pieces of text and thinking', () => {
  it('extend the latest part of their kind, and begin a new one behind another', () => {
    const { parts, outline } = told([
      { kind: 'thinking', content: 'Hm' },
      { kind: 'thinking', content: 'm', signature: 's' },
      text('a '),
      text('b'),
      { kind: 'thinking', content: 'Oh' },
      text('c'),
    ])
    expect(parts).toEqual([
      ThinkingPart('Hmm', { signature: 's' }),
      TextPart('a b'),
      ThinkingPart('Oh'),
      TextPart('c'),
    ])
    expect(outline).toEqual([
      'start 0 thinking "Hm" after null',
      'delta 0 "m"',
      'end 0 thinking "Hmm" before text',
      'start 1 text "a " after thinking',
      'delta 1 "b"',
      'end 1 text "a b" before thinking',
      'start 2 thinking "Oh" after text',
      'end 2 thinking "Oh" before text',
      'start 3 text "c" after thinking',
      'end 3 text "c" before null',
    ])
  })

  it('with a key extend the part that it began, whatever came in between', () => {
    const { parts, outline } = told([text('a', 'x'), text('b', 'y'), text('c', 'x'), text('d')])
    expect(parts.map((part) => 'content' in part && part.content)).toEqual(['ac', 'bd'])
    expect(outline.filter((line) => line.startsWith('delta'))).toEqual([
      'delta 0 "c"',
      'delta 1 "d"',
    ])
  })

  it('take id, provider and details with them; details add up key by key', () => {
    const { parts, events } = told([
      { kind: 'text', content: 'a', id: 'i', providerName: 'p', providerDetails: { one: 1 } },
      { kind: 'text', content: 'b', id: 'j', providerDetails: { two: 2 } },
      { kind: 'text', content: 'c', providerDetails: { one: 3 } },
    ])
    expect(parts).toEqual([
      TextPart('abc', { id: 'i', providerName: 'p', providerDetails: { one: 3, two: 2 } }),
    ])
    expect(events[1]).toMatchObject({
      delta: { providerName: null, providerDetails: { two: 2 } },
    })
  })

  it('of thinking may bring a signature alone; the last one counts', () => {
    const { parts, events } = told([
      { kind: 'thinking', signature: 'first' },
      { kind: 'thinking', content: 'x' },
      { kind: 'thinking', signature: 'second' },
    ])
    expect(parts).toEqual([ThinkingPart('x', { signature: 'second' })])
    expect(events[2]).toMatchObject({ delta: { contentDelta: null, signatureDelta: 'second' } })
  })

  it('keep quiet details out of the deltas, and all details in the part', () => {
    const { parts, events } = told([
      { kind: 'thinking', content: 'x', quietDetails: { raw: 'x' }, providerDetails: { told: 1 } },
      { kind: 'thinking', content: 'y', quietDetails: { raw: 'xy' } },
    ])
    expect(parts).toEqual([ThinkingPart('xy', { providerDetails: { raw: 'xy', told: 1 } })])
    expect(events[1]).toMatchObject({ delta: { contentDelta: 'y', providerDetails: null } })
  })

  it('never carry the key out of the process', () => {
    const { parts, events } = told([text('a', 'secret'), text('b', 'secret')])
    expect(JSON.stringify([parts, events])).not.toContain('secret')
  })
})

describe('pieces of a call', () => {
  it('append names and argument texts, and merge argument objects', () => {
    const { parts } = told([
      { kind: 'tool-call', toolName: 'get_', toolCallId: 'c', key: 1 },
      { kind: 'tool-call', toolName: 'weather', args: '{"ci', key: 1 },
      { kind: 'tool-call', args: 'ty":1}', key: 1 },
      { kind: 'tool-call', toolName: 'other', args: { a: 1 }, toolCallId: 'd' },
      { kind: 'tool-call', args: { b: 2 } },
    ])
    expect(parts).toEqual([
      ToolCallPart({ toolName: 'get_weather', toolCallId: 'c', args: '{"city":1}' }),
      ToolCallPart({ toolName: 'other', toolCallId: 'd', args: { a: 1, b: 2 } }),
    ])
  })

  it('begin a new call with each name, when there is no key', () => {
    const { parts } = told([
      { kind: 'tool-call', toolName: 'a', toolCallId: '1' },
      { kind: 'tool-call', toolName: 'a', toolCallId: '2' },
    ])
    expect(parts).toMatchObject([{ toolCallId: '1' }, { toolCallId: '2' }])
  })

  it('may bring another id; without any, one is made up and stays', () => {
    const { parts, events } = told([
      { kind: 'tool-call', toolName: 'a', toolCallId: 'early' },
      { kind: 'tool-call', toolCallId: 'late' },
      { kind: 'tool-call', toolName: 'b' },
      { kind: 'tool-call', args: '{}' },
    ])
    expect(parts[0]).toMatchObject({ toolCallId: 'late' })
    expect(events[1]).toMatchObject({ delta: { toolCallId: 'late', argsDelta: null } })
    expect(parts[1]).toMatchObject({ toolCallId: expect.stringMatching(/^pyd_ai_/) })
    const made = events[3]?.eventKind === 'part_start' ? events[3].part : undefined
    expect(made).toMatchObject({ toolCallId: Reflect.get(parts[1] ?? {}, 'toolCallId') })
    expect(events[4]).toMatchObject({ delta: { argsDelta: '{}' } })
  })

  it('are told from the moment the call has a name, with all that came before', () => {
    const { parts, outline } = told([
      { kind: 'tool-call', args: '{"a"', toolCallId: 'c', key: 0 },
      text('meanwhile'),
      { kind: 'tool-call', args: ':1', key: 0 },
      { kind: 'tool-call', toolName: 'late', key: 0 },
      { kind: 'tool-call', args: '}', key: 0 },
    ])
    expect(outline).toEqual([
      'start 1 text "meanwhile" after null',
      'end 1 text "meanwhile" before tool-call',
      'start 0 tool-call late("{\\"a\\":1") after text',
      'delta 0 "}"',
      'end 0 tool-call late("{\\"a\\":1}") before null',
    ])
    expect(parts.map(({ partKind }) => partKind)).toEqual(['tool-call', 'text'])
  })

  it('that never get a name are no part of the response', () => {
    const { parts, events } = told([
      { kind: 'tool-call', args: '{}', key: 0 },
      text('a'),
      { kind: 'tool-call', toolName: '', key: 1 },
    ])
    expect(parts).toEqual([TextPart('a')])
    const growing = new GrowingParts()
    for (const event of events) growing.add(event)
    expect(growing.parts).toEqual(parts)
  })

  it.each([
    ['text behind an object', { a: 1 }, '{}'],
    ['an object behind text', '{}', { a: 1 }],
  ])('are refused when they mix kinds of arguments: %s', (_, first, next) => {
    const { fold } = folded([{ kind: 'tool-call', toolName: 'a', args: first }])
    expect(() => fold.add({ kind: 'tool-call', args: next })).toThrow(UnexpectedModelBehavior)
  })

  it('extend whole calls, also those of the provider’s own tools', () => {
    const { parts } = told([
      {
        kind: 'part',
        key: 'n',
        part: { partKind: 'builtin-tool-call', toolName: 'search', toolCallId: 'c', args: null },
      },
      text('searching'),
      { kind: 'tool-call', key: 'n', args: '{"q":' },
      { kind: 'tool-call', key: 'n', args: '1}' },
    ])
    expect(parts[0]).toMatchObject({ partKind: 'builtin-tool-call', args: '{"q":1}' })
  })
})

describe('whole parts', () => {
  it('come with all they have in one event; only those that can grow have an end', () => {
    const { outline } = told([
      { kind: 'part', part: { partKind: 'compaction', content: 'so far' } },
      { kind: 'part', part: { partKind: 'text', content: 'whole' } },
      {
        kind: 'part',
        part: {
          partKind: 'file',
          content: { kind: 'binary', data: 'AAAA', mediaType: 'image/png' },
        },
      },
    ])
    expect(outline).toEqual([
      'start 0 compaction "so far" after null',
      'start 1 text "whole" after compaction',
      'end 1 text "whole" before file',
      'start 2 file after text',
    ])
  })

  it('take the place of the one with their key', () => {
    const image = (data: string): ResponseDelta => ({
      kind: 'part',
      key: 'image',
      part: { partKind: 'file', content: { kind: 'binary', data, mediaType: 'image/png' } },
    })
    const { parts, events } = told([image('AAAA'), text('a'), image('BBBB')])
    expect(parts).toMatchObject([{ content: { data: 'BBBB' } }, { partKind: 'text' }])
    expect(events.at(-1)).toMatchObject({ eventKind: 'part_start', index: 0 })
    const growing = new GrowingParts()
    for (const event of events) growing.add(event)
    expect(growing.parts).toEqual(parts)
  })
})

describe('facts of the response', () => {
  it('replace what was known; details add up', () => {
    const { fold, events } = folded([
      { kind: 'response', modelName: 'm', providerDetails: { a: 1 }, usage: { inputTokens: 1 } },
      { kind: 'response', providerDetails: { b: 2 }, usage: { outputTokens: 2 } },
      { kind: 'response', finishReason: 'stop', providerDetails: null },
    ])
    expect(fold.response).toEqual({
      modelName: 'm',
      providerDetails: { a: 1, b: 2 },
      usage: { outputTokens: 2 },
      finishReason: 'stop',
      parts: [],
    })
    expect(events).toEqual([])
    expect(fold.isEmpty).toBe(true)
  })
})

describe('final_result', () => {
  const outputs: AwaitedOutput = {
    ...textOnly,
    allowTextOutput: false,
    outputTools: [{ name: 'final' }],
    functionTools: [
      { name: 'work', kind: 'function' },
      { name: 'ask', kind: 'external' },
      { name: 'pay', kind: 'unapproved' },
    ],
  }
  const call = (toolName: string): ResponseDelta => ({
    kind: 'tool-call',
    toolName,
    toolCallId: toolName,
  })
  const finals = (deltas: readonly ResponseDelta[], awaited: AwaitedOutput) =>
    told(deltas, { awaited }).events.flatMap((event, place) =>
      event.eventKind === 'final_result' ? [[place, event.toolName, event.toolCallId]] : [],
    )

  it('is told once, right behind the first part that may be the output', () => {
    const thinking: ResponseDelta = { kind: 'thinking', content: 'x' }
    expect(finals([thinking, text('a'), call('work'), text('b')], textOnly)).toEqual([
      [3, null, null],
    ])
  })

  it('names an output tool, and nothing for calls that are put off', () => {
    expect(finals([text('a'), call('work'), call('final')], outputs)).toEqual([
      [5, 'final', 'final'],
    ])
    expect(finals([call('work'), call('ask')], outputs)).toEqual([[3, null, null]])
    expect(finals([call('pay'), call('final')], outputs)).toEqual([[1, null, null]])
    expect(finals([call('work'), call('unknown')], outputs)).toEqual([])
  })

  it('is told of images where they are taken', () => {
    const file = (mediaType: string): ResponseDelta => ({
      kind: 'part',
      part: { partKind: 'file', content: { kind: 'binary', data: 'AAAA', mediaType } },
    })
    const images = { ...textOnly, allowTextOutput: false, allowImageOutput: true }
    expect(finals([file('audio/wav'), file('image/png')], images)).toEqual([[2, null, null]])
    expect(finals([file('image/png')], textOnly)).toEqual([])
  })

  it('is not told to those who await nothing', () => {
    expect(told([text('a')]).outline.some((line) => line.startsWith('final'))).toBe(false)
  })
})

describe('a response that goes on after a pause', () => {
  const before = [ThinkingPart('x'), TextPart('first')]

  it('counts on, names its neighbour, and does not announce the output again', () => {
    const { events, parts } = told([text('second')], { before, awaited: textOnly })
    expect(outlineOf(events)).toEqual([
      'start 2 text "second" after text',
      'end 2 text "second" before null',
    ])
    expect(parts).toEqual([TextPart('second')])
  })

  it('is retold with what came before', () => {
    const { fold } = folded([text('second')], { before, awaited: textOnly })
    expect(outlineOf(fold.retell())).toEqual([
      'start 0 thinking "x" after null',
      'end 0 thinking "x" before text',
      'start 1 text "first" after thinking',
      'final null',
      'end 1 text "first" before text',
      'start 2 text "second" after text',
    ])
  })
})

describe('a response retold to somebody who comes late', () => {
  it('is told in whole parts, at the places that later pieces name', () => {
    const { fold, events } = folded([
      { kind: 'tool-call', args: '{', key: 0 },
      { kind: 'thinking', content: 'x' },
      text('a', 'text'),
      text('b', 'text'),
    ])
    const growing = new GrowingParts()
    for (const event of fold.retell()) growing.add(event)
    expect(growing.parts).toEqual(fold.parts)
    events.length = 0
    fold.add(text('c', 'text'))
    fold.add({ kind: 'tool-call', key: 0, toolName: 'late', args: '}', toolCallId: 'c' })
    fold.end()
    for (const event of events) growing.add(event)
    expect(growing.parts).toEqual(fold.parts)
    expect(fold.parts).toHaveLength(3)
  })

  it('is open at its last part while it grows, and ends when it has ended', () => {
    const { fold } = folded([text('a')])
    expect(outlineOf(fold.retell())).toEqual(['start 0 text "a" after null'])
    fold.end()
    expect(outlineOf(fold.retell())).toEqual([
      'start 0 text "a" after null',
      'end 0 text "a" before null',
    ])
  })
})

describe('a response retold while an earlier part is announced again', () => {
  it('ends each part as often as it begins', () => {
    const live: AgentEvent[] = []
    const fold = new ResponseFold({
      emit: (event) => live.push(event),
      timestamp,
    })
    fold.add({ kind: 'text', key: 'a', content: 'a' })
    fold.add({ kind: 'text', key: 'b', content: 'b' })
    fold.add({ kind: 'part', key: 'a', part: { partKind: 'text', content: 'aa' } })
    const late = [...fold.retell()]
    live.length = 0
    fold.end()
    const marks = [...late, ...live].flatMap((event) =>
      'index' in event ? [`${event.eventKind} ${event.index}`] : [],
    )
    expect(marks).toEqual([
      'part_start 0',
      'part_end 0',
      'part_start 1',
      'part_end 1',
      'part_start 0',
      'part_end 0',
    ])
  })
})

describe('a piece that is none', () => {
  it.each([{ kind: 'txet', content: 'a' }, {}, 'text'])('is refused: %j', (piece) => {
    const fold = new ResponseFold({ emit: () => {}, timestamp })
    expect(() => fold.add(piece as never)).toThrow(UnexpectedModelBehavior)
    expect(() => fold.add(piece as never)).toThrow(`'${String(Object(piece).kind)}'`)
  })
})

describe('what was told', () => {
  it('F1: does not change when the response grows', () => {
    const { fold, events } = folded([
      { kind: 'tool-call', toolName: 'a', args: { a: 1 }, providerDetails: { x: 1 } },
      { kind: 'tool-call', args: { b: 2 }, providerDetails: { y: 1 } },
    ])
    const parts = fold.parts
    const before = JSON.stringify([events, parts])
    fold.add({ kind: 'tool-call', args: { c: 3 } })
    fold.add({ kind: 'response', modelName: 'm' })
    expect(JSON.stringify([events.slice(0, 2), parts])).toBe(before)
  })

  it('F4: costs the same at the end as at the beginning', () => {
    const { fold } = folded([])
    const time = (count: number): number => {
      const start = performance.now()
      for (let i = 0; i < count; i += 1) fold.add(text('word '))
      return performance.now() - start
    }
    time(20_000) // warm
    const early = time(20_000)
    time(100_000)
    expect(time(20_000)).toBeLessThan(10 * early + 20)
  })
})
