import type { AgentContext, GraphEvent, Verdict } from '../../machines/index.ts'
import { type Clock, longestTimerMs } from '../models/index.ts'

/** Whoever waits for what is said about one call. */
interface Wait {
  readonly index: number
  readonly verdict: PromiseWithResolvers<Verdict>
  /** There if nobody is waited for any longer one day. */
  stopClock: (() => void) | undefined
}

/** Where the work of a step waits for what is said about its calls. */
export class VerdictDesk {
  readonly #clock: Clock
  readonly #send: (event: GraphEvent) => void
  #waits: readonly Wait[] = []

  constructor(clock: Clock, send: (event: GraphEvent) => void) {
    this.#clock = clock
    this.#send = send
  }

  /**
   * What is said about the call at this place.
   *
   * @param deadline when nobody is waited for any longer, in milliseconds since the epoch
   */
  on(index: number, deadline: number | undefined): Promise<Verdict> {
    const verdict = Promise.withResolvers<Verdict>()
    const wait: Wait = { index, verdict, stopClock: undefined }
    this.#waits = [...this.#waits, wait]
    if (deadline !== undefined) wait.stopClock = this.#expireAt(deadline, index) // its time may be up already
    return verdict.promise
  }

  /** Nobody is waited for any longer. */
  refuse(error: unknown): void {
    for (const wait of this.#waits) this.#end(wait).reject(error)
  }

  /** The step is over: whoever still waits is told nothing any more. */
  clear(): void {
    for (const wait of this.#waits) this.#end(wait)
  }

  /** The calls have changed. */
  notice({ ledger }: AgentContext): void {
    for (const wait of this.#waits) {
      const verdict = ledger[wait.index]?.verdict
      if (verdict !== undefined) this.#end(wait).resolve(verdict)
    }
  }

  #end(wait: Wait): PromiseWithResolvers<Verdict> {
    this.#waits = this.#waits.filter((other) => other !== wait)
    wait.stopClock?.()
    return wait.verdict
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
