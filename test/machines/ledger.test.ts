import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type CallMove,
  isSettled,
  type LedgerEntry,
  moveLedger,
  moveToolCall,
  openLedger,
  type ToolCallEventType,
  toolCallMachine,
} from '../../machines/index.ts'
import { ToolReturnPart } from '../../src/messages/index.ts'
import { call } from './outcomes.ts'

const part = ToolReturnPart({ toolName: 'a', toolCallId: 'a', content: 1, timestamp: '' })
const ledger = openLedger([call('a', 'same'), call('b'), call('a', 'same')])

function move(index: number, type: ToolCallEventType, more: Partial<CallMove> = {}): CallMove {
  return { index, type, ...more }
}

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
