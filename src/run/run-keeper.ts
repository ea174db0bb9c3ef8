/**
 * The tie between a run and its store.
 *
 * Owns the lease and what is known to be saved. Is told by the host when something is to be saved, by the store what
 * came from outside; tells the host of that, and when the run is not its own any more.
 *
 *   K1. Saves are made one after another, each of everything that is known when it begins.
 *   K2. The chart is told of what happened to calls once it is saved, or could not be and has no effects to come.
 *   K3. When the lease is lost nothing is written any more, and the work stops.
 *   K4. What came from outside is taken once: it goes away with the save that contains it. What is about a call that the
 *       chart does not know to wait, since the answer of a save was lost, is left for later.
 *   K5. A run does not end while something that was delivered to it is not in it.
 *   K6. The end is final from when it is on its way to the store, unless the store answers with what was delivered.
 *   K7. A step that leads to calls may be written together with their start, when the run goes on in the same tick and
 *       nobody is told of the step before: no later than when the process turns to something else.
 */
import type { GraphEvent } from '../../machines/index.ts'
import { LeaseLostError, StoreError } from '../errors/index.ts'
import type { MessageLog } from '../messages/index.ts'
import type { Clock } from '../models/index.ts'
import type { InboxEntry, Lease, RunSave, Store } from '../store/index.ts'
import type { Keeper, SettledStep } from './keeper.ts'
import { persistently } from './persistently.ts'
import { processName, randomText } from './process-name.ts'
import { type MailedRun, RunMail } from './run-mail.ts'
import { type Composed, SaveBook } from './save-book.ts'
import { stopTimer, quietTimer } from './timers.ts'
import { Watch } from './watch.ts'

/** How a run is kept in its store. */
export interface KeepOptions {
  readonly store: Store
  /** Who drives the run, for others to read. Default: the process, by a random name. */
  readonly owner?: string
  /** How long others wait before they take over a run whose driver is gone, in milliseconds. Default 30,000. */
  readonly leaseMs?: number
  /** How often the run looks for what came from other processes, in milliseconds. Default 1,000. */
  readonly pollMs?: number
  /** When workers are to try a run again that rests at this error, in milliseconds since the epoch. Default: never. */
  readonly retryAt?: (error: unknown) => number | null
}

/** A run that the store has already, and who may drive it. */
export interface Kept {
  readonly lease: Lease
  readonly seq: number
  readonly log: MessageLog
}

/** How a run begins to be kept. */
export interface KeepStart {
  readonly options: KeepOptions
  readonly kept?: Kept
  readonly forkedFrom?: KeptRun['forkedFrom']
}

/** A run as of now, without what the keeper knows better. */
export type SaveDraft = Omit<RunSave, 'seq' | 'messages' | 'taken' | 'isStep'> & {
  readonly log: MessageLog
  readonly conversationId: string
  readonly agentName: string | null
  /** Which node comes next. */
  readonly visit: number
}

/** What the keeper needs of its host. */
export interface KeptRun extends MailedRun {
  readonly clock: Clock
  readonly forkedFrom: { readonly runId: string; readonly seq: number } | null
  /** The run after these events, which the chart does not know yet. */
  draft(events: readonly GraphEvent[]): SaveDraft
  /** The run is not this process's any more. */
  lose(error: Error): void
}

/** Something to be saved. */
interface Change {
  readonly event?: GraphEvent
  readonly isStep?: boolean
  readonly mustBeSaved?: boolean
  readonly done: PromiseWithResolvers<void>
}

/** What became of a save: why it failed, or what came from outside meanwhile. */
interface Written {
  readonly error?: Error
  readonly inbox?: readonly InboxEntry[]
}

export class RunKeeper implements Keeper {
  readonly #run: KeptRun
  readonly #options: Required<KeepOptions>
  #lease: Lease | undefined
  readonly #book: SaveBook
  /** A save that may have been written, although the store did not say so. */
  #unconfirmed: Composed | undefined
  /** Until when nobody needs to look for what came from outside: the store has just said it. */
  #freshUntil = 0
  /** Whether a step that is put off is written before long, whatever comes. */
  #willCatchUp = false
  /** Of the latest lease. */
  #token = 0
  #changes: Change[] = []
  #writing: Promise<void> | undefined
  #opening: Promise<void> | undefined
  #lost: Error | undefined
  readonly #mail: RunMail
  #heartbeat: unknown
  readonly #watch: Watch
  #isClosed = false
  #hasEnded = false
  readonly #creationId = randomText()

