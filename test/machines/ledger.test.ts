import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type CallMove,
  isAwaiting,
  isSettled,
  type LedgerEntry,
  moveLedger,
  moveToolCall,
  openLedger,
  type ToolCallEventType,
  toolCallMachine,
  withVerdict,
} from '../../machines/index.ts'
import { ToolReturnPart } from '../../src/messages/index.ts'
import { call } from './outcomes.ts'

const part = ToolReturnPart({ toolName: 'a', toolCallId: 'a', content: 1, timestamp: '' })
const ledger = openLedger([call('a', 'same'), call('b'), call('a', 'same')])

function move(index: number, type: ToolCallEventType, more: Partial<CallMove> = {}): CallMove {
  return { index, type, ...more }
}

const verdict = { kind: 'approved', by: 'ada' } as const

function run(index: number): CallMove[] {
  return [move(index, 'call-validated'), move(index, 'call-started')]
}

describe('a ledger', () => {
  it('has one entry a call, in the order of the response', () => {
    expect(ledger.map(({ index, toolCallId }) => [index, toolCallId])).toEqual([
      [0, 'same'],
      [1, 'b'],
      [2, 'same'],
    ])
    expect(ledger).toEqual(ledger.map((entry) => ({ ...entry, state: 'requested', attempt: 0 })))
  })

  it('keeps two calls with one id apart', () => {
    const moved = moveLedger(ledger, [...run(0), move(0, 'call-returned', { result: { part } })])
    expect(moved.map(({ state }) => state)).toEqual(['returned', 'requested', 'requested'])
    expect(moved[2]).toBe(ledger[2])
  })

  it('counts how often a call was started before', () => {
    const attempts = [
      ...run(0),
      move(0, 'call-interrupted'),
      move(0, 'call-started'),
      move(0, 'call-interrupted'),
      move(0, 'call-started'),
    ].map((_, i, moves) => moveLedger(ledger, moves.slice(0, i + 1))[0]?.attempt)
    expect(attempts).toEqual([0, 0, 0, 1, 1, 2])
  })

  it('keeps a result with the move that settles the call, and none before', () => {
    const early = moveLedger(ledger, [move(0, 'call-validated', { result: { part } })])
    expect(early[0]).not.toHaveProperty('result')
    const late = moveLedger(ledger, [...run(0), move(0, 'call-returned', { result: { part } })])
    expect(late[0]?.result).toEqual({ part })
    const again = moveLedger(late, [move(0, 'call-returned', { result: {} })])
    expect(again[0]?.result).toEqual({ part })
  })
})

describe('a call that somebody outside is asked about', () => {
  const wait = { awaits: 'approval', metadata: { why: 'dear' }, deadline: 5 } as const
  const asked = moveLedger(ledger, [
    move(0, 'call-validated'),
    move(0, 'call-approval-asked', { wait }),
  ])

  it('says what it waits for, while it does and afterwards', () => {
    expect(asked[0]).toMatchObject({ state: 'awaitingApproval', wait })
    const decided = withVerdict(asked, { path: [], toolCallId: null, index: 0, verdict })
    expect(decided[0]).toMatchObject({ state: 'waiting', wait, verdict })
    const returned = moveLedger(decided, [
      move(0, 'call-started'),
      move(0, 'call-returned', { result: { part } }),
    ])
    expect(returned[0]).toMatchObject({ state: 'returned', wait, verdict, result: { part } })
    expect(asked.map(isAwaiting)).toEqual([true, false, false])
    expect(decided.map(isAwaiting)).toEqual([false, false, false])
  })

  it('is asked about something else when it asks once more', () => {
    const other = { awaits: 'answer' } as const
    const again = moveLedger(
      withVerdict(asked, { path: [], toolCallId: null, index: 0, verdict }),
      [move(0, 'call-started'), move(0, 'call-answer-asked', { wait: other })],
    )
    expect(again[0]).toMatchObject({ state: 'awaitingAnswer', wait: other })
    expect(again[0]).not.toHaveProperty('verdict')
    const decided = withVerdict(asked, { path: [], toolCallId: null, index: 0, verdict })
    const silent = moveLedger(decided, [move(0, 'call-answer-asked')])
    expect(silent[0]).not.toHaveProperty('verdict')
  })

  it('is what a wait is kept for: a move that asks nothing brings none', () => {
    expect(moveLedger(ledger, [move(0, 'call-validated', { wait })])[0]).not.toHaveProperty('wait')
  })

  it('is not asked about when it is over, or before it is looked at', () => {
    const over = moveLedger(ledger, [...run(0), move(0, 'call-returned')])
    expect(moveLedger(over, [move(0, 'call-approval-asked', { wait })])).toEqual(over)
    expect(moveLedger(ledger, [move(0, 'call-approval-asked', { wait })])).toEqual(ledger)
  })

  it('has no attempt behind it for having waited', () => {
    const asking = moveLedger(ledger, [...run(0), move(0, 'call-approval-asked', { wait })])
    const decided = withVerdict(asking, { path: [], toolCallId: 'same', index: 0, verdict })
    const attempt = (...moves: CallMove[]) => moveLedger(decided, moves)[0]?.attempt
    expect(attempt(move(0, 'call-started'))).toBe(0)
    const started = move(0, 'call-started')
    expect(attempt(started, move(0, 'call-interrupted'), started)).toBe(1)
  })
})

