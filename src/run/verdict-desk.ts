import type { AgentContext, GraphEvent, Verdict } from '../../machines/index.ts'
import { type Clock, longestTimerMs } from '../models/index.ts'
import type { Cancellation } from '../steps/index.ts'

/** Where the work of a step waits for what is said about its calls. */
export class VerdictDesk {
  readonly #clock: Clock
  readonly #send: (event: GraphEvent) => void
  readonly #waiting = new Map<number, (verdict: Verdict) => void>()
  /** There once a wait has a deadline. */
  #timers: Set<() => void> | undefined

  constructor(clock: Clock, send: (event: GraphEvent) => void) {
    this.#clock = clock
    this.#send = send
  }

  /**
   * What is said about the call at this place.
   *
   * @param deadline when nobody is waited for any longer, in milliseconds since the epoch
   */
  on(index: number, deadline: number | undefined, cancellation: Cancellation): Promise<Verdict> {
    const { promise, resolve, reject } = Promise.withResolvers<Verdict>()
    this.#waiting.set(index, resolve)
    const stopListening = cancellation.whenCancelled(() => reject(cancellation.error))
    const stopClock = deadline === undefined ? nothing : this.#expireAt(deadline, index)
    if (stopClock !== nothing) (this.#timers ??= new Set()).add(stopClock)
    return promise.finally(() => {
      stopListening()
      stopClock()
      this.#timers?.delete(stopClock)
      this.#waiting.delete(index)
    })
  }

  /** The step is over: whoever still waits is told nothing any more. */
  clear(): void {
    if (this.#waiting.size === 0 && this.#timers === undefined) return
    this.#timers?.forEach((stopClock) => stopClock())
    this.#timers = undefined
    this.#waiting.clear()
  }

  /** The calls have changed. */
  notice({ ledger }: AgentContext): void {
    for (const [index, resolve] of this.#waiting) {
      const verdict = ledger[index]?.verdict
      if (verdict !== undefined) resolve(verdict)
    }
  }

  #expireAt(deadline: number, index: number): () => void {
    const clock = this.#clock
    let timer: unknown
    const check = (): void => {
      const leftMs = deadline - clock.now()
      if (leftMs > 0) timer = clock.setTimeout(check, Math.min(leftMs, longestTimerMs))
      else this.#send({ type: 'deadline-passed', scope: 'wait', index, at: isoTime(clock.now()) })
    }
    check()
    return () => clock.clearTimeout(timer)
  }
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}

function nothing(): void {}
