import { type AgentContext, onlyWaits, type StepOutcome } from '../../machines/index.ts'
import type { Clock } from '../models/index.ts'
import {
  Cancellation,
  type CutOff,
  failed,
  type StepPorts,
  type StopError,
} from '../steps/index.ts'
import type { TimeLimit } from './time-limit.ts'

/** What a piece of work is allowed when it is cancelled. */
interface Terms {
  readonly clock: Clock
  readonly setup: { readonly cancelGraceMs: number }
}

const nothing: CutOff = { tail: () => [] }

/** One step under way, and how it ends if it does not end by itself. */
export class StepWork {
  readonly cancellation = new Cancellation()
  cutOff: CutOff = nothing
  /** False once the step has settled: what it says later is dropped. */
  isOpen = true
  readonly #terms: Terms
  #giveUp: (() => void) | undefined
  #timer: unknown
  #callsLimit: TimeLimit | undefined

  constructor(terms: Terms) {
    this.#terms = terms
  }

  /** Its calls are held to a limit, but for the time in which only people are waited for. */
  limitCalls(limit: TimeLimit, context: AgentContext): void {
    this.#callsLimit = limit
    this.notice(context)
  }

  /** The calls have changed. */
  notice(context: AgentContext): void {
    if (this.#callsLimit === undefined) return
    if (onlyWaits(context)) this.#callsLimit.pause()
    else this.#callsLimit.goOn()
  }

  /** Tells the step to stop, and cuts it off when it has not settled within the grace. */
  cancel(error: StopError): void {
    const { isCancelled } = this.cancellation
    this.cancellation.cancel(error)
    if (isCancelled) return
    const { clock, setup } = this.#terms
    this.#timer = clock.setTimeout(() => this.#giveUp?.(), setup.cancelGraceMs)
  }

  /** What the step settles with, or what it has when it is cut off. */
  settled(step: Promise<StepOutcome>, ports: StepPorts): Promise<StepOutcome> {
    return new Promise((resolve, reject) => {
      this.#giveUp = () => {
        resolve(failed(ports, this.cancellation.error, { tail: this.cutOff.tail() }))
        this.cutOff.abandon?.()
        this.isOpen = false
      }
      step.then(resolve, reject)
    })
  }

  /** The step is over, whatever it still does. */
  close(): void {
    this.isOpen = false
    if (this.#timer !== undefined) this.#terms.clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
