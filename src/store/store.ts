/**
 * A store keeps runs so that another process can go on with them.
 *
 * It owns the rules of leases, saves and deliveries, and a backend that keeps rows; it is told what to write, and tells
 * what is written and who may write.
 *
 *   S1. Only the latest lease of a run can write to it; whose time is over can, until somebody else takes the run.
 *   S2. A save is there as a whole, with what it took from the inbox, or not at all. Sent again, it counts once.
 *   S3. What is delivered is taken by exactly one save, or still waits.
 *   S4. What a save costs depends on what it writes, not on how long the run is.
 *   S5. Whatever is data of a user is in payloads, which go through `encode` and `decode`; ids, names, states, numbers and
 *       times are not.
 *   S6. A run is not done while something waits for it: nobody would take that any more.
 */
import {
  RunExistsError,
  RunNotFoundError,
  StepNotFoundError,
  StoreError,
  UnknownCallError,
  UserError,
} from '../errors/index.ts'
import type { Change, ChangeReads, InboxRow, RunRow, RunRows, StoreBackend } from './backend.ts'
import { holdCall, openCall } from './calls.ts'
import { claimed } from './claiming.ts'
import { deliveryReads, planDelivery } from './delivery.ts'
import { GuardedBackend } from './guarded-backend.ts'
import type { Delivery, InboxEntry, InboxEvent } from './inbox.ts'
import { readInboxEvent } from './inbox-event.ts'
import {
  checkRequest,
  givenBack,
  heldRun,
  isHeld,
  isLeased,
  leaseOf,
  longestLeaseMs,
  ttlOf,
  withDueTime,
  withLease,
} from './leases.ts'
import { Listeners } from './listeners.ts'
import { isName } from './names.ts'
import { Payloads } from './payloads.ts'
import { pruneQuery } from './pruning.ts'
import { historyEntry, inboxEntry, readAwaits, recordOf } from './records.ts'
import { listRuns, rowQuery, type RunList, type RunQuery } from './run-list.ts'
import { checkNew, saveTexts } from './save-texts.ts'
import { requeued, setAside } from './requeueing.ts'
import { planCreate, planSave, stepToKeep } from './saving.ts'
import type { ClaimRequest, PruneRequest, StoreOptions } from './store-options.ts'
import type {
  HistoryEntry,
  Lease,
  LeaseRequest,
  NewRun,
  RunRecord,
  RunSave,
  StoredRun,
} from './stored-run.ts'

/**
 * Runs that outlive their process. Made by `memoryStore`, `sqliteStore` and `postgresStore`, or over a backend of your
 * own. All methods may be called at the same time, and by as many processes as the backend serves.
 *
 * Besides what they name, all of them throw a `StoreError` when the database fails, whose `isRetryable` says whether to
 * try again, and a `StoreClosedError` after `close`. What `encode` and `decode` throw is passed on as it is.
 */
export class Store {
  readonly #backend: GuardedBackend
  readonly #options: StoreOptions
  readonly #payloads: Payloads
  readonly #listeners = new Listeners()

  constructor(backend: StoreBackend, options: StoreOptions = {}) {
    const { keepSteps = 1 } = options.retention ?? {}
    if (!Number.isInteger(keepSteps) || keepSteps < 1) {
      throw new UserError('`retention.keepSteps` has to be a whole number from 1')
    }
    this.#backend = new GuardedBackend(backend)
    this.#options = options
    this.#payloads = new Payloads(options)
  }

