import type {
  BackendFailure,
  ChangeReads,
  Change,
  RunRows,
  StoreBackend,
} from '../../src/store/index.ts'

/** What becomes of what is asked of it: it is done; it fails; it is done and the answer is lost. */
export type Reliability = 'fine' | 'away' | 'deaf'

/** A backend whose reliability changes while it is used. */
export class UnreliableBackend implements StoreBackend {
  readonly name: string
  readonly #backend: StoreBackend
  reliability: Reliability = 'fine'
  /** Called when a change is written, before its answer is given. */
  onWritten: (() => Promise<void>) | undefined
  /** Called when a change is to be written. */
  beforeWriting: (() => Promise<void>) | undefined

  constructor(backend: StoreBackend) {
    this.#backend = backend
    this.name = backend.name
  }

  async change<TResult>(
    runId: string,
    reads: ChangeReads,
    decide: (rows: RunRows) => Change<TResult>,
  ): Promise<TResult> {
    this.#refuseIf('away')
    await this.beforeWriting?.()
    let writes: Change<TResult>['writes']
    const result = await this.#backend.change(runId, reads, (rows) => {
      const change = decide(rows)
      writes = change.writes
      return change
    })
    if (writes !== undefined) await this.onWritten?.()
    this.#refuseIf('deaf')
    return result
  }

  explain(error: unknown): BackendFailure {
    return { isRetryable: error instanceof OutOfReach }
  }

  open: StoreBackend['open'] = () => this.#reached().open()
  claim: StoreBackend['claim'] = (query, decide) => this.#reached().claim(query, decide)
  run: StoreBackend['run'] = async (runId) => this.#reached().run(runId)
  load: StoreBackend['load'] = async (runId, seq) => this.#reached().load(runId, seq)
  inbox: StoreBackend['inbox'] = async (runId) => this.#reached().inbox(runId)
  steps: StoreBackend['steps'] = async (runId) => this.#reached().steps(runId)
  list: StoreBackend['list'] = async (query) => this.#reached().list(query)
  dump: StoreBackend['dump'] = async (runId) => this.#reached().dump(runId)
  close: StoreBackend['close'] = () => this.#backend.close()

  #reached(): StoreBackend {
    this.#refuseIf('away')
    return this.#backend
  }

  #refuseIf(reliability: Reliability): void {
    if (this.reliability === reliability) throw new OutOfReach()
  }
}

class OutOfReach extends Error {
  override name = 'OutOfReach'
}
