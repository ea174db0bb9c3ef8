import type {
  BackendFailure,
  Change,
  ChangeReads,
  DueQuery,
  InboxRow,
  LoadedRows,
  RowQuery,
  RunDump,
  RunRow,
  RunRows,
  StepRow,
  StoreBackend,
} from '../store/index.ts'

/**
 * A backend that fails on demand, to see what becomes of a run then: `new Store(new FailingBackend(memoryBackend()))`.
 * Unless told otherwise, its failures are such that may pass.
 */
export class FailingBackend implements StoreBackend {
  readonly name: string
  readonly #backend: StoreBackend
  readonly #failures: unknown[] = []
  readonly #lostAnswers: unknown[] = []
  readonly #passing = new Set<unknown>()
  #gate: Promise<void> | null = null

  constructor(backend: StoreBackend) {
    this.#backend = backend
    this.name = backend.name
  }

  /** Failures that were asked for and have not come yet. */
  get pendingFailures(): number {
    return this.#failures.length + this.#lostAnswers.length
  }

  /** Lets the next operations fail before anything is done. */
  failNext(count = 1, error: unknown = this.#outage()): void {
    this.#failures.push(...Array.from({ length: count }, () => error))
  }

  /** Lets the next changes and claims be written, and fail afterwards: whoever asked cannot know. */
  failAfterCommit(count = 1, error: unknown = this.#outage()): void {
    this.#lostAnswers.push(...Array.from({ length: count }, () => error))
  }

  /** Lets all operations wait until what it returns is called. */
  hang(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#gate = promise
    return () => {
      this.#gate = null
      resolve()
    }
  }

  async open(): Promise<void> {
    return this.#backend.open()
  }

  async change<TResult>(
    runId: string,
    reads: ChangeReads,
    decide: (rows: RunRows) => Change<TResult>,
  ): Promise<TResult> {
    return this.#written((backend) => backend.change(runId, reads, decide))
  }

  async claim(query: DueQuery, decide: (run: RunRow) => RunRow): Promise<readonly RunRow[]> {
    return this.#written((backend) => backend.claim(query, decide))
  }

  async run(runId: string): Promise<RunRow | null> {
    return this.#done((backend) => backend.run(runId))
  }

  async load(runId: string, seq: number | null): Promise<LoadedRows | null> {
    return this.#done((backend) => backend.load(runId, seq))
  }

  async inbox(runId: string): Promise<readonly InboxRow[]> {
    return this.#done((backend) => backend.inbox(runId))
  }

  async steps(runId: string): Promise<readonly StepRow[]> {
    return this.#done((backend) => backend.steps(runId))
  }

  async list(query: RowQuery): Promise<readonly RunRow[]> {
    return this.#done((backend) => backend.list(query))
  }

  async dump(runId: string): Promise<RunDump | null> {
    return this.#done((backend) => backend.dump(runId))
  }

  async close(): Promise<void> {
    return this.#backend.close()
  }

  explain(error: unknown): BackendFailure {
    if (this.#passing.has(error)) return { isRetryable: true }
    return this.#backend.explain?.(error) ?? { isRetryable: false }
  }

  async #done<TResult>(work: (backend: StoreBackend) => Promise<TResult>): Promise<TResult> {
    await this.#gate
    if (this.#failures.length > 0) throw this.#failures.shift()
    return work(this.#backend)
  }

  async #written<TResult>(work: (backend: StoreBackend) => Promise<TResult>): Promise<TResult> {
    const result = await this.#done(work)
    if (this.#lostAnswers.length > 0) throw this.#lostAnswers.shift()
    return result
  }

  #outage(): Error {
    const error = new Error('The database is out of reach')
    this.#passing.add(error)
    return error
  }
}
