import {
  type AgentContext,
  type CallAddress,
  keepVerdicts,
  type NestedVerdict,
} from '../../machines/index.ts'
import { mayStillWait } from './awaited.ts'
import type { Keeper } from './keeper.ts'
import type { SavedRun } from '../snapshot/index.ts'
import type { RunsBelow } from '../steps/index.ts'
import type { AttachedRun } from '../tools/index.ts'
import type { RunUsage } from '../usage/index.ts'

/** What is asked of the run above them. */
interface RunAbove {
  readonly state: AgentContext
  /** `undefined` when nobody saves it. */
  readonly keeper: Pick<Keeper, 'save'> | undefined
}

/** The runs below the calls that are running, by the place of their call. */
export class LiveRunsBelow implements RunsBelow {
  /** Most runs have none below. */
  #runs: Map<number, AttachedRun> | undefined
  #passedOn: WeakSet<NestedVerdict> | undefined
  readonly #above: RunAbove

  constructor(above: RunAbove) {
    this.#above = above
  }

  attach(index: number, run: AttachedRun): void {
    this.#runs ??= new Map()
    this.#runs.set(index, run)
    queueMicrotask(() => this.notice(this.#above.state)) // once the run below is there
  }

  detach(index: number, run: AttachedRun): void {
    if (this.#runs?.get(index) === run) this.#runs.delete(index)
  }

  /** A step begins: the calls of the last one are over, whatever has become of their runs. */
  clear(): void {
    this.#runs = undefined
  }

  async keep(): Promise<void> {
    await this.#above.keeper?.save()
  }

  /** Whether a call that the chart does not know to wait may come to it, here or below. */
  mayStillWait(address: CallAddress): boolean {
    return mayStillWait(address, this.#above.state, (index) => this.#runs?.get(index))
  }

  /** The calls have changed: what was said about calls of runs below goes there. */
  notice({ ledger }: AgentContext): void {
    for (const [index, run] of this.#runs ?? []) {
      for (const verdict of ledger[index]?.nested?.verdicts ?? []) {
        if (this.#passedOn?.has(verdict) === true) continue
        this.#passedOn ??= new WeakSet()
        this.#passedOn.add(verdict)
        run.decide(verdict)
      }
    }
  }

  /**
   * The run with those below as they are now, and with what they have used: the chart learns of both when their calls
   * move, and what it is still to be told of may be older.
   */
  collected(run: SavedRun, usage: RunUsage): SavedRun {
    const runs = this.#runs
    if (runs === undefined) return run
    const ledger = run.context.ledger.map((entry) => {
      const below = entry.state === 'executing' ? runs.get(entry.index)?.collect() : undefined
      return below === undefined ? entry : { ...entry, nested: keepVerdicts(entry.nested, below) }
    })
    return { ...run, context: { ...run.context, ledger, usage } }
  }
}