  constructor(run: KeptRun, options: KeepOptions, kept: Kept | undefined) {
    this.#run = run
    this.#mail = new RunMail(run)
    this.#options = {
      owner: processName(),
      leaseMs: 30_000,
      pollMs: 1_000,
      retryAt: () => null,
      ...options,
    }
    this.#watch = new Watch(run.clock, {
      everyMs: this.#options.pollMs,
      look: () => this.#look(),
      listen: (heard) => this.#options.store.onDelivered(run.runId, heard),
    })
    this.#lease = kept?.lease
    this.#token = kept?.lease.token ?? 0
    this.#book = new SaveBook(kept)
  }

  /** Whether the store has the end of the run, or may have it: nothing can be added (K6). */
  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** Whether others may drive the run, although the store has it from here. */
  get isGivenBack(): boolean {
    return this.#lease === undefined && this.#token > 0
  }

  /** Makes sure that the store has the run and nobody else drives it, and takes what came from outside. */
  open(): Promise<void> {
    if (this.#isUpToDate()) return Promise.resolve()
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  /** Saves everything that is known. @throws what the store throws when it cannot */
  save(): Promise<void> {
    return this.#enqueue({ mustBeSaved: true })
  }

  /** Saves what a step came to, or sees to it that it is saved before anything comes of it. @throws as `save` does */
  saveStep(step: SettledStep): Promise<void> | undefined {
    return step.goesOn && step.leadsToCalls && this.#putsOff() ? undefined : this.#saveNow(step)
  }

  /** Saves what happens to calls, then tells the chart (K2). */
  report(event: GraphEvent, mustBeSaved: boolean): Promise<void> {
    return this.#enqueue({ event, mustBeSaved })
  }

  /** Gives the run back: others may drive it. @param isPaused workers are to leave it alone */
  async release(isPaused = false): Promise<void> {
    this.#watch.stop()
    stopTimer(this.#run.clock, this.#heartbeat)
    await this.#writing?.catch(() => {})
    const lease = this.#lease
    this.#lease = undefined
    if (lease === undefined || this.#lost !== undefined) return
    try {
      await this.#options.store.release(lease, isPaused ? 'paused' : undefined)
    } catch (error) {
      if (!(error instanceof StoreError)) throw error // a lease that cannot be given back runs out
    }
  }

  /** Writes what has changed while the run was at rest, if it is this process's own. */
  async settle(): Promise<void> {
    if (this.#lease === undefined || this.#lost !== undefined) return
    await this.save().catch(() => {}) // whoever drives it next finds it as it was saved
  }

  /** Gives the run back for good: what it does from now on is not saved. */
  async close(isPaused: boolean): Promise<void> {
    if (this.#book.owesStep) await this.settle() // K7
    this.#isClosed = true
    this.#mail.close()
    await this.release(isPaused)
  }

  /** While somebody drives the run: looks for what comes from outside. */
  watch(): void {
    this.#watch.start()
  }

  /** Nobody drives the run for now. */
  unwatch(): void {
    this.#watch.pause()
  }

  async #open(): Promise<void> {
    if (this.#lost !== undefined) throw this.#lost // K3
    const { store } = this.#options
    if (this.#book.seq === 0) return this.#create()
    if (this.#lease === undefined) await this.#acquire()
    if (this.#heartbeat === undefined) this.#beat()
    this.#mail.receive(await persistently(this.#run.clock, () => store.inbox(this.#run.runId)))
  }

  /** Whether nobody else drives the run, and what came from outside is known, or will be before anything happens. */
  #isUpToDate(): boolean {
    const isFresh = this.#run.clock.now() < this.#freshUntil
    this.#freshUntil = 0
    return this.#isOurs && isFresh
  }

  get #isOurs(): boolean {
    return this.#lease !== undefined && this.#lost === undefined
  }

  async #saveNow({ isDone, goesOn }: SettledStep): Promise<void> {
    await this.#enqueue({ isStep: isDone, mustBeSaved: true })
    if (goesOn) this.#freshUntil = this.#run.clock.now() + freshMs
  }

  /** K7. */
  #putsOff(): boolean {
    const isBusy = this.#writing !== undefined || this.#unconfirmed !== undefined
    if (isBusy || !this.#isOurs || this.#isClosed) return false
    try {
      if (!this.#book.putOff(this.#run.draft([]), this.#mail.taken)) return false
    } catch {
      return false // saving it tells why it cannot be written
    }
    if (!this.#willCatchUp) setTimeout(() => this.#catchUp(), 0)
    this.#willCatchUp = true
    this.#freshUntil = this.#run.clock.now() + freshMs
    return true
  }

  /** Writes what was put off, unless that is done or under way. */
  #catchUp(): void {
    this.#willCatchUp = false
    if (!this.#book.owesStep || this.#writing !== undefined) return
    this.save().catch(() => {}) // whoever needs it written tries again
  }

  async #acquire(): Promise<void> {
    const { store, owner, leaseMs: ttlMs } = this.#options
    const { runId, clock } = this.#run
    const lease = await persistently(clock, () => store.acquire(runId, { owner, ttlMs }))
    const isNext = lease.token === this.#token + 1
    this.#lease = lease
    this.#token = lease.token
    if (isNext) await this.#confirm() // nobody else has written meanwhile
    const { seq } = await store.record(runId)
    if (seq !== this.#book.seq) throw await this.#refuseStale(lease)
    this.#beat()
  }

  /** Somebody else has driven the run on meanwhile: what this process holds of it is over. */
  async #refuseStale(lease: Lease): Promise<Error> {
    this.#lease = undefined
    await this.#options.store.release(lease)
    this.#lost = new LeaseLostError(lease.runId, this.#options.owner, lease.token)
    return this.#lost
  }

  async #create(): Promise<void> {
    const { store, owner, leaseMs } = this.#options
    const { runId, forkedFrom } = this.#run
    const composed = this.#book.compose(this.#run.draft([]), true, this.#mail.taken)
    const { draft, save } = composed
    const { conversationId, agentName } = draft
    const run = {
      ...save,
      runId,
      conversationId,
      agentName,
      forkedFrom,
      creationId: this.#creationId,
    }
    const request = { owner, ttlMs: leaseMs }
    this.#lease = await persistently(this.#run.clock, () => store.create(run, request))
    this.#token = this.#lease.token
    this.#saved(composed)
    this.#beat()
  }

  #enqueue(change: Omit<Change, 'done'>): Promise<void> {
    if (this.#isClosed) {
      if (change.event !== undefined) this.#run.send(change.event)
      return Promise.resolve()
    }
    const done = Promise.withResolvers<void>()
    this.#changes.push({ ...change, done })
    this.#writing ??= this.#write()
    return done.promise
  }

  /** K1. */
  async #write(): Promise<void> {
    await Promise.resolve() // what else happens in this tick goes with it
    try {
      while (this.#changes.length > 0) {
        const changes = this.#changes
        this.#changes = []
        const { error, inbox = [] } = await this.#writeAll(changes)
        for (const change of changes) this.#settle(change, error)
        this.#mail.receive(inbox) // by now the chart knows what it can be about
      }
    } finally {
      this.#writing = undefined // in the tick of the last look: what comes next is not left behind
    }
  }

  async #writeAll(changes: readonly Change[]): Promise<Written> {
    try {
      if (this.#lost !== undefined) throw this.#lost // K3
      if (this.#lease === undefined) await this.open()
      const lease = this.#lease
      if (lease === undefined) throw new Error('A run that is open has a lease')
      if (this.#unconfirmed !== undefined) await this.#confirm()
      return { inbox: await this.#saveAll(lease, changes) }
    } catch (error) {
      if (error instanceof LeaseLostError) this.#lose(error)
      return { error: error instanceof Error ? error : new Error(String(error)) }
    }
  }

  /** Tells what came from outside meanwhile. The end of a run is written when it contains all of that (K5). */
  async #saveAll(lease: Lease, changes: readonly Change[]): Promise<readonly InboxEntry[]> {
    const events = changes.flatMap(({ event }) => event ?? [])
    const isStep = changes.some((change) => change.isStep === true)
    const stepBefore = isStep ? this.#book.composeStep() : undefined
    if (stepBefore !== undefined) await this.#send(lease, stepBefore)
    for (;;) {
      const composed = this.#book.compose(this.#run.draft(events), isStep, this.#mail.taken)
      const inbox = await this.#send(lease, composed)
      if (composed.save.status !== 'done' || inbox.length === 0) return inbox
      this.#disown()
      this.#mail.receive(inbox)
      await Promise.resolve() // until it counts as taken
    }
  }

  /** A save that says `done` is not written if it is answered with what came from outside. */
  async #send(lease: Lease, composed: Composed): Promise<readonly InboxEntry[]> {
    const { save } = composed
    this.#unconfirmed = composed
    this.#hasEnded = save.status === 'done'
    const inbox = await persistently(this.#run.clock, () => this.#options.store.save(lease, save))
    if (save.status !== 'done' || inbox.length === 0) this.#saved(composed)
    return inbox
  }

  /** A save that nobody knows of: the next one would be taken for the same. */
  async #confirm(): Promise<void> {
    const last = this.#unconfirmed
    if (last === undefined) return
    const { store } = this.#options
    const { seq } = await persistently(this.#run.clock, () => store.record(this.#run.runId))
    if (seq === last.save.seq) this.#saved(last)
    else this.#disown()
  }

  /** The last save was not written. */
  #disown(): void {
    this.#unconfirmed = undefined
    this.#hasEnded = false
  }

  #settle({ event, mustBeSaved, done }: Change, error: Error | undefined): void {
    if (error !== undefined && mustBeSaved === true) return done.reject(error)
    if (event !== undefined) this.#run.send(event) // K2
    done.resolve()
  }

  #saved(composed: Composed): void {
    this.#unconfirmed = undefined
    this.#book.saved(composed)
    this.#mail.forget(composed.save.taken) // K4
  }

  async #look(): Promise<void> {
    const lease = this.#lease
    if (lease === undefined || this.#lost !== undefined || !this.#watch.isOn) return
    try {
      const inbox = await this.#options.store.inbox(lease)
      if (!this.#hasEnded) this.#mail.receive(inbox) // else the store answers with it
    } catch (error) {
      if (error instanceof LeaseLostError) this.#lose(error) // anything else may be over next time
    }
  }

  /** Keeps the lease, as long as the process lives. */
  #beat(): void {
    const { clock } = this.#run
    stopTimer(clock, this.#heartbeat)
    this.#heartbeat = quietTimer(clock, () => void this.#renew(), this.#options.leaseMs / 3)
  }

  async #renew(): Promise<void> {
    const lease = this.#lease
    if (lease === undefined || this.#lost !== undefined) return
    const { clock } = this.#run
    const leftMs = Math.max(leastPatienceMs, lease.until - clock.now())
    const end = quietTimer(clock, () => this.#expire(lease), leftMs) // a store may also say nothing
    try {
      const renewed = await this.#options.store.renew(lease, this.#options.leaseMs)
      if (this.#lease === lease) this.#lease = renewed
    } catch (error) {
      if (error instanceof LeaseLostError) return this.#lose(error)
      if (clock.now() >= lease.until) return this.#expire(lease)
    } finally {
      stopTimer(clock, end)
    }
    if (this.#lease !== undefined) this.#beat()
  }

  /** Others may have taken the run by now: what is under way stops, and whoever goes on asks for it again. */
  #expire(lease: Lease): void {
    if (this.#lease !== lease) return
    this.#lease = undefined
    const { runId, owner, token } = lease
    this.#run.lose(new LeaseLostError(runId, owner, token))
  }

  #lose(error: Error): void {
    if (this.#lost !== undefined) return
    this.#lost = error
    this.#watch.stop()
    stopTimer(this.#run.clock, this.#heartbeat)
    this.#run.lose(error)
  }
}

/** For a store that is asked late, because this process was held up, and may answer at once: 1 s. */
const leastPatienceMs = 1_000

const freshMs = 10 // how long the answer of a save stands for another look, when the run goes on at once
