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
  'executing',
  'interrupted',
  'returned',
  'retryAsked',
  'failed',
  'denied',
  'deferred',
  'skipped',
] as const satisfies readonly ToolCallState[]
const events = [
  'call-validated',
  'call-started',
  'call-returned',
  'call-retry-asked',
  'call-failed',
  'call-denied',
  'call-deferred',
  'call-skipped',
  'call-interrupted',
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
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events), { maxLength: 12 }), (types) => {
        const start = types.findIndex((_, i) => after(...types.slice(0, i + 1)) === 'executing')
        fc.pre(start >= 0)
        expect(types.slice(0, start)).toContain('call-validated')
      }),
    )
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
    ])
  })

  it('T3: a call that was cut off is not settled: it may start again', () => {
    const cutOff = ['call-validated', 'call-started', 'call-interrupted'] as const
    expect(after(...cutOff)).toBe('interrupted')
    expect(isSettled('interrupted')).toBe(false)
    expect(after(...cutOff, 'call-started')).toBe('executing')
    expect(after(...cutOff, 'call-started', 'call-returned')).toBe('returned')
  })

  it.each([{ state: 'requested' }, { state: 'waiting' }, { state: 'interrupted' }] as const)(
    'T4: a call that is not running can be skipped: $state',
    ({ state }) => {
      expect(moveToolCall(state, 'call-skipped')).toBe('skipped')
    },
  )

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
