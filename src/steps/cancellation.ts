import {
  type DeadlinePassedError,
  LeaseLostError,
  RunCancelledError,
  RunDisposedError,
} from '../errors/index.ts'

/** Why a step is to stop. */
export type StopError = RunCancelledError | DeadlinePassedError

/** Why work stops that this process gives up. @param cause default: it has disposed of the run */
export function letGo(cause: Error = new RunDisposedError()): StopError {
  return new RunCancelledError(cause)
}

/** Whether work stops only because this process gives the run up: nobody has cancelled it, and it goes on elsewhere. */
export function isLetGo(error: unknown): boolean {
  if (!(error instanceof RunCancelledError)) return false
  const { reason } = error
  const isOurs = reason instanceof LeaseLostError || reason instanceof RunDisposedError
  return isOurs || isLetGo(reason) // a run below is told what the one above was
}

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

  /** The first one counts that somebody has asked for. */
  cancel(error: StopError): void {
    const { isCancelled } = this
    if (isCancelled && !isLetGo(this.#error)) return
    this.#error = error
    if (isCancelled) return // what is under way knows that it is to stop
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
