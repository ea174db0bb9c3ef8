/**
 * One run in the hands of a worker, from the lease until it is let go of.
 *
 *   R1. Whatever way the run comes to rest, it is saved, then given back, then told of.
 *   R2. A run that only waits leaves nothing behind in the process.
 *   R3. While the store is away the run is held, with what its last step came to, as long as the lease holds.
 *   R4. A run that is somebody else's by now is let go of without a word to the store.
 */
import { RunCancelledError, StoreError } from '../errors/index.ts'
import type { AgentRun } from '../run/index.ts'
import type { AwaitedCall } from '../snapshot/index.ts'
import type { Lease, RunRecord } from '../store/index.ts'
import { close, isLost, stepOrLetGo } from './step-or-let-go.ts'
import type { WorkEvent, WorkedRun } from './events.ts'
import type { WorkAgent, WorkPlan } from './options.ts'

/** What a run needs of its worker. */
export interface WorkDesk {
  readonly plan: WorkPlan
  readonly isStopping: boolean
  /** Ends early when the worker stops. */
  pause(ms: number): Promise<void>
  tell(event: WorkEvent): void
  /** A step of the run went well. */
  gotOn(runId: string): void
  /** Somebody may follow the run. */
  show(run: AgentRun): void
}

/** How far a run has come in these hands. */
interface Progress {
  /** Which try this is since the run last got on, from 1. */
  attempt: number
}

/** Where a run is left. */
type Rest = { readonly kind: 'waiting'; readonly waitingFor: readonly AwaitedCall[] } | Ready

/** Nothing of it is under way. */
type Ready =
  | { readonly kind: 'ended' | 'given-back' }
  | { readonly kind: 'failed'; readonly error: unknown }

/** Drives a run that was claimed as far as it goes. What happens is told; it throws nothing of its own. */
export async function driveClaimed(
  lease: Lease,
  known: Promise<RunRecord>,
  desk: WorkDesk,
): Promise<void> {
  const { store, agents } = desk.plan
  const { runId } = lease
  try {
    if (desk.isStopping) return await store.release(lease)
    const record = await known
    const agent = agents.get(record.agentName ?? '')
    if (agent === undefined) return await store.release(lease)
    await new ClaimedRun(desk, record).drive(agent, lease)
  } catch (error) {
    if (isLost(error)) return
    desk.tell({ kind: 'store-failed', error, runId }) // its lease runs out, or was given back
    await desk.pause(desk.plan.pollMs)
  }
}

class ClaimedRun {
  readonly #desk: WorkDesk
  readonly #which: WorkedRun
  readonly #progress: Progress

  constructor(desk: WorkDesk, { runId, agentName, attempts }: RunRecord) {
    this.#desk = desk
    this.#which = { runId, agentName: agentName ?? '' }
    this.#progress = { attempt: attempts }
  }

  async drive(agent: WorkAgent, lease: Lease): Promise<void> {
    const { attempt } = this.#progress
    this.#desk.tell({ kind: 'taken-up', attempt, ...this.#which })
    const run = await this.#load(agent, lease)
    if (run === undefined) return
    this.#desk.show(run)
    try {
      const rest = await this.#toRest(run)
      if (rest.kind === 'waiting') this.#desk.tell({ ...rest, ...this.#which })
      else await this.#letGo(run, rest)
    } catch (error) {
      if (!isLost(error)) throw error
      this.#desk.tell({ kind: 'lost', ...this.#which }) // R4
    } finally {
      await close(run)
    }
  }

  async #load(agent: WorkAgent, lease: Lease): Promise<AgentRun | undefined> {
    const { store, owner, leaseMs, pollMs, clock, deps } = this.#desk.plan
    const retryAt = (error: unknown): number | null => this.#retryAt(error)
    try {
      return await agent.load(this.#which.runId, {
        store: { store, owner, leaseMs, pollMs, retryAt },
        lease,
        clock,
        ...(deps !== undefined && { deps }),
      })
    } catch (error) {
      if (isLost(error) || isPassing(error)) throw error
      await this.#setAside(error)
      return undefined
    }
  }

  /** Loading it again would come to the same. */
  async #setAside(error: unknown): Promise<void> {
    const { name, message } = error instanceof Error ? error : new Error(String(error))
    await this.#desk.plan.store.setAside(this.#which.runId, { name, message })
    this.#desk.tell({ kind: 'set-aside', error, ...this.#which })
  }

  /** @throws {LeaseLostError} when it is somebody else's by now */
  async #toRest(run: AgentRun): Promise<Rest> {
    while (run.nextNode.kind !== 'end') {
      if (this.#desk.isStopping) return { kind: 'given-back' }
      try {
        const waitingFor = await stepOrLetGo(run)
        if (waitingFor !== undefined) return { kind: 'waiting', waitingFor }
        this.#progress.attempt = 1
        this.#desk.gotOn(this.#which.runId)
      } catch (error) {
        if (isLost(error)) throw error
        if (!isPassing(error) || !isUnsaved(run)) return { kind: 'failed', error }
        await this.#storeFailed(error) // R3
      }
    }
    return { kind: 'ended' }
  }

  /** R1 */
  async #letGo(run: AgentRun, rest: Ready): Promise<void> {
    if (rest.kind === 'failed' || isUnsaved(run)) await this.#save(run)
    await run.release().catch(() => run.release()) // a toolset that does not close keeps no run
    this.#desk.tell({ ...this.#told(rest), ...this.#which })
  }

  #told(rest: Ready) {
    if (rest.kind !== 'failed') return { kind: rest.kind }
    const { error } = rest
    if (error instanceof RunCancelledError) return { kind: 'cancelled' as const }
    return { kind: rest.kind, error, retryAt: this.#retryAt(error) }
  }

  async #save(run: AgentRun): Promise<void> {
    for (;;) {
      try {
        return await run.save()
      } catch (error) {
        if (!isPassing(error) || this.#desk.isStopping) throw error
        await this.#storeFailed(error)
      }
    }
  }

  async #storeFailed(error: unknown): Promise<void> {
    const { plan } = this.#desk
    this.#desk.tell({ kind: 'store-failed', error, runId: this.#which.runId })
    await this.#desk.pause(plan.pollMs)
  }

  #retryAt(error: unknown): number | null {
    const { isRetryable, retryDelayMs, maxAttempts, clock } = this.#desk.plan
    const { attempt } = this.#progress
    if (attempt >= maxAttempts || !isRetryable(error)) return null
    return clock.now() + retryDelayMs(attempt, error)
  }
}

/** Whether it holds what its last step came to; else an error is the step's own, such as of a store that a tool uses. */
function isUnsaved({ actor }: AgentRun): boolean {
  return actor.getSnapshot().context.unsaved !== null
}

/** Whether the store was away, and what was to be done can be done later. */
function isPassing(error: unknown): boolean {
  return error instanceof StoreError && error.isRetryable
}
