/**
 * A clock that stands still until it is turned by hand.
 *
 * It owns the time and the timers that wait; it is told to `advance`.
 *
 *   K1. Timers run in the order of their time; those of the same time in the order in which they were set.
 *   K2. A timer sees its own time as `now`, also when the clock is turned far beyond it.
 *   K3. Between two timers everything that waits only for promises gets to run; timers set there run too when due.
 */

interface Timer {
  readonly id: number
  readonly time: number
  readonly run: () => void
}

/** Fits wherever a run takes a clock. Its functions may be taken off it and passed on. */
export class ManualClock {
  #now: number
  #lastId = 0
  readonly #timers = new Map<number, Timer>()

  /** @param startMs milliseconds since the epoch; default 0 */
  constructor(startMs = 0) {
    this.#now = startMs
  }

  readonly now = (): number => this.#now

  readonly setTimeout = (fn: () => void, ms: number): number => {
    const id = ++this.#lastId
    this.#timers.set(id, { id, time: this.#now + Math.max(0, ms), run: fn })
    return id
  }

  readonly clearTimeout = (id: unknown): void => {
    if (typeof id === 'number') this.#timers.delete(id)
  }

  /** Timers that wait. */
  get pendingTimers(): number {
    return this.#timers.size
  }

  /**
   * Turns the clock on and runs what is due. With 0 it only lets waiting work go on. What a timer throws is thrown
   * here, and the clock stops at that timer.
   */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await settle()
    for (let timer = this.#due(end); timer !== undefined; timer = this.#due(end)) {
      this.#timers.delete(timer.id)
      this.#now = timer.time // K2
      timer.run()
      await settle() // K3
    }
    this.#now = end
  }

  #due(end: number): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers.values()) {
      if (timer.time <= end && (first === undefined || timer.time < first.time)) first = timer // K1
    }
    return first
  }
}

/** A turn of the real event loop: afterwards all promises that could settle have. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    globalThis.setTimeout(resolve, 0)
  })
}
