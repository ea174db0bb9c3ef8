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

/** What a call that runs does; nothing is waited for when it gives no promise. */
type CallWork = (call: PhaseCall) => Promise<void> | void

/** A call that runs, or will. */
interface Turn {
  readonly call: PhaseCall
  readonly work: CallWork
  readonly onEnd: () => void
}

export class CallPool {
  readonly #phase: PooledPhase
  readonly #most: number
  #running = 0
  /** How many of them take no place (C3). */
  #resting = 0
  /** How many calls of sequential tools have a place; more than one only by C3. */
  #alone = 0
  readonly #queue: Turn[] = []
  /** While calls begin, those that end at once let in nobody: whoever begins them does, and in order (C1). */
  #isBeginning = false
  #controller: AbortController | undefined
  #failure: { readonly error: unknown } | undefined
  #stopping: Promise<void> | undefined
  /** Lets those go on who wait for calls that a stop has left behind. */
  #batches: readonly (() => void)[] = []
  /** Told when nothing runs any more. */
  #ended: (() => void) | undefined

  constructor(phase: PooledPhase) {
    this.#phase = phase
    this.#most = Math.floor(phase.ports.setup.maxConcurrency)
  }

  /** The first error; `undefined` when there was none. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure
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
  run(calls: readonly PhaseCall[], work: CallWork): Promise<void> {
    const { cancellation } = this.#phase.ports
    cancellation.throwIfCancelled()
    if (calls.length === 0) return this.#outcome()
    const { promise, resolve } = Promise.withResolvers<void>()
    let left = calls.length
    let isOver = false
    const release = (): void => {
      if (!isOver) resolve(this.#hasEndedWell ? undefined : this.#outcome())
      isOver = true
    }
    const onEnd = (): void => {
      left -= 1
      if (left === 0) release()
    }
    this.#batches = this.#batches.concat(release)
    const turns = calls.map((call) => ({ call, work, onEnd }))
    let seated = 0
    for (const turn of turns) if (this.#enter(turn)) seated += 1 // behind one that has no place, none has
    if (seated > 0) this.#begin(seated === turns.length ? turns : turns.slice(0, seated))
    return promise
  }

  get #hasEndedWell(): boolean {
    return !this.isStopped && this.#stopping === undefined
  }

  /** What has come of calls that have ended, or are left behind. */
  async #outcome(): Promise<void> {
    await this.#stopping
    if (this.#failure !== undefined) throw this.#failure.error
    this.#phase.ports.cancellation.throwIfCancelled()
  }

  /** C2. Resolves when all have ended, or have had their time. */
  stop(error: unknown): Promise<void> {
    this.#stopping ??= this.#stop(error)
    return this.#stopping
  }

  /** The run below a call begins to wait for somebody, or goes on (C3). */
  rest(call: PhaseCall, isWaiting: boolean): void {
    if (call.place === undefined || isWaiting === (call.place === 'resting')) return
    call.place = isWaiting ? 'resting' : 'running'
    this.#resting += isWaiting ? 1 : -1
    if (isSequential(call)) this.#alone += isWaiting ? -1 : 1
    this.#admit()
  }

  /** Says that calls run, and runs them once that is written; none has effects if they are to stop by then. */
  #begin(turns: readonly Turn[]): void {
    const saved = this.#start(turns)
    if (saved === undefined) return this.#perform(turns)
    saved.then(
      () => (this.isStopped ? turns.forEach((turn) => this.#leave(turn)) : this.#perform(turns)),
      (error: unknown) => {
        for (const turn of turns) this.#fail(turn, error)
      },
    )
  }

  #perform(turns: readonly Turn[]): void {
    const isNested = this.#isBeginning
    this.#isBeginning = true
    for (const turn of turns) this.#work(turn)
    if (isNested) return
    this.#isBeginning = false
    this.#admit()
  }

  #work(turn: Turn): void {
    try {
      const working = turn.work(turn.call)
      if (working === undefined) return this.#leave(turn)
      working.then(
        () => this.#leave(turn),
        (error: unknown) => this.#fail(turn, error),
      )
    } catch (error) {
      this.#fail(turn, error)
    }
  }

  #fail(turn: Turn, error: unknown): void {
    void this.stop(error)
    this.#leave(turn)
  }

  /** Says that calls run, just before they do. */
  #start(turns: readonly Turn[]): Promise<void> | undefined {
    for (const { call } of turns) if (willExecute(call)) this.#phase.begin(call)
    return this.#phase.flush(true)
  }

  async #stop(reason: unknown): Promise<void> {
    this.#failure = { error: reason }
    this.#controller?.abort(reason)
    this.#phase.ports.refuseVerdicts(reason)
    this.#admit()
    await Promise.resolve() // whoever has failed leaves first
    if (this.#running > 0) await this.#withinGrace()
    for (const release of this.#batches) release()
  }

  async #withinGrace(): Promise<void> {
    const { clock, setup } = this.#phase.ports
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#ended = resolve
    const timer = clock.setTimeout(resolve, setup.cancelGraceMs)
    await promise
    clock.clearTimeout(timer)
  }

  /** Whether a call has a place now; else it is promised one. */
  #enter(turn: Turn): boolean {
    const isIn = this.#queue.length === 0 && this.#hasRoom(turn.call)
    if (isIn) this.#seat(turn.call)
    else this.#queue.push(turn)
    return isIn
  }

  #seat(call: PhaseCall): void {
    call.place = 'running'
    this.#running += 1
    if (isSequential(call)) this.#alone += 1
  }

  #leave({ call, onEnd }: Turn): void {
    if (call.place !== undefined) {
      if (call.place === 'resting') this.#resting -= 1
      else if (isSequential(call)) this.#alone -= 1
      call.place = undefined
      this.#running -= 1
      if (this.#running === 0) this.#ended?.()
      this.#admit()
    }
    onEnd()
  }

  /** C1. */
  #admit(): void {
    if (this.#isBeginning) return
    this.#isBeginning = true
    for (let [next] = this.#queue; next !== undefined; [next] = this.#queue) {
      if (!this.isStopped && !this.#hasRoom(next.call)) break
      this.#queue.shift()
      if (this.isStopped) {
        next.onEnd()
      } else {
        this.#seat(next.call)
        this.#begin([next])
      }
    }
    this.#isBeginning = false
  }

  #hasRoom(call: PhaseCall): boolean {
    const busy = this.#running - this.#resting
    return busy === 0 || (busy < this.#most && this.#alone === 0 && !isSequential(call))
  }
}

function isSequential({ offered }: PhaseCall): boolean {
  return offered?.tool.definition.sequential === true
}

function willExecute({ kind, arguments: checked }: PhaseCall): boolean {
  return kind === 'output' || checked?.ok === true
}
