import { RunCancelledError } from '../errors/index.ts'

/**
 * Whether a step is to stop. The signal is made when somebody first asks for it: most steps of most runs end without
 * anybody listening.
 */
export class Cancellation {
  #controller: AbortController | undefined
  #error: RunCancelledError | undefined

  get isCancelled(): boolean {
    return this.#error !== undefined
  }

  /** What the step fails with; `undefined` unless it was cancelled. */
  get error(): RunCancelledError | undefined {
    return this.#error
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#error !== undefined) this.#controller.abort(this.#error)
    }
    return this.#controller.signal
  }

  /** Only the first cancel counts. */
  cancel(reason: unknown): void {
    if (this.#error !== undefined) return
    this.#error = new RunCancelledError(reason)
    this.#controller?.abort(this.#error)
  }

  throwIfCancelled(): void {
    if (this.#error !== undefined) throw this.#error
  }
}
