import type { Clock } from '../models/index.ts'

/** How long something may take; pauses do not count. */
export class TimeLimit {
  readonly #clock: Clock
  readonly #pass: () => void
  #leftMs: number
  /** While the time runs: since when. */
  #since: number | undefined
  #timer: unknown
  #isOver = false

  /** @param pass called when the time is up: at once if none is given, since what is quicker than a timer would get through */
  constructor(clock: Clock, ms: number, pass: () => void) {
    this.#clock = clock
    this.#leftMs = ms
    this.#pass = pass
    this.goOn()
  }

  pause(): void {
    if (this.#since === undefined) return
    this.#leftMs -= this.#clock.now() - this.#since
    this.#since = undefined
    this.#clock.clearTimeout(this.#timer)
  }

  goOn(): void {
    if (this.#isOver || this.#since !== undefined) return
    if (this.#leftMs <= 0) return this.#end()
    this.#since = this.#clock.now()
    this.#timer = this.#clock.setTimeout(() => this.#end(), this.#leftMs)
  }

  /** Gives it all the time there is. */
  stop(): void {
    this.pause()
    this.#isOver = true
  }

  #end(): void {
    this.#isOver = true
    this.#pass()
  }
}
