import type { StateValue } from 'xstate'
import type { AgentSnapshot } from './agent-machine.ts'

/** Where nothing runs (before a step, or behind one that could not be saved), where only people are waited for. */
type Pace = 'rest' | 'wait' | 'work'

/** By the value of a state: runs share theirs. */
const paces = new WeakMap<object, Pace>()

/** Whether nothing goes on in a run that is at this snapshot. */
export function isAtRest({ status, value }: AgentSnapshot): boolean {
  return status !== 'active' || paceOf(value) === 'rest'
}

/** Whether nothing is left to do but to wait for somebody outside. */
export function isWaiting({ status, value }: AgentSnapshot): boolean {
  return status === 'active' && paceOf(value) === 'wait'
}

function paceOf(value: StateValue): Pace {
  if (typeof value !== 'object') return 'work'
  const known = paces.get(value)
  if (known !== undefined) return known
  const [inner] = Object.values(value)
  const [innermost] = typeof inner === 'object' ? Object.values(inner) : []
  const rests = inner === 'ready' || innermost === 'resting'
  const pace = rests ? 'rest' : innermost === 'waiting' ? 'wait' : 'work'
  paces.set(value, pace)
  return pace
}
