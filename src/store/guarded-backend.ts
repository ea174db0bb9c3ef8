import { AgentError, StoreClosedError, StoreError } from '../errors/index.ts'
import type { StoreBackend } from './backend.ts'

/** A backend that is opened when it is first needed, and whose failures are `StoreError`s. */
export class GuardedBackend {
  readonly #backend: StoreBackend
  #opened: Promise<void> | null = null
  #isOpen = false
  #isClosed = false

  constructor(backend: StoreBackend) {
    this.#backend = backend
  }

  /**
   * @throws {StoreClosedError}
   * @throws {StoreError} when the database fails
   */
  async use<TResult>(work: (backend: StoreBackend) => Promise<TResult>): Promise<TResult> {
    if (this.#isClosed) throw new StoreClosedError()
    try {
      if (!this.#isOpen) await this.#open()
      return await work(this.#backend)
    } catch (error) {
      throw this.#explained(error)
    }
  }

  /** Waits for nothing but what closing takes; what is under way may fail. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    try {
      await this.#opened?.catch(() => undefined)
      await this.#backend.close()
    } catch (error) {
      throw this.#explained(error)
    }
  }

  async #open(): Promise<void> {
    const opening = (this.#opened ??= this.#backend.open())
    try {
      await opening
      this.#isOpen = true
    } catch (error) {
      if (this.#opened === opening) this.#opened = null // the next one tries again
      throw error
    }
  }

  #explained(cause: unknown): unknown {
    if (cause instanceof AgentError) return cause
    const told = cause instanceof Error ? cause.message : String(cause)
    const { message = told, isRetryable = false } = this.#backend.explain?.(cause) ?? {}
    return new StoreError(`The ${this.#backend.name} store failed: ${message}`, {
      cause,
      isRetryable,
    })
  }
}
