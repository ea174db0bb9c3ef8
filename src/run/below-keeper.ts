/**
 * The tie between a run and the call above it: the run above keeps it, in its snapshots and in its store.
 *
 *   B1. Whoever puts the run above away finds the run below as it is at that moment.
 *   B2. What happens to calls is told to the chart once the run above has saved it, if that one is stored.
 *   B3. What a run below waits for is known above, and what is said about it there comes down.
 */
import {
  type CallAddress,
  type GraphEvent,
  type NestedRun,
  type NestedVerdict,
  onlyWaits,
} from '../../machines/index.ts'
import { type SavedRun, writeSnapshot } from '../snapshot/index.ts'
import type { RunBelow } from '../tools/index.ts'
import { awaitedIn, isAbout, isSameQuestions } from './awaited.ts'
import type { Keeper } from './keeper.ts'

/** The run below, as far as its keeper speaks with it. */
export interface KeptBelow {
  saved(events: readonly GraphEvent[]): SavedRun
  send(event: GraphEvent): void
  /** Whether a call that does not wait yet may come to it. */
  mayStillWait(address: CallAddress): boolean
}

/** What a run waits for. */
type Questions = Pick<NestedRun, 'awaits' | 'isWaiting'>

function questionsOf({ context, terms }: SavedRun): Questions {
  return { awaits: awaitedIn(context, terms.agent), isWaiting: onlyWaits(context) }
}

export class BelowKeeper implements Keeper {
  /** Its end is known above once its call has returned. */
  readonly hasEnded = false
  readonly isGivenBack = false
  readonly #run: KeptBelow
  readonly #above: RunBelow
  /** What the chart is told once it is saved. */
  #pending: readonly GraphEvent[] = []
  #told: Questions | undefined

  constructor(run: KeptBelow, above: RunBelow) {
    this.#run = run
    this.#above = above
    above.attach({
      collect: () => this.#nested(), // B1
      decide: (verdict) => this.#decide(verdict),
      mayWait: (address) => this.#mayWait(address),
    })
  }

  async open(): Promise<void> {}

  async save(): Promise<void> {
    await this.#above.keep()
  }

  saveStep(): Promise<void> {
    return this.save()
  }

  report(event: GraphEvent): Promise<void> | undefined {
    if (!this.#above.isStored) {
      this.#run.send(event)
      return undefined
    }
    return this.#reportSaved(event)
  }

  async release(): Promise<void> {}
  async close(): Promise<void> {}
  watch(): void {}
  unwatch(): void {}

  /** Calls of the run are changing. */
  notice(): void {
    queueMicrotask(() => this.#tell())
  }

  /** The call fails when that cannot be written. */
  #tell(): void {
    try {
      const now = questionsOf(this.#run.saved([]))
      if (this.#isNews(now)) this.#above.tell(this.#nested()) // B3
      this.#told = now
    } catch (error) {
      this.#run.send({ type: 'cancel', reason: error }) // the call learns of it by writing it once more
    }
  }

  /** What an earlier try has told is above already. */
  #isNews({ awaits, isWaiting }: Questions): boolean {
    const told = this.#told
    if (told === undefined) return awaits.length > 0 || this.#above.saved !== undefined
    return isWaiting !== told.isWaiting || !isSameQuestions(awaits, told.awaits)
  }

  async #reportSaved(event: GraphEvent): Promise<void> {
    this.#pending = [...this.#pending, event]
    try {
      await this.#above.keep() // B2
    } finally {
      this.#pending = this.#pending.filter((other) => other !== event)
    }
    this.#run.send(event)
  }

  #nested(): NestedRun {
    const run = this.#run.saved(this.#pending)
    return { snapshot: writeSnapshot(run), ...questionsOf(run), verdicts: [] }
  }

  #mayWait(address: CallAddress): boolean {
    const { context, terms } = this.#run.saved([])
    const waits = awaitedIn(context, terms.agent).some((call) => isAbout(address, call))
    return waits || this.#run.mayStillWait(address)
  }

  #decide({ verdict, toolCallId, ...place }: NestedVerdict): void {
    if (toolCallId === null || verdict.kind === 'expired') return // waits end where they are
    const address = { ...place, toolCallId }
    switch (verdict.kind) {
      case 'approved': {
        const { kind: _, ...said } = verdict
        return this.#run.send({ type: 'tool-call-approved', ...address, ...said })
      }
      case 'denied': {
        const { kind: _, ...said } = verdict
        return this.#run.send({ type: 'tool-call-denied', ...address, ...said })
      }
      case 'answered': {
        const { kind: _, ...said } = verdict
        return this.#run.send({ type: 'tool-call-answered', ...address, ...said })
      }
    }
  }
}
