import type { AgentContext } from '../../machines/index.ts'
import { type Clock, longestTimerMs } from '../models/index.ts'
import type { VerdictWaiter } from '../steps/index.ts'

/** Whoever waits for what is said about one call. */
interface Wait {
  readonly index: number
  readonly waiter: VerdictWaiter
  /** There if nobody is waited for any longer one day. */
  stopClock: (() => void) | undefined
}

/** What the desk needs of its run. */
interface DeskHost {
  readonly start: { readonly clock: Clock }
  readonly state: AgentContext
  /** Nobody is waited for any longer, as of `at`. */
  expireWait(index: number, at: string): void
}

/** Where the work of a step waits for what is said about its calls. */
export class VerdictDesk {
  readonly #host: DeskHost
  #waits: readonly Wait[] = []

  constructor(host: DeskHost) {
    this.#host = host
  }

  /** @param deadline when nobody is waited for any longer, in milliseconds since the epoch */
  add(index: number, deadline: number | undefined, waiter: VerdictWaiter): void {
    const wait: Wait = { index, waiter, stopClock: undefined }
    this.#waits = this.#waits.concat(wait)
    if (this.#tell(wait, this.#host.state) || deadline === undefined) return
    wait.stopClock = this.#expireAt(deadline, index) // its time may be up already
  }

  /** Nobody is waited for any longer. */
  refuse(error: unknown): void {
    for (const wait of this.#waits) {
      this.#end(wait)
      queueMicrotask(() => wait.waiter.refuse(error))
    }
  }

  /** The step is over: whoever still waits is told nothing any more. */
  clear(): void {
    for (const wait of this.#waits) this.#end(wait)
  }

  /** The calls have changed. */
  notice(context: AgentContext): void {
    for (const wait of this.#waits) this.#tell(wait, context)
  }

  /** @returns whether something was said */
  #tell(wait: Wait, { ledger }: AgentContext): boolean {
    const verdict = ledger[wait.index]?.verdict
    if (verdict === undefined) return false
    this.#end(wait)
    queueMicrotask(() => wait.waiter.take(wait.index, verdict))
    return true
  }

  #end(wait: Wait): void {
    this.#waits = this.#waits.filter((other) => other !== wait)
    wait.stopClock?.()
  }

  #expireAt(deadline: number, index: number): () => void {
    const { clock } = this.#host.start
    let timer: unknown
    const check = (): void => {
      const leftMs = deadline - clock.now()
      if (leftMs > 0) timer = clock.setTimeout(check, Math.min(leftMs, longestTimerMs))
      else this.#host.expireWait(index, new Date(clock.now()).toISOString())
    }
    check()
    return () => clock.clearTimeout(timer)
  }
}
