/** One run, whose processes are killed as it was decided, until one of them brings it to its end. */
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { RunNotFoundError } from '../../src/index.ts'
import type { Store, StoredRun } from '../../src/store/index.ts'
import { type Effect, readEffects } from './child/effects.ts'
import type { Death } from './child/points.ts'
import type { Child, Children, WorkEnd } from './children.ts'
import type { Job } from './job.ts'
import { violationsIn } from './oracle.ts'
import type { RunPlan } from './plan.ts'
import type { Reference } from './reference.ts'
import { verdictOn } from './verdicts.ts'
import { type Witness, witnessOf } from './witness.ts'

/** How a process is to be killed: by itself at a point, or from outside after a while, or when the run waits. */
export type Kill =
  | ({ readonly kind: 'point' } & Death)
  | { readonly kind: 'time'; readonly ms: number }
  | { readonly kind: 'waiting' }

export interface CrashRun {
  readonly runId: string
  readonly plan: RunPlan
  readonly reference: Reference
  readonly kills: readonly Kill[]
}

/** Where runs are kept, and who drives them. */
export interface Stage {
  readonly children: Children
  /** As the children are told it. */
  readonly place: string
  /** The parent's own handle. */
  readonly store: Store
  /** Where files of effects go. */
  readonly folder: string
}

export interface CrashResult {
  /** Where the processes were that were killed. */
  readonly kills: readonly string[]
  readonly violations: readonly string[]
  /** The points that the last process passed. */
  readonly points: readonly string[]
}

const hangsAfterMs = 20_000
const leaseMs = 60

/** Runs to the end, through all deaths. */
export async function crashRun(run: CrashRun, stage: Stage): Promise<CrashResult> {
  return new Ordeal(run, stage).endure()
}

class Ordeal {
  readonly #run: CrashRun
  readonly #stage: Stage
  readonly #effects: string
  readonly #kills: string[] = []
  readonly #witnesses: Witness[] = []
  readonly #accepted = new Map<string, number>()
  readonly #decided = new Set<string>()
  /** How long the history was when a message was delivered last. */
  readonly #delivered = new Map<string, number>()

  constructor(run: CrashRun, stage: Stage) {
    this.#run = run
    this.#stage = stage
    this.#effects = join(stage.folder, `${run.runId}.effects`)
  }

  async endure(): Promise<CrashResult> {
    for (const [i, kill] of [...this.#run.kills, null].entries()) {
      const end = await this.#attempt(kill, i)
      if (end.kind === 'ended') return this.#judge(end)
      if (end.kind === 'failed') return this.#result([end.told])
      await this.#examine()
    }
    return this.#result(['a process was killed that should have lived'])
  }

  async #attempt(kill: Kill | null, i: number): Promise<WorkEnd> {
    const { children, place } = this.#stage
    const { runId, plan } = this.#run
    const child = await children.take()
    const job: Job = {
      runId,
      plan,
      store: place,
      effects: this.#effects,
      owner: `process-${i}`,
      leaseMs,
      death: kill?.kind === 'point' ? kill : null,
    }
    const timer = kill?.kind === 'time' && setTimeout(() => child.signal('SIGKILL'), kill.ms)
    const hang = Promise.withResolvers<WorkEnd>()
    const watchdog = setTimeout(
      () => hang.resolve({ kind: 'failed', told: 'it hangs' }),
      hangsAfterMs,
    )
    const working = child.drive(job)
    const attendance = this.#attend(child, working, kill?.kind === 'waiting')
    const end = await Promise.race([working, hang.promise])
    if (timer !== false) clearTimeout(timer)
    clearTimeout(watchdog)
    if (end.kind !== 'ended') child.signal('SIGKILL')
    await working
    await attendance
    children.give(child)
    return end
  }

  /** Says what somebody outside has to say, as long as the process works. */
  async #attend(child: Child, working: Promise<WorkEnd>, killsIt: boolean): Promise<void> {
    const over = working.then(() => true)
    const moment = () => pause(4, false)
    do {
      const stored = await this.#stored()
      if (killsIt && stored?.record.status === 'waiting') child.signal('SIGKILL')
      for (const { toolCallId } of stored?.awaits ?? []) await this.#decide(toolCallId)
      if (stored !== null) await this.#deliverMessages(stored.messages.length)
    } while (!(await Promise.race([over, moment()])))
  }

  /** The first word counts; what is said afterwards is as if it was not. */
  async #decide(toolCallId: string): Promise<void> {
    const event = verdictOn(this.#run.plan, toolCallId)
    if (event === undefined || this.#decided.has(toolCallId)) return
    const { runId } = this.#run
    this.#count(toolCallId, await this.#stage.store.deliver(runId, event))
    this.#decided.add(toolCallId)
    const other = { type: 'tool-call-denied', toolCallId, message: 'Too late' } as const
    this.#count(toolCallId, await this.#stage.store.deliver(runId, other))
  }

  /** Once the run is as long as that; and now and then once more, which changes nothing. */
  async #deliverMessages(length: number): Promise<void> {
    for (const { id, content, priority, from } of this.#run.plan.messages) {
      if (length < from || this.#delivered.get(id) === length) continue
      this.#delivered.set(id, length)
      const event = { type: 'enqueue', id, content, priority } as const
      this.#count(id, await this.#stage.store.deliver(this.#run.runId, event))
    }
  }

  #count(id: string, outcome: string): void {
    if (outcome === 'accepted') this.#accepted.set(id, (this.#accepted.get(id) ?? 0) + 1)
  }

  /** What a process has left behind, once a database has heard of its death: what it had sent may still be written. */
  async #examine(): Promise<void> {
    await this.#stage.store.release({ runId: this.#run.runId, owner: 'nobody', token: 0, until: 0 })
    const effects = readEffects(this.#effects)
    this.#kills.push(pointOf(effects.at(-1)))
    this.#witnesses.push(witnessOf(await this.#stored(), effects.length))
  }

  async #judge({ output, points }: Extract<WorkEnd, { kind: 'ended' }>): Promise<CrashResult> {
    const { plan, reference, runId } = this.#run
    const stored = await this.#stage.store.load(runId)
    const history = await this.#stage.store.history(runId)
    const effects = readEffects(this.#effects)
    const violations = violationsIn({
      plan,
      reference,
      stored,
      history,
      effects,
      witnesses: this.#witnesses,
      accepted: this.#accepted,
      output,
    })
    const told = effects.map((effect) => Object.values(effect).join(' ')).join(', ')
    return { ...this.#result(violations.length === 0 ? [] : [...violations, told]), points }
  }

  #result(violations: readonly string[]): CrashResult {
    return { kills: this.#kills, violations, points: [] }
  }

  async #stored(): Promise<StoredRun | null> {
    try {
      return await this.#stage.store.load(this.#run.runId)
    } catch (error) {
      if (error instanceof RunNotFoundError) return null
      throw error
    }
  }
}

/** Where the process was that left this behind last. */
function pointOf(effect: Effect | undefined): string {
  if (effect?.kind === 'killed') return effect.point
  return 'from outside'
}
