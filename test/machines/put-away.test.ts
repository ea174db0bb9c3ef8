import { describe, expect, it } from 'vitest'
import {
  type AgentContext,
  type CallFacts,
  type CallMove,
  type LedgerEntry,
  moveLedger,
  type NestedRun,
  nextDeadline,
  openLedger,
  settleInFlight,
  type ToolCallEventType,
} from '../../machines/index.ts'
import { initialContext } from '../../machines/agent-updates.ts'
import type { AwaitedCall } from '../../src/snapshot/index.ts'
import { call, input } from './outcomes.ts'

const at = '2026-01-01T00:00:00.000Z'

/** A run with one call, to which all this happened. */
function withCall(facts: Partial<CallFacts>, ...types: readonly ToolCallEventType[]): AgentContext {
  const moves = types.map((type): CallMove => ({ index: 0, type }))
  const ledger = moveLedger(openLedger([{ ...call('a'), ...facts }]), moves)
  return { ...initialContext(input()), ledger }
}

function awaited(toolCallId: string, deadline: number | null): AwaitedCall {
  return {
    toolCallId,
    index: 0,
    toolName: toolCallId,
    args: null,
    awaits: 'approval',
    metadata: null,
    deadline,
    path: [],
    agentName: null,
  }
}

function below(...awaits: readonly AwaitedCall[]): NestedRun {
  return { snapshot: {}, awaits, isWaiting: awaits.length > 0, verdicts: [] }
}

const executing = ['call-validated', 'call-started'] as const

describe('a call that was under way when its run was put away', () => {
  it('is over without anybody knowing how, and the model is told so', () => {
    const [entry] = settleInFlight(withCall({}, ...executing), at).ledger
    expect(entry).toMatchObject({ state: 'outcomeUnknown', attempt: 0 })
    expect(entry?.result?.part).toMatchObject({
      partKind: 'tool-return',
      toolName: 'a',
      toolCallId: 'a',
      timestamp: at,
      outcome: 'interrupted',
      content: expect.stringContaining('unknown'),
    })
  })

  it.each([
    { why: 'it may', facts: { onCrash: 'rerun' } },
    { why: 'it makes the output', facts: { kind: 'output' } },
  ] as const)('runs again when $why', ({ facts }) => {
    const [entry] = settleInFlight(withCall(facts, ...executing), at).ledger
    expect(entry).toMatchObject({ state: 'interrupted' })
    expect(entry).not.toHaveProperty('result')
    expect(moveLedger(entry ? [entry] : [], [{ index: 0, type: 'call-started' }])).toMatchObject([
      { state: 'executing', attempt: 1 },
    ])
  })

  it('runs again when a run below it was put away with it', () => {
    const context = withCall({}, ...executing)
    const ledger = context.ledger.map((entry) => ({ ...entry, nested: below() }))
    expect(settleInFlight({ ...context, ledger }, at).ledger).toMatchObject([
      { state: 'interrupted', nested: below() },
    ])
  })

  it.each(['function', 'external', 'unapproved', 'unknown'] as const)(
    'does not run again just because of what it is: %s',
    (kind) => {
      const [entry] = settleInFlight(withCall({ kind }, ...executing), at).ledger
      expect(entry?.state).toBe('outcomeUnknown')
    },
  )
})

describe('a call that was not under way', () => {
  const others: readonly (readonly [LedgerEntry['state'], readonly ToolCallEventType[]])[] = [
    ['requested', []],
    ['waiting', ['call-validated']],
    ['awaitingApproval', ['call-validated', 'call-approval-asked']],
    ['awaitingAnswer', ['call-validated', 'call-answer-asked']],
    ['interrupted', [...executing, 'call-interrupted']],
    ['returned', [...executing, 'call-returned']],
    ['retryAsked', [...executing, 'call-retry-asked']],
    ['failed', [...executing, 'call-failed']],
    ['denied', ['call-denied']],
    ['deferred', [...executing, 'call-deferred']],
    ['skipped', ['call-skipped']],
    ['expired', ['call-validated', 'call-expired']],
    ['outcomeUnknown', [...executing, 'call-interrupted', 'call-outcome-unknown']],
  ]

  it.each(others)('stays what it is: %s', (state, types) => {
    for (const facts of [{}, { onCrash: 'rerun' as const }]) {
      const context = withCall(facts, ...types)
      expect(context.ledger[0]?.state).toBe(state)
      expect(settleInFlight(context, at)).toBe(context)
    }
  })

  it('stays what it is beside one that was', () => {
    const calls = [call('a'), { ...call('b'), onCrash: 'rerun' as const }, call('c'), call('a')]
    const moves = [0, 1, 3].flatMap((index) => executing.map((type) => ({ index, type })))
    const ledger = moveLedger(openLedger(calls), moves)
    const settled = settleInFlight({ ...initialContext(input()), ledger }, at).ledger
    expect(settled.map(({ state }) => state)).toEqual([
      'outcomeUnknown',
      'interrupted',
      'requested',
      'outcomeUnknown',
    ])
    expect(settled[2]).toBe(ledger[2])
  })

  it('does not change with a second look', () => {
    const once = settleInFlight(withCall({ onCrash: 'rerun' }, ...executing), at)
    expect(settleInFlight(once, at)).toBe(once)
  })
})

describe('the time at which a call stops waiting', () => {
  const asked = ['call-validated', 'call-approval-asked'] as const

  function waiting(...deadlines: readonly (number | undefined)[]): readonly LedgerEntry[] {
    const moves = deadlines.flatMap((deadline, index): CallMove[] => [
      { index, type: asked[0] },
      {
        index,
        type: asked[1],
        wait: { awaits: 'approval', ...(deadline !== undefined && { deadline }) },
      },
    ])
    return moveLedger(openLedger(deadlines.map((_, i) => call(`${i}`))), moves)
  }

  it.each([
    { deadlines: [], time: null },
    { deadlines: [undefined], time: null },
    { deadlines: [undefined, 30, 20], time: 20 },
    { deadlines: [0, 5], time: 0 },
  ])('is the earliest of $deadlines: $time', ({ deadlines, time }) => {
    expect(nextDeadline({ ledger: waiting(...deadlines) })).toBe(time)
  })

  it('is not that of a call of which the verdict is known', () => {
    const ledger = moveLedger(waiting(20, 30), [{ index: 0, type: 'call-verdict-given' }])
    expect(ledger[0]?.wait?.deadline).toBe(20)
    expect(nextDeadline({ ledger })).toBe(30)
  })

  it('is found in runs below calls, too', () => {
    const [first, second] = waiting(50, undefined)
    if (first === undefined || second === undefined) throw new Error('Two calls')
    const nested = below(awaited('x', null), awaited('y', 10), awaited('z', 40))
    expect(nextDeadline({ ledger: [first, { ...second, nested }] })).toBe(10)
    expect(nextDeadline({ ledger: [first, { ...second, nested: below() }] })).toBe(50)
  })
})