  /**
   * Writes a run that begins, and leases it.
   *
   * @throws {RunExistsError} when the store has a run of this id, unless this very creation is repeated (see
   *   `NewRun.creationId`)
   * @throws {StoreSizeError}
   */
  async create(run: NewRun, lease: LeaseRequest): Promise<Lease> {
    checkNew(run)
    checkRequest(lease)
    const texts = await saveTexts(run.runId, run, this.#payloads)
    const plan = { save: run, texts, keepSteps: this.#keepSteps }
    return this.#change(run.runId, {}, (rows) =>
      planCreate(rows, { ...plan, now: this.#now() }, lease),
    )
  }

  /**
   * Takes the right to write to a run. The same owner asking again gets a new lease, and the one before is void.
   *
   * @throws {RunNotFoundError}
   * @throws {RunLockedError} while the lease of somebody else holds
   */
  async acquire(runId: string, lease: LeaseRequest): Promise<Lease> {
    checkRequest(lease)
    return this.#change(runId, {}, ({ run }) => {
      const leased = withLease(existing(run, runId), lease, this.#now())
      return { result: leaseOf(leased), writes: { run: leased } }
    })
  }

  /**
   * Makes a lease hold for `ttlMs` from now on (default 30,000), also one that has run out in the meantime.
   *
   * @throws {LeaseLostError} when somebody else has taken the run
   */
  async renew(lease: Lease, ttlMs?: number): Promise<Lease> {
    const ttl = ttlOf(ttlMs)
    return this.#change(lease.runId, {}, (rows) => {
      const run = { ...heldRun(rows.run, lease), leaseUntil: this.#now() + ttl }
      return { result: leaseOf(run), writes: { run } }
    })
  }

  /**
   * Gives a lease back: it is void from now on, and others may take the run at once. Does nothing when it is lost. A claim
   * that has saved nothing does not count as an attempt then.
   *
   * @param status `paused` puts an active or waiting run away, until `requeue` or somebody who acquires it
   */
  async release(lease: Lease, status?: 'paused'): Promise<void> {
    return this.#change(lease.runId, {}, (rows) => {
      if (!isHeld(rows.run, lease)) return { result: undefined }
      const run = givenBack(rows.run)
      const isPaused = status !== undefined && (run.status === 'active' || run.status === 'waiting')
      const row = isPaused ? { ...run, status, updatedAt: this.#now() } : run
      return { result: undefined, writes: { run: withDueTime(row) } }
    })
  }

