/**
 * The calls of one tool phase that run, whether the batch starts them or a verdict.
 *
 * Owns who runs and who is next. Is told by the phase which calls are to run; tells them when to stop.
 *
 *   C1. They begin in the order in which they asked for it: no more at once than `maxConcurrency` says, and one of a
 *       sequential tool alone.
 *   C2. The first error stops all of them; they are given a little time to end by themselves.
 *   C3. A call of which the run below only waits for somebody takes no place. When that run goes on it has its place
 *       at once: what somebody has decided waits for no other call.
 */
import type { PhaseCall } from './phase-call.ts'
import type { StepPorts } from './ports.ts'

/** What the pool needs of its phase. */
interface PooledPhase {
  readonly ports: StepPorts
  begin(call: PhaseCall): void
  flush(mustBeSaved: true): Promise<void> | undefined
}

export class CallPool {
  readonly #phase: PooledPhase
  readonly #most: number
  readonly #running = new Set<PhaseCall>()
  /** Those of them that take no place (C3). */
  readonly #resting = new Set<PhaseCall>()
  /** How many calls of sequential tools have a place; more than one only by C3. */
  #alone = 0
  readonly #queue: { readonly call: PhaseCall; readonly enter: () => void }[] = []
  #controller: AbortController | undefined
  readonly #failed = Promise.withResolvers<never>()
  #failure: { readonly error: unknown } | undefined
  #stopping: Promise<void> | undefined
  /** Told when nothing runs any more. */
  #ended: (() => void) | undefined

  constructor(phase: PooledPhase) {
    this.#phase = phase
    this.#most = Math.floor(phase.ports.setup.maxConcurrency)
    this.#failed.promise.catch(() => {}) // whoever waits for it is told
  }

  /** Rejects with the first error. */
  get failed(): Promise<never> {
    return this.#failed.promise
  }

  get isStopped(): boolean {
    return this.#failure !== undefined || this.#phase.ports.cancellation.isCancelled
  }

  /** Aborted when the step is to stop, or one of the calls has failed. Made when somebody asks for it. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = (this.#controller = new AbortController())
      const { cancellation } = this.#phase.ports
      if (this.#failure !== undefined) controller.abort(this.#failure.error)
      else cancellation.whenCancelled(() => controller.abort(cancellation.error))
    }
    return this.#controller.signal
  }

  /** Runs calls, each as soon as it may. @throws the first error of any call of the phase */
  async run(calls: readonly PhaseCall[], work: (call: PhaseCall) => Promise<void>): Promise<void> {
    const { cancellation } = this.#phase.ports
    cancellation.throwIfCancelled()
    const turns = calls.map((call) => this.#enter(call))
    const first = calls.filter((_, i) => turns[i] === undefined)
    const started = first.length === 0 ? undefined : this.#start(first)
    const tasks = calls.map((call, i) => this.#perform(call, work, turns[i], started))
    await Promise.race([Promise.all(tasks), this.failed.catch(() => {})])
    await this.#stopping
    if (this.#failure !== undefined) throw this.#failure.error
    cancellation.throwIfCancelled()
  }

  /** C2. Resolves when all have ended, or have had their time. */
  stop(error: unknown): Promise<void> {
    this.#stopping ??= this.#stop(error)
    return this.#stopping
  }

  /** The run below a call begins to wait for somebody, or goes on (C3). */
  rest(call: PhaseCall, isWaiting: boolean): void {
    if (!this.#running.has(call) || isWaiting === this.#resting.has(call)) return
    if (isWaiting) this.#resting.add(call)
    else this.#resting.delete(call)
    if (isSequential(call)) this.#alone += isWaiting ? -1 : 1
    this.#admit()
  }

  async #perform(
    call: PhaseCall,
    work: (call: PhaseCall) => Promise<void>,
    turn: Promise<void> | undefined,
    started: Promise<void> | undefined,
  ): Promise<void> {
    try {
      let saved = started
      if (turn !== undefined) {
        await turn
        if (!this.#running.has(call)) return // stopped before its turn
        saved = this.#start([call])
      }
      if (saved !== undefined) await saved
      await work(call)
    } catch (error) {
      void this.stop(error)
    } finally {
      this.#leave(call)
    }
  }

  /** Says that calls run, just before they do. */
  #start(calls: readonly PhaseCall[]): Promise<void> | undefined {
    for (const call of calls) if (willExecute(call)) this.#phase.begin(call)
    return this.#phase.flush(true)
  }

  async #stop(reason: unknown): Promise<void> {
    this.#failure = { error: reason }
    this.#controller?.abort(reason)
    this.#failed.reject(reason)
    this.#admit()
    await Promise.resolve() // whoever has failed leaves first
    if (this.#running.size > 0) await this.#withinGrace()
  }

  async #withinGrace(): Promise<void> {
    const { clock, setup } = this.#phase.ports
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#ended = resolve
    const timer = clock.setTimeout(resolve, setup.cancelGraceMs)
    await promise
    clock.clearTimeout(timer)
  }

  /** A call has a place now, or is promised one. */
  #enter(call: PhaseCall): Promise<void> | undefined {
    if (this.#queue.length === 0 && this.#hasRoom(call)) {
      this.#seat(call)
      return undefined
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#queue.push({ call, enter: resolve })
    return promise
  }

  #seat(call: PhaseCall): void {
    this.#running.add(call)
    if (isSequential(call)) this.#alone += 1
  }

  #leave(call: PhaseCall): void {
    if (!this.#running.delete(call)) return
    if (!this.#resting.delete(call) && isSequential(call)) this.#alone -= 1
    if (this.#running.size === 0) this.#ended?.()
    this.#admit()
  }

  /** C1. */
  #admit(): void {
    for (let [next] = this.#queue; next !== undefined; [next] = this.#queue) {
      if (!this.isStopped && !this.#hasRoom(next.call)) return
      this.#queue.shift()
      if (!this.isStopped) this.#seat(next.call)
      next.enter()
    }
  }

  #hasRoom(call: PhaseCall): boolean {
    const busy = this.#running.size - this.#resting.size
    return busy === 0 || (busy < this.#most && this.#alone === 0 && !isSequential(call))
  }
}

function isSequential({ offered }: PhaseCall): boolean {
  return offered?.tool.definition.sequential === true
}

function willExecute({ kind, arguments: checked }: PhaseCall): boolean {
  return kind === 'output' || checked?.ok === true
}
