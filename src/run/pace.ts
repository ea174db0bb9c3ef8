import type { StateValue } from 'xstate'

/** Where nothing runs (before a step, or behind one that could not be saved), where only people are waited for. */
type Pace = 'rest' | 'wait' | 'work'

/** By the value of a state: runs share theirs. */
const paces = new WeakMap<object, Pace>()

/** What goes on in a run whose actor is in this state. */
export function paceOf(value: StateValue): Pace {
  if (typeof value !== 'object') return 'work'
  const known = paces.get(value)
  if (known !== undefined) return known
  const [inner] = Object.values(value)
  const [innermost] = typeof inner === 'object' ? Object.values(inner) : []
  const isAtRest = inner === 'ready' || innermost === 'resting'
  const pace = isAtRest ? 'rest' : innermost === 'waiting' ? 'wait' : 'work'
  paces.set(value, pace)
  return pace
}
