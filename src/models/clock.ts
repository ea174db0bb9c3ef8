/** The time of a run. XState's `SimulatedClock` fits, with `now` added. */
export interface Clock {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly setTimeout: (fn: () => void, ms: number) => unknown
  readonly clearTimeout: (id: unknown) => void
}

/** The time of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (fn, ms) => setTimeout(fn, ms),
  clearTimeout: (id) => {
    if (typeof id === 'object' || typeof id === 'number')
      clearTimeout(id as ReturnType<typeof setTimeout>)
  },
}
