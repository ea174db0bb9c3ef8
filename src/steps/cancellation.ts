import type { DeadlinePassedError, RunCancelledError } from '../errors/index.ts'

/** Why a step is to stop. */
export type StopError = RunCancelledError | DeadlinePassedError

/**
 * Whether a step is to stop. The signal is made when somebody first asks for it: most steps of most runs end without
 * anybody listening.
 */
export class Cancellation {
  #callbacks: Set<() => void> | undefined
  #controller: AbortController | undefined
  #error: StopError | undefined

  get isCancelled(): boolean {
    return this.#error !== undefined
  }

  /** What the step fails with; `undefined` unless it was cancelled. */
  get error(): StopError | undefined {
    return this.#error
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#error !== undefined) this.#controller.abort(this.#error)
    }
    return this.#controller.signal
  }

  /** Only the first one counts. */
  cancel(error: StopError): void {
    if (this.#error !== undefined) return
    this.#error = error
    this.#controller?.abort(error)
    const callbacks = this.#callbacks
    this.#callbacks = undefined
    callbacks?.forEach((callback) => callback())
  }

  /** Calls back once when the step is to stop, at once if it is. @returns stops listening */
  whenCancelled(callback: () => void): () => void {
    if (this.#error === undefined) (this.#callbacks ??= new Set()).add(callback)
    else callback()
    return () => this.#callbacks?.delete(callback)
  }

  throwIfCancelled(): void {
    if (this.#error !== undefined) throw this.#error
  }
}
