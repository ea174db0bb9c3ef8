/**
 * A worker drives stored runs that are ready: those that were begun and let go of, that were answered, whose wait is
 * over, whose driver died, that are to be tried again.
 *
 * It owns which runs are in its hands and when it looks for more; it is told by the store which ones are ready, and tells
 * its observer what becomes of each.
 *
 *   W1. At most `concurrency` runs are in its hands, each under a lease of its own.
 *   W2. It looks for more as soon as it has room, while there are more; else after `pollMs`.
 *   W3. A worker that stops takes nothing more up, and gives each run back behind the step under way.
 *   W4. What goes wrong with a run concerns no other. Only a store that will not come back ends the worker.
 *   W5. While a run is on its last try, nothing is taken up beside it until it gets on: should it end this process, too,
 *       it takes no others along.
 */
import { StoreError } from '../errors/index.ts'
import type { AgentRun } from '../run/index.ts'
import type { Lease, RunRecord } from '../store/index.ts'
import type { WorkEvent } from './events.ts'
import { planWork, type WorkOptions, type WorkPlan } from './options.ts'
import { driveClaimed, type WorkDesk } from './claimed-run.ts'

/** Drives stored runs until it is stopped. Several workers, in as many processes, may share a store. */
export interface Worker {
  /** Resolves when the worker has stopped. Rejects when the store failed in a way that will not pass. */
  readonly done: Promise<void>
  /** Takes nothing more up, lets the steps under way come to their end, gives their runs back, and is done. */
  stop(): Promise<void>
  /** Looks for runs at once; resolves when there were no more and none is in its hands. @throws what the store throws */
  idle(): Promise<void>
}

/**
 * Starts a worker. It begins at once, and keeps the process alive until it is stopped.
 *
 * @throws {UserError} for an agent without a name, or two of one name: the store knows runs by it
 */
export function work<TDeps>(options: WorkOptions<TDeps>): Worker {
  // Deps are only handed through: the types above have seen to it that they fit the agents.
  return new StoreWorker(planWork(options as WorkOptions))
}

class StoreWorker implements Worker, WorkDesk {
  readonly plan: WorkPlan
  readonly done: Promise<void>
  isStopping = false
  readonly #underWay = new Set<Promise<void>>()
  /** What ends a rest or a pause before its time. */
  readonly #wakers = new Set<() => void>()
  #looking: Promise<unknown> = Promise.resolve()
  #hasMore = false
  /** The id of a run. */
  #onLastTry: string | undefined

  constructor(plan: WorkPlan) {
    this.plan = plan
    const stop = (): void => void this.stop()
    plan.signal?.addEventListener('abort', stop)
    if (plan.signal?.aborted === true) stop()
    this.done = this.#work().finally(() => plan.signal?.removeEventListener('abort', stop))
    this.done.catch(() => {}) // whoever does not wait for it is told by `onEvent`
  }

  stop(): Promise<void> {
    this.isStopping = true
    this.#wake()
    return this.done
  }

  async idle(): Promise<void> {
    do await Promise.all(this.#underWay)
    while (!(await this.#look()))
  }

  async pause(ms: number): Promise<void> {
    if (this.isStopping) return
    const { clock } = this.plan
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = clock.setTimeout(resolve, ms)
    this.#wakers.add(resolve)
    await promise
    this.#wakers.delete(resolve)
    clock.clearTimeout(timer)
  }

  tell(event: WorkEvent): void {
    guarded(() => this.plan.onEvent?.(event))
  }

  gotOn(runId: string): void {
    if (this.#onLastTry !== runId) return
    this.#onLastTry = undefined
    this.#wake()
  }

  show(run: AgentRun): void {
    guarded(() => this.plan.onRun?.(run))
  }

  async #work(): Promise<void> {
    try {
      await Promise.resolve() // whoever starts a worker gets to hold it before it tells of anything
      while (!this.isStopping) {
        await this.#look().catch((error: unknown) => this.#survive(error))
        if (!this.#hasMore) await this.pause(this.plan.pollMs)
        else if (!this.#hasRoom) await this.#untilWoken()
      }
    } finally {
      this.isStopping = true
      await this.#looking
      await Promise.all(this.#underWay)
    }
  }

  get #hasRoom(): boolean {
    return this.#underWay.size < this.plan.concurrency && this.#onLastTry === undefined // W1, W5
  }

  /** Takes up what is ready, as far as there is room, in one look at a time. @returns whether there was nothing to do */
  #look(): Promise<boolean> {
    const looked = this.#looking.then(() => this.#claim())
    this.#looking = looked.catch(() => {})
    return looked
  }

  async #claim(): Promise<boolean> {
    const { store, owner, leaseMs, maxAttempts, agents } = this.plan
    const request = { owner, ttlMs: leaseMs, maxAttempts, agentNames: [...agents.keys()] }
    while (this.#hasRoom && !this.isStopping) {
      const wasFree = this.#underWay.size === 0 // one that ends meanwhile may have begun another one
      this.#hasMore = false
      const [lease] = await store.claim(request)
      if (lease === undefined) return wasFree
      this.#hasMore = true
      await this.#begin(lease)
    }
    return this.isStopping
  }

  async #begin(lease: Lease): Promise<void> {
    const { runId } = lease
    const record = this.plan.store.record(runId)
    if (await this.#isLastTry(record)) this.#onLastTry = runId
    const driven = driveClaimed(lease, record, this).finally(() => {
      this.#underWay.delete(driven)
      this.gotOn(runId) // or it rests, and does no harm any more
      if (this.#hasMore) this.#wake() // W2
    })
    this.#underWay.add(driven)
  }

  /** Whether a run is set aside if this process dies of it, too. One that failed has not killed anybody. */
  async #isLastTry(record: Promise<RunRecord>): Promise<boolean> {
    const { maxAttempts } = this.plan
    const isLast = ({ attempts, status }: RunRecord): boolean =>
      attempts > 1 && attempts >= maxAttempts && status !== 'failed'
    return record.then(isLast, () => false) // what is wrong is told by whoever drives it
  }

  /** @throws what will not pass: W4 */
  #survive(error: unknown): void {
    this.tell({ kind: 'store-failed', error, runId: null })
    const isPassing = error instanceof StoreError && error.isRetryable
    if (!isPassing) throw error
  }

  async #untilWoken(): Promise<void> {
    if (this.isStopping || this.#hasRoom) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wakers.add(resolve)
    await promise
    this.#wakers.delete(resolve)
  }

  #wake(): void {
    for (const wake of this.#wakers) wake()
  }
}

/** What an observer throws is its own matter, and heard of. */
function guarded(callback: () => void): void {
  try {
    callback()
  } catch (error) {
    const warning = `An observer of a worker has thrown: ${String(error)}`
    globalThis.process?.emitWarning?.(warning, 'AgentWarning')
  }
}
