import { ModelAPIError } from '../errors/index.ts'
import { type Clock, systemClock } from './clock.ts'
import type { Model, ModelCall } from './model.ts'

/**
 * Ends one request when its time (`timeoutMs`) is over, or when its answer is no longer wanted.
 *
 * Owns the signal for the transport: what a transport leaves behind hangs there, not on the signal of the call, which
 * may be that of many.
 */
export class TimeLimit {
  /** Aborted with the reason of the call, or with a `ModelAPIError` worth a retry. */
  readonly signal: AbortSignal
  readonly #closing = new AbortController()
  readonly #clock: Clock
  readonly #timer: unknown

  constructor(
    { signal, settings, clock = systemClock }: ModelCall,
    { modelName, system: provider }: Pick<Model, 'modelName' | 'system'>,
  ) {
    this.#clock = clock
    this.signal = AbortSignal.any([signal, this.#closing.signal])
    const { timeoutMs } = settings
    if (timeoutMs === undefined) return
    this.#timer = clock.setTimeout(() => {
      const message = `No answer within ${timeoutMs} ms`
      this.#closing.abort(new ModelAPIError(modelName, message, { provider, isRetryable: true }))
    }, timeoutMs)
  }

  /** The answer has begun: it may take its time. */
  lift(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer)
  }

  /** Nobody waits any longer: what is still under way is aborted. */
  close(): void {
    this.lift()
    this.#closing.abort()
  }
}
