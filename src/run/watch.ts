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
 * Looks for something from time to time while it is on: one look after another, at one pace, however often it is turned off
 * and on. One that pauses and goes on, as with every step of a run, neither sets a timer nor stops one.
 */
export class Watch {
  readonly #clock: Clock
  readonly #watched: Watched
  #timer: unknown
  #stopListening: (() => void) | undefined
  /** From a start to the pause or stop after it. */
  #shift: object | undefined
  /** Which shift the look under way is of: one that never ends holds up no other shift. */
  #looking: object | undefined

  constructor(clock: Clock, watched: Watched) {
    this.#clock = clock
    this.#watched = watched
  }

  get isOn(): boolean {
    return this.#shift !== undefined
  }

  start(): void {
    if (this.isOn) return
    this.#stopListening ??= this.#watched.listen(() => void this.#watched.look())
    this.#shift = {}
    if (this.#timer === undefined) this.#lookLater()
    else holdTimer(this.#timer)
  }

  /** Looks no more until it is started again, and stops when the time of the next look has come and it was not. */
  pause(): void {
    this.#shift = undefined
    yieldTimer(this.#timer)
  }

  stop(): void {
    this.#shift = undefined
    stopTimer(this.#clock, this.#timer)
    this.#timer = undefined
    this.#stopListening?.()
    this.#stopListening = undefined
  }

  #lookLater(): void {
    this.#timer = this.#clock.setTimeout(() => this.#look(), this.#watched.everyMs)
  }

  #look(): void {
    const shift = this.#shift
    if (shift === undefined) return this.stop()
    this.#lookLater()
    if (this.#looking === shift) return
    this.#looking = shift
    void this.#watched.look().finally(() => {
      if (this.#looking === shift) this.#looking = undefined
    })
  }
}
