import { type Clock, systemClock } from '../clock.ts'
import type { ModelCall } from '../model.ts'

/** Ends a request when its time is over, or when its answer is no longer wanted. */
export class Deadline {
  /** For the transport: aborted in both cases. */
  readonly signal: AbortSignal
  readonly #closing = new AbortController()
  readonly #clock: Clock
  readonly #timer: unknown
  #isOver = false

  constructor({ signal, settings, clock = systemClock }: ModelCall) {
    this.#clock = clock
    this.signal = AbortSignal.any([signal, this.#closing.signal])
    const { timeoutMs } = settings
    if (timeoutMs === undefined) return
    this.#timer = clock.setTimeout(() => {
      this.#isOver = true
      this.#closing.abort()
    }, timeoutMs)
  }

  /** Whether it was the time that ended the request. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** The answer has begun: it may take its time. */
  lift(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer)
  }

  /** Nobody waits any longer. */
  close(): void {
    this.lift()
    this.#closing.abort()
  }
}
