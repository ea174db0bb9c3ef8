import type { Clock } from '../models/index.ts'
import { stopTimer } from './timers.ts'

/** Looks for something from time to time while it is on: one look after another, however often it is turned off and on. */
export class Watch {
  readonly #clock: Clock
  readonly #everyMs: number
  readonly #look: () => Promise<void>
  #timer: unknown
  /** What the looks under way belong to; there while it is on. */
  #shift: object | undefined

  constructor(clock: Clock, everyMs: number, look: () => Promise<void>) {
    this.#clock = clock
    this.#everyMs = everyMs
    this.#look = look
  }

  get isOn(): boolean {
    return this.#shift !== undefined
  }

  start(): void {
    this.#shift = {}
    this.#lookLater(this.#shift)
  }

  stop(): void {
    this.#shift = undefined
    stopTimer(this.#clock, this.#timer)
  }

  #lookLater(shift: object): void {
    this.#timer = this.#clock.setTimeout(() => {
      void this.#look().finally(() => {
        if (this.#shift === shift) this.#lookLater(shift)
      })
    }, this.#everyMs)
  }
}
