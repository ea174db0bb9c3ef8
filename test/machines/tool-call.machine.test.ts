import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createActor, initialTransition, transition } from 'xstate'
import {
  isSettled,
  moveToolCall,
  type ToolCallEventType,
  toolCallMachine,
  type ToolCallState,
} from '../../machines/index.ts'

const states = [
  'requested',
  'waiting',
  'awaitingApproval',
  'awaitingAnswer',
  'executing',
  'interrupted',
  'returned',
  'retryAsked',
  'failed',
  'denied',
  'deferred',
  'skipped',
  'expired',
  'outcomeUnknown',
] as const satisfies readonly ToolCallState[]
const events = [
  'call-validated',
  'call-started',
  'call-returned',
  'call-retry-asked',
  'call-failed',
  'call-approval-asked',
  'call-answer-asked',
  'call-held-back',
  'call-verdict-given',
  'call-denied',
  'call-expired',
  'call-deferred',
  'call-skipped',
  'call-interrupted',
  'call-outcome-unknown',
] as const satisfies readonly ToolCallEventType[]

const pairs = states.flatMap((state) => events.map((event) => ({ state, event })))

/** The state of an entry to which all this happened. */
function after(...types: readonly ToolCallEventType[]): ToolCallState {
  return types.reduce<ToolCallState>(moveToolCall, 'requested')
}

describe('moveToolCall', () => {
  it('knows every state and event of the chart', () => {
    expect(Object.keys(toolCallMachine.states).toSorted()).toEqual([...states].toSorted())
    expect(toolCallMachine.events.toSorted()).toEqual([...events].toSorted())
  })

  it.each(pairs)('moves as the interpreter does: $state on $event', ({ state, event }) => {
    const from = toolCallMachine.resolveState({ value: state })
    const [to] = transition(toolCallMachine, from, { type: event })
    expect(moveToolCall(state, event)).toBe(to.value)
  })

  it('moves as a running actor does, through any events', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events), { maxLength: 12 }), (types) => {
        const actor = createActor(toolCallMachine).start()
        for (const type of types) {
          if (actor.getSnapshot().status === 'active') actor.send({ type })
        }
        expect(after(...types)).toBe(actor.getSnapshot().value)
        expect(isSettled(after(...types))).toBe(actor.getSnapshot().status === 'done')
      }),
    )
  })
})

describe('the chart of a tool call', () => {
  it('T1: a call executes only after its arguments were validated', () => {
    const others = events.filter((event) => event !== 'call-validated')
    const reached = new Set<ToolCallState>(['requested'])
    for (const state of reached) for (const event of others) reached.add(moveToolCall(state, event))
    expect([...reached]).not.toContain('executing')
    expect([...reached]).not.toContain('waiting')
    expect(after('call-started')).toBe('requested')
    expect(after('call-validated', 'call-started')).toBe('executing')
  })

  it.each(states.filter(isSettled))('T2: a settled call stays settled: %s', (state) => {
    expect(events.map((event) => moveToolCall(state, event))).toEqual(events.map(() => state))
    expect(toolCallMachine.states[state]?.type).toBe('final')
  })

  it('T2: the ends are those that a call can be in for good', () => {
    expect(states.filter(isSettled)).toEqual([
      'returned',
      'retryAsked',
      'failed',
      'denied',
      'deferred',
      'skipped',
      'expired',
      'outcomeUnknown',
    ])
  })

  it('T3: a call that was cut off is not settled: it may start again', () => {
    const cutOff = ['call-validated', 'call-started', 'call-interrupted'] as const
    expect(after(...cutOff)).toBe('interrupted')
    expect(isSettled('interrupted')).toBe(false)
    expect(after(...cutOff, 'call-started')).toBe('executing')
    expect(after(...cutOff, 'call-started', 'call-returned')).toBe('returned')
  })

  it('T3: a call that was cut off and may not start again ends without anybody knowing how', () => {
    const cutOff = ['call-validated', 'call-started', 'call-interrupted'] as const
    expect(after(...cutOff, 'call-outcome-unknown')).toBe('outcomeUnknown')
    const others = states.filter((state) => state !== 'interrupted' && state !== 'outcomeUnknown')
    for (const state of others) expect(moveToolCall(state, 'call-outcome-unknown')).toBe(state)
  })

  it.each(states.filter((state) => !isSettled(state) && state !== 'executing'))(
    'T4: a call that is not running can be skipped: %s',
    (state) => {
      expect(moveToolCall(state, 'call-skipped')).toBe('skipped')
    },
  )

  const waits = [
    { asked: 'call-approval-asked', state: 'awaitingApproval' },
    { asked: 'call-answer-asked', state: 'awaitingAnswer' },
  ] as const

  it.each(waits)('T5: a call waits once its arguments fit, or when it runs: $state', (row) => {
    const { asked, state } = row
    expect(after(asked)).toBe('requested')
    expect(after('call-validated', asked)).toBe(state)
    expect(after('call-validated', 'call-started', asked)).toBe(state)
  })

  it.each(waits)(
    'T5: it goes on with a verdict, or is skipped, and in no other way: $state',
    (row) => {
      const ways = events.filter((event) => moveToolCall(row.state, event) !== row.state)
      expect(ways).toEqual(['call-verdict-given', 'call-skipped'])
      expect(moveToolCall(row.state, 'call-verdict-given')).toBe('waiting')
    },
  )

  it.each([
    { verdict: 'an approval', next: ['call-started', 'call-returned'], state: 'returned' },
    { verdict: 'a denial', next: ['call-denied'], state: 'denied' },
    { verdict: 'an answer', next: ['call-returned'], state: 'returned' },
    { verdict: 'an answer that asks again', next: ['call-retry-asked'], state: 'retryAsked' },
    { verdict: 'time that is up', next: ['call-expired'], state: 'expired' },
    { verdict: 'an approval, and one more question', next: ['call-started', 'call-answer-asked'] },
  ] as const)('T5: a verdict can be $verdict', ({ next, ...end }) => {
    const state = 'state' in end ? end.state : 'awaitingAnswer'
    expect(after('call-validated', 'call-approval-asked', 'call-verdict-given', ...next)).toBe(
      state,
    )
  })

  it('T5: a verdict about a call that does not wait changes nothing', () => {
    const ways = states.filter((state) => moveToolCall(state, 'call-verdict-given') !== state)
    expect(ways).toEqual(['awaitingApproval', 'awaitingAnswer'])
  })

  it('T5: time is up only for a call that was waited for', () => {
    const ways = states.filter((state) => moveToolCall(state, 'call-expired') !== state)
    expect(ways).toEqual(['waiting'])
  })

  it('T4: any call can get to an end, and each end can be got to', () => {
    const [initial] = initialTransition(toolCallMachine)
    expect(initial.value).toBe('requested')
    const reached = new Set<ToolCallState>(['requested'])
    for (const state of reached) for (const event of events) reached.add(moveToolCall(state, event))
    expect([...reached].toSorted()).toEqual([...states].toSorted())
    for (const state of states) {
      const next = new Set([state])
      for (const one of next) for (const event of events) next.add(moveToolCall(one, event))
      expect([...next].some(isSettled)).toBe(true)
    }
  })
})