describe('a run below a call', () => {
  const nested = { snapshot: {}, awaits: [], isWaiting: false, verdicts: [] }
  const withRun = moveLedger(ledger, run(0)).map((entry) =>
    entry.index === 0 ? { ...entry, nested } : entry,
  )

  it('is kept while the call is cut off, and gone when it is over', () => {
    const cut = moveLedger(withRun, [move(0, 'call-interrupted')])
    expect(cut[0]).toMatchObject({ state: 'interrupted', nested })
    expect(moveLedger(cut, [move(0, 'call-started')])[0]).toMatchObject({ nested })
    expect(moveLedger(cut, [move(0, 'call-skipped')])[0]).not.toHaveProperty('nested')
    expect(moveLedger(withRun, [move(0, 'call-returned')])[0]).not.toHaveProperty('nested')
  })
})

const isType = (event: string): event is ToolCallEventType => event.startsWith('call-')
const anyType = fc.constantFrom(...toolCallMachine.events.filter(isType))
const anyMove = fc.record({ index: fc.integer({ min: 0, max: 2 }), type: anyType })
const anyMoves = fc.array(anyMove, { maxLength: 20 })

describe('whatever happens to calls', () => {
  it('an unknown move changes nothing', () => {
    const foreign = fc.record({
      index: fc.constantFrom(-1, 3, 0.5, Number.NaN),
      type: anyType,
    })
    fc.assert(
      fc.property(anyMoves, fc.array(foreign), (moves, others) => {
        const moved = moveLedger(ledger, moves)
        expect(moveLedger(moved, others)).toEqual(moved)
      }),
    )
  })

  it('a move that the chart of a call does not have leaves the very entry', () => {
    fc.assert(
      fc.property(anyMoves, anyMove, (moves, one) => {
        const before = moveLedger(ledger, moves)
        const entry = before[one.index]
        const after = moveLedger(before, [one])[one.index]
        const isMoved = entry !== undefined && moveToolCall(entry.state, one.type) !== entry.state
        expect(after === entry).toBe(!isMoved)
      }),
    )
  })

  it('a finished call never moves again', () => {
    fc.assert(
      fc.property(anyMoves, anyMoves, (first, then) => {
        const before = moveLedger(ledger, first)
        const after = moveLedger(before, then)
        const finished = before.filter(({ state }) => isSettled(state))
        expect(finished.map(({ index }) => after[index])).toEqual(finished)
      }),
    )
  })

  it('the entries stay where they are, and the ledger before stays as it was', () => {
    fc.assert(
      fc.property(anyMoves, (moves) => {
        const before = structuredClone(ledger)
        const after = moveLedger(ledger, moves)
        const facts = ({ index, toolCallId, toolName, kind }: LedgerEntry) => ({
          index,
          toolCallId,
          toolName,
          kind,
        })
        expect(after.map(facts)).toEqual(ledger.map(facts))
        expect(ledger).toEqual(before)
      }),
    )
  })

  it('moves together do what they do one by one', () => {
    fc.assert(
      fc.property(anyMoves, (moves) => {
        const oneByOne = moves.reduce((moved, one) => moveLedger(moved, [one]), ledger)
        expect(moveLedger(ledger, moves)).toEqual(oneByOne)
      }),
    )
  })
})
