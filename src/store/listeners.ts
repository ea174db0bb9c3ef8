/** Who wants to know when something is delivered to a run, in this process. */
export class Listeners {
  readonly #byRun = new Map<string, Set<() => void>>()

  /** @returns what ends it */
  add(runId: string, callback: () => void): () => void {
    const listener = (): void => callback() // the same function may listen twice
    const listeners = this.#byRun.get(runId) ?? new Set()
    this.#byRun.set(runId, listeners.add(listener))
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.#byRun.get(runId) === listeners) this.#byRun.delete(runId)
    }
  }

  /** What a callback throws is thrown outside: the delivery has happened. */
  tell(runId: string): void {
    for (const listener of Array.from(this.#byRun.get(runId) ?? [])) {
      try {
        listener()
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }

  clear(): void {
    this.#byRun.clear()
  }
}
