import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  cleanHistory,
  messagesFromWire,
  messagesToWire,
  type ModelMessage,
  repairDanglingCalls,
} from '../../src/messages/index.ts'
import { compareVector, formatDifferences } from '../conformance/compare.mjs'
import {
  answers,
  callsWithoutResult,
  histories,
  request,
  response,
  result,
  said,
  text,
} from './histories.ts'

const all = { repairLast: true }
const notLast = { repairLast: false }
const interrupted = (id: string): object =>
  expect.objectContaining({
    toolCallId: id,
    outcome: 'interrupted',
    timestamp: '2026-01-01T00:00:01Z',
  })

describe('orphaned results', () => {
  it('are dropped, and so is an interior request that is empty then', () => {
    const theirs = { ...response(text), modelName: 'm' }
    const history = [said('hi'), theirs, request(result('gone')), theirs, said('on')]
    expect(cleanHistory(history, all)).toEqual([history[0], history[1], history[3], history[4]])
  })

  it('leave the last request behind, empty', () => {
    const last = request(result('gone'))
    expect(cleanHistory([said('hi'), response(text), last], all)).toEqual([
      said('hi'),
      response(text),
      { ...last, parts: [] },
    ])
  })

  it('are those whose call comes later, but not plain feedback', () => {
    const feedback = {
      ...result('x'),
      partKind: 'retry-prompt',
      toolName: null,
      content: 'no',
    } as const
    const history = [request(result('a'), feedback), response(answers('a')), request(result('a'))]
    expect(cleanHistory(history, all)[0]?.parts).toEqual([feedback])
  })
})

describe('dangling calls', () => {
  it('get a result behind those of the request that follows', () => {
    const history = [
      response(answers('a'), answers('b')),
      request(result('a'), ...said('go').parts),
    ]
    expect(cleanHistory(history, all)[1]?.parts).toEqual([
      result('a'),
      interrupted('b'),
      ...said('go').parts,
    ])
  })

  it('get it at the front of a request without results', () => {
    const history = [response(answers('a')), said('never mind')]
    expect(cleanHistory(history, all)[1]?.parts).toEqual([
      interrupted('a'),
      ...said('never mind').parts,
    ])
  })

  it('get a request of their own between responses and at the end', () => {
    const history = [response(answers('a')), response(answers('b'))]
    const clean = cleanHistory(history, all)
    expect(clean.map(({ kind }) => kind)).toEqual(['response', 'request', 'response', 'request'])
    expect(clean[1]).toMatchObject({ parts: [interrupted('a')], timestamp: null, runId: null })
  })

  it('of the last response stay open for a run that will answer them', () => {
    const history = [response(answers('a')), said('x'), response(answers('b'))]
    expect(repairDanglingCalls(history, notLast)).toHaveLength(3)
    expect(callsWithoutResult(cleanHistory(history, notLast))).toEqual(['b'])
  })

  it('are closed by a result that comes late', () => {
    const history = [response(answers('a')), said('wait'), response(text), request(result('a'))]
    expect(cleanHistory(history, all)).toBe(history)
  })

  it('are those whose id is called anew, in the order of the response', () => {
    const first = response(answers('a'), answers('b'))
    const history = [first, said('x'), response(answers('b')), request(result('b'))]
    expect(cleanHistory(history, all)[1]?.parts.slice(0, 2)).toEqual([
      interrupted('a'),
      interrupted('b'),
    ])
  })

  it('are counted: two calls with one id take two results', () => {
    const twice = response(answers('a'), answers('a'))
    const both = [twice, request(result('a'), result('a'))]
    expect(cleanHistory(both, all)).toBe(both)
    expect(cleanHistory([twice, request(result('a'))], all)[1]?.parts).toEqual([
      result('a'),
      interrupted('a'),
    ])
  })

  it('are told apart by their tool when they share an id', () => {
    const one = { ...answers('a'), toolName: 'one' }
    const other = { ...answers('a'), toolName: 'other' }
    const answer = { ...result('a'), toolName: 'other' }
    expect(cleanHistory([response(one, other), request(answer)], all)[1]?.parts).toEqual([
      answer,
      expect.objectContaining({ toolName: 'one', outcome: 'interrupted' }),
    ])
  })

  it('lesson-11: no call is without a result after repair', () => {
    fc.assert(
      fc.property(histories, (history) => {
        expect(callsWithoutResult(cleanHistory(history, all))).toEqual([])
      }),
    )
  })
})

describe('neighbours', () => {
  it('that are requests merge, results first, and lose what belongs to one of them', () => {
    const earlier = { ...said('one'), runId: 'r', metadata: { a: 1 }, instructions: '' }
    const later = { ...request(result('a')), instructions: 'I', timestamp: null }
    expect(cleanHistory([response(answers('a')), earlier, later], all)[1]).toEqual({
      ...request(result('a'), ...said('one').parts),
      timestamp: earlier.timestamp,
      instructions: 'I',
    })
  })

  it('that are requests stay apart when their instructions differ', () => {
    const history = [
      { ...said('one'), instructions: 'A' },
      { ...said('two'), instructions: 'B' },
    ]
    expect(cleanHistory(history, all)).toBe(history)
  })

  it('that are responses merge unless a provider sent one of them', () => {
    const mine = response(text)
    const theirs = { ...response(text), modelName: 'm' }
    expect(cleanHistory([mine, mine], all)).toEqual([{ ...mine, parts: [text, text] }])
    expect(cleanHistory([mine, theirs], all)).toHaveLength(2)
  })
})

describe('cleanHistory', () => {
  it('gives a clean history back as the same array', () => {
    const history = [said('hi'), response(answers('a')), request(result('a')), response(text)]
    expect(cleanHistory(history, all)).toBe(history)
  })

  it('shares the messages it did not change, and never writes', () => {
    const history = Object.freeze([said('hi'), response(answers('a')), said('x')])
    for (const { parts } of history) Object.freeze(parts)
    expect(cleanHistory(history, all)[0]).toBe(history[0])
    expect(cleanHistory(history, all)[1]).toBe(history[1])
  })

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(histories, fc.boolean(), (history, repairLast) => {
        const clean = cleanHistory(history, { repairLast })
        expect(cleanHistory(clean, { repairLast })).toEqual(clean)
      }),
    )
  })

  it.each(['consecutive-requests-merged', 'orphaned-result-dropped'])(
    'makes of the history in history--%s what the reference stores',
    (name) => {
      const file = resolve(import.meta.dirname, `../conformance/vectors/history--${name}.json`)
      const { run, expect: expected } = JSON.parse(readFileSync(file, 'utf8'))
      const stored: readonly ModelMessage[] = cleanHistory(
        messagesFromWire(run.message_history),
        notLast,
      )
      const differences = compareVector(
        { expect: { messages: expected.messages.slice(0, stored.length) } },
        { messages: messagesToWire(stored) },
      )
      expect(differences, formatDifferences(differences)).toEqual([])
    },
  )
})