  /**
   * Writes what a run has become, all of it or nothing. A save whose outcome is unknown can be sent again with the same
   * lease: it counts once.
   *
   * @returns events that wait and are not among `taken`, in the order in which they came; if there are any, a save that
   *   says `done` is not written, and is to be made anew with what they change
   * @throws {LeaseLostError} when the lease is not the latest one, whether or not its time is over
   * @throws {ValidationError} when it is not the next save, or leaves a hole in the log
   * @throws {StoreSizeError}
   */
  async save(lease: Lease, save: RunSave): Promise<readonly InboxEntry[]> {
    const texts = saveTexts(lease.runId, save, this.#payloads)
    const keepSteps = this.#keepSteps
    const plan = { save, texts: texts instanceof Promise ? await texts : texts, keepSteps }
    const nthLatestStep = stepToKeep(save, keepSteps)
    const reads = { inbox: true, marks: 'open' } as const
    const rows = await this.#change(
      lease.runId,
      nthLatestStep === null ? reads : { ...reads, nthLatestStep },
      (found) => planSave(found, lease, { ...plan, now: this.#now() }),
    )
    return rows.length === 0 ? [] : this.#entries(lease.runId, rows)
  }

  /**
   * A run as of its latest save, or as of an earlier step: then `seq`, `step` and `messageCount` of the record are those
   * of the step.
   *
   * @throws {RunNotFoundError}
   * @throws {StepNotFoundError} when that save is no step, or was not kept
   */
  async load(runId: string, { seq }: { readonly seq?: number } = {}): Promise<StoredRun> {
    const wanted = seq === undefined ? null : seq === seq >>> 0 ? seq : 0 // they have 32 bits, and no save has 0
    const loaded = await this.#of(runId, (backend) => backend.load(runId, wanted))
    const run = existing(loaded?.run, runId)
    const { save = null, messages = [] } = loaded ?? {}
    if (save === null) throw seq === undefined ? damaged(runId) : new StepNotFoundError(runId, seq)
    if (messages.length !== save.messageCount) throw damaged(runId)
    const texts = messages.map(({ message }) => message)
    const { step, messageCount } = save
    return {
      record: { ...(await this.#record(run)), seq: save.seq, step, messageCount },
      snapshot: await this.#payloads.read(runId, 'snapshot', save.snapshot),
      messages: await this.#payloads.readAll(runId, 'message', texts),
      awaits: await readAwaits(runId, save.awaits, this.#payloads),
    }
  }

  /**
   * The events that wait for a run, in the order in which they came.
   *
   * @throws {RunNotFoundError}
   */
  async inbox(run: Pick<Lease, 'runId'> | string): Promise<readonly InboxEntry[]> {
    const runId = typeof run === 'string' ? run : run.runId
    const rows = await this.#of(runId, (backend) => backend.inbox(runId))
    if (rows.length === 0) await this.#row(runId)
    return this.#entries(runId, rows)
  }

  /**
   * Tells a run something from outside; nobody needs a lease for that. Whoever drives the run takes it with the next
   * save, or a worker claims the run. The first verdict on a call counts.
   *
   * @returns `repeated` for a verdict on a call that has one, a message whose `id` was there, or a second cancel that
   *   waits; `late` for a call that has its result or does not wait, or a run that has ended
   * @throws {ValidationError} when it is no event
   * @throws {RunNotFoundError}
   * @throws {UnknownCallError} when the run never made this call; it lists the open ones
   * @throws {AmbiguousCallError} when several open calls are meant
   * @throws {VerdictMismatchError} for an answer to a call that waits for approval, or the other way round
   */
  async deliver(runId: string, event: InboxEvent): Promise<Delivery> {
    const read = readInboxEvent(event)
    const whole = read.type === 'enqueue' ? { id: crypto.randomUUID(), ...read } : read
    const text = await this.#payloads.write(runId, 'event', whole)
    let seq = 0
    const outcome = await this.#change(runId, deliveryReads(whole), (rows) => {
      seq = rows.run?.seq ?? 0
      return planDelivery(rows, { runId, event: whole, text, now: this.#now() })
    })
    if (outcome === 'accepted') this.#listeners.tell(runId)
    if (outcome !== 'unknown') return outcome
    return this.#aboutUnawaited(runId, read, seq)
  }

  /** @throws {RunNotFoundError} */
  async record(runId: string): Promise<RunRecord> {
    return this.#record(await this.#row(runId))
  }

  /** With `encode`, titles are searched here rather than in the database, which takes as long as there are runs. */
  async list(query: RunQuery = {}): Promise<RunList> {
    return listRuns(rowQuery(query), {
      isReadable: this.#payloads.areReadable,
      page: (rows) => this.#backend.use((backend) => backend.list(rows)),
      record: (run) => this.#record(run),
    })
  }

  /**
   * The steps of a run that can be loaded, first to last.
   *
   * @throws {RunNotFoundError}
   */
  async history(runId: string): Promise<readonly HistoryEntry[]> {
    const steps = await this.#of(runId, (backend) => backend.steps(runId))
    if (steps.length === 0) await this.#row(runId)
    return steps.map(historyEntry)
  }

  /**
   * Leases runs that are ready to go on and that nobody drives, the ones that have rested longest first: active ones,
   * waiting and failed ones for which something was delivered or whose `wakeAt` has come. No two callers get the same
   * run. Those that were claimed too often without getting on become `stuck`, and are not among the result.
   */
  async claim(request: ClaimRequest): Promise<readonly Lease[]> {
    checkRequest(request)
    const { limit = 1, agentNames = null } = request
    const leases: Lease[] = []
    while (leases.length < limit) {
      const now = this.#now()
      const wanted = limit - leases.length
      const query = { now, horizon: now + longestLeaseMs, limit: wanted, agentNames }
      const runs = await this.#backend.use((backend) =>
        backend.claim(query, (run) => claimed(run, request, now)),
      )
      const leased = runs.filter(({ status }) => status !== 'stuck')
      leases.push(...leased.map(leaseOf))
      if (leased.length === runs.length) break // otherwise there may be more behind those that got stuck
    }
    return leases
  }

  /**
   * Makes a run that rests active again, for workers to go on with: one that is stuck, failed, paused or cancelled. Does
   * nothing to one that is active or waits.
   *
   * @throws {RunNotFoundError}
   * @throws {UserError} when it is done
   */
  async requeue(runId: string): Promise<RunRecord> {
    const row = await this.#change(runId, {}, (rows) => {
      const run = existing(rows.run, runId)
      const active = requeued(run, this.#now())
      return active === run ? { result: run } : { result: active, writes: { run: active } }
    })
    return this.#record(row)
  }

  /**
   * Makes a run `stuck` that nobody can take up as it is, such as one that no longer fits its agent; `requeue` takes it
   * back. Does nothing to one that is done.
   *
   * @throws {RunNotFoundError}
   * @throws {RunLockedError} while somebody drives it
   */
  async setAside(runId: string, error: NonNullable<RunRecord['error']>): Promise<RunRecord> {
    const text = await this.#payloads.write(runId, 'error', error)
    const row = await this.#change(runId, {}, (rows) => {
      const run = setAside(existing(rows.run, runId), text, this.#now())
      return { result: run, writes: { run } }
    })
    return this.#record(row)
  }

  /**
   * Everything of a run as a JSON document, decoded: its record, all its steps and messages, and what waits for it.
   *
   * @throws {RunNotFoundError}
   */
  async export(runId: string): Promise<Readonly<Record<string, unknown>>> {
    const dump = await this.#of(runId, (backend) => backend.dump(runId))
    if (dump === null) throw new RunNotFoundError(runId)
    const { exportRun } = await import('./exchange.ts')
    return exportRun(dump, this.#payloads, await this.#record(dump.run))
  }

  /**
   * Writes a run that was exported, here or elsewhere. Nobody has a lease for it; workers take it up if it is ready.
   *
   * @throws {ValidationError} when it is no such document
   * @throws {RunExistsError}
   * @throws {StoreSizeError}
   */
  async import(document: unknown): Promise<RunRecord> {
    const { importedRows } = await import('./exchange.ts')
    const writes = await importedRows(document, this.#payloads)
    const { run } = writes
    await this.#change(run.runId, {}, (rows) => {
      if (rows.run !== null) throw new RunExistsError(run.runId)
      return { result: undefined, writes }
    })
    return this.#record(run)
  }

  /** Forgets a run, also one that somebody drives: their next save fails. @returns whether there was one */
  async delete(runId: string): Promise<boolean> {
    if (!isName(runId)) return false
    return this.#change(runId, {}, ({ run }) =>
      run === null ? { result: false } : { result: true, writes: 'delete' },
    )
  }

  /**
   * Deletes many runs, but none that somebody drives. Without a condition it goes by `retention.doneForMs`.
   *
   * @returns how many
   * @throws {UserError} without a condition, when there is no such retention
   */
  async prune(request: PruneRequest = {}): Promise<number> {
    const { doneForMs } = this.#options.retention ?? {}
    const query = pruneQuery(request, { now: this.#now(), doneForMs })
    let count = 0
    for (let last: RunRow | undefined; ;) {
      const page = { ...query, after: last ?? query.after }
      const runs = await this.#backend.use((backend) => backend.list(page))
      for (const run of runs) if (await this.#prunes(run, request.dryRun)) count += 1
      last = runs.at(-1)
      if (last === undefined || runs.length < page.limit) return count
    }
  }

  /**
   * Calls back right after something was delivered to a run by this very object; what other processes deliver is not
   * told.
   *
   * @returns what ends it
   */
  onDelivered(runId: string, callback: () => void): () => void {
    return this.#listeners.add(runId, callback)
  }

  /** Lets go of files and connections. A pool that was passed in stays open. */
  async close(): Promise<void> {
    this.#listeners.clear()
    await this.#backend.close()
  }

  get #keepSteps(): number | null {
    return this.#options.retention?.keepSteps ?? null
  }

  #now(): number {
    return Math.floor(this.#options.clock?.now() ?? Date.now())
  }

  #change<TResult>(
    runId: string,
    reads: ChangeReads,
    decide: (rows: RunRows) => Change<TResult>,
  ): Promise<TResult> {
    return this.#of(runId, (backend) => backend.change(runId, reads, decide))
  }

  /** Something about one run. No run has an id that is no name, and not every database can be asked for it. */
  #of<TResult>(runId: string, work: (backend: StoreBackend) => Promise<TResult>): Promise<TResult> {
    if (!isName(runId)) throw new RunNotFoundError(runId)
    return this.#backend.use(work)
  }

  async #row(runId: string): Promise<RunRow> {
    return existing(await this.#of(runId, (backend) => backend.run(runId)), runId)
  }

  async #record(run: RunRow): Promise<RunRecord> {
    return recordOf(run, this.#payloads, this.#now())
  }

  async #entries(runId: string, rows: readonly InboxRow[]): Promise<readonly InboxEntry[]> {
    return Promise.all(rows.map((row) => inboxEntry(runId, row, this.#payloads)))
  }

  /** What becomes of a verdict on a call that was never awaited, as of the save `seq`. */
  async #aboutUnawaited(runId: string, event: InboxEvent, seq: number): Promise<Delivery> {
    const { record, messages, awaits } = await this.load(runId)
    if (record.seq !== seq) return this.deliver(runId, event) // by now it may be awaited
    if (!('toolCallId' in event)) return 'late'
    const { toolCallId, path = [] } = event
    if (path.length === 0 && holdCall(messages, toolCallId)) return 'late'
    throw new UnknownCallError(runId, toolCallId, awaits.map(openCall))
  }

  /** Looks again before it deletes: the run may have been taken up in between. */
  async #prunes({ runId, status, updatedAt }: RunRow, dryRun = false): Promise<boolean> {
    return this.#change(runId, {}, ({ run }) => {
      const isSame = run?.status === status && run.updatedAt === updatedAt
      if (!isSame || isLeased(run, this.#now())) return { result: false }
      return dryRun ? { result: true } : { result: true, writes: 'delete' }
    })
  }
}

function existing(run: RunRow | null | undefined, runId: string): RunRow {
  if (run === null || run === undefined) throw new RunNotFoundError(runId)
  return run
}

function damaged(runId: string): StoreError {
  return new StoreError(`Messages of the run '${runId}' are missing in the store`, {
    hint: 'Load an earlier step, or restore a backup',
  })
}
