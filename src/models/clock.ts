/** The time of a run. XState's `SimulatedClock` fits, with `now` added. */
export interface Clock {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly setTimeout: (fn: () => void, ms: number) => unknown
  readonly clearTimeout: (id: unknown) => void
}

/** Timers of hosts run at once when they are set to more. */
export const longestTimerMs = 2 ** 31 - 1

/** The time of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (fn, ms) => setTimeout(fn, Math.min(ms, longestTimerMs)),
  clearTimeout: (id) => {
    if (typeof id === 'object' || typeof id === 'number')
      clearTimeout(id as ReturnType<typeof setTimeout>)
  },
}
