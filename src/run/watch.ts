import type { Clock } from '../models/index.ts'
import { holdTimer, stopTimer, yieldTimer } from './timers.ts'

/** What is looked for, and how. */
export interface Watched {
  readonly everyMs: number
  readonly look: () => Promise<void>
  /** Hears at once of what there is to look at. @returns what ends it */
  readonly listen: (heard: () => void) => () => void
}

/**
 * Looks for something from time to time while it is on: one look after another, however often it is turned off and on. One
 * that pauses and goes on, as with every step of a run, neither sets a timer nor stops one.
 */
export class Watch {
  readonly #clock: Clock
  readonly #watched: Watched
  #timer: unknown
  #isOn = false
  #isLooking = false
  #stopListening: (() => void) | undefined

  constructor(clock: Clock, watched: Watched) {
    this.#clock = clock
    this.#watched = watched
  }

  get isOn(): boolean {
    return this.#isOn
  }

  start(): void {
    if (this.#isOn) return
    this.#isOn = true
    this.#stopListening ??= this.#watched.listen(() => void this.#watched.look())
    if (this.#timer === undefined) this.#lookLater()
    else holdTimer(this.#timer)
  }

  /** Looks no more, unless it is started again soon. */
  pause(): void {
    this.#isOn = false
    yieldTimer(this.#timer)
  }

  stop(): void {
    this.#isOn = false
    stopTimer(this.#clock, this.#timer)
    this.#timer = undefined
    this.#stopListening?.()
    this.#stopListening = undefined
  }

  #lookLater(): void {
    if (this.#isLooking) return
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined
      if (this.#isOn) void this.#look()
      else this.stop()
    }, this.#watched.everyMs)
  }

  async #look(): Promise<void> {
    this.#isLooking = true
    await this.#watched.look()
    this.#isLooking = false
    if (this.#isOn) this.#lookLater()
    else this.stop()
  }
}
