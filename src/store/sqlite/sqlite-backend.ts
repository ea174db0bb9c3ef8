/**
 * Rows in one file of SQLite. Each transaction is one turn of the event loop, so those of this process never meet; those
 * of other processes wait for each other.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { StoreClosedError, StoreVersionError } from '../../errors/index.ts'
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
} from '../backend.ts'
import * as reads from '../sql/reads.ts'
import { inboxRow, integer, markRow, messageRow, runRow, saveRow, stepRow } from '../sql/rows.ts'
import { migrations } from '../sql/schema.ts'
import { type SqlRow, type Statement, tablesWith } from '../sql/statement.ts'
import { updateRun, writeStatements } from '../sql/writes.ts'
import { openDatabase } from './open-database.ts'
import { explainSqlite, isBusy } from './sqlite-failures.ts'

/** How a file is kept. */
export interface SqliteOptions {
  /**
   * What a save survives. `process`: that the process is killed, at once. `power`: also that the machine loses its power;
   * each save then waits for the disk. Default: `process`.
   */
  readonly durability?: 'process' | 'power'
  /** How long to wait while other processes write, in milliseconds, before it fails as retryable. Default 5,000. */
  readonly busyTimeoutMs?: number
}

const prefix = 'agentchart_'
const tables = tablesWith((table) => `${prefix}${table}`)

/** How long SQLite itself waits, which holds up this process; then we wait and let others work. */
const blockingMs = 50

/**
 * A backend in a file, made when it is not there; `:memory:` keeps it in this process. Needs no package: it is Node's own
 * SQLite.
 */
export function sqliteBackend(path: string, options: SqliteOptions = {}): StoreBackend {
  return new SqliteBackend(path, options)
}

class SqliteBackend implements StoreBackend {
  readonly name = 'sqlite'
  readonly #path: string
  readonly #options: SqliteOptions
  readonly #statements = new Map<string, StatementSync>()
  #database: DatabaseSync | null = null

  constructor(path: string, options: SqliteOptions) {
    this.#path = path
    this.#options = options
  }

  async open(): Promise<void> {
    const database = openDatabase(this.#path)
    try {
      await this.#patiently(() => configure(database, this.#options))
      const version = await this.#patiently(() => versionOf(database))
      if (version < migrations.length) {
        await this.#patiently(() => transaction(database, () => migrate(database)))
      }
    } catch (error) {
      database.close()
      throw error
    }
    this.#database = database
  }

  async change<TResult>(
    runId: string,
    wanted: ChangeReads,
    decide: (rows: RunRows) => Change<TResult>,
  ): Promise<TResult> {
    return this.#transaction(() => {
      const rows = this.#read(runId, wanted)
      const { result, writes } = decide(rows)
      if (writes === undefined) return result
      for (const statement of writeStatements(runId, writes, rows.run, tables)) this.#run(statement)
      return result
    })
  }

  async claim(query: DueQuery, decide: (run: RunRow) => RunRow): Promise<readonly RunRow[]> {
    if (this.#all(reads.selectDue({ ...query, limit: 1 }, tables)).length === 0) return []
    return this.#transaction(() => {
      const due = this.#all(reads.selectDue(query, tables)).map(runRow)
      return due.map((run) => {
        const claimed = decide(run)
        for (const statement of updateRun(run, claimed, tables)) this.#run(statement)
        return claimed
      })
    })
  }

  async run(runId: string): Promise<RunRow | null> {
    return this.#runRow(runId)
  }

  async load(runId: string, seq: number | null): Promise<LoadedRows | null> {
    return this.#snapshot(() => {
      const run = this.#runRow(runId)
      if (run === null) return null
      const row = this.#get(reads.selectSave(runId, seq ?? run.seq, tables))
      if (row === undefined) return { run, save: null, messages: [] }
      const save = saveRow(row)
      const messages = this.#all(reads.selectMessages(runId, save, tables)).map(messageRow)
      return { run, save, messages }
    })
  }

  async inbox(runId: string): Promise<readonly InboxRow[]> {
    return this.#all(reads.selectInbox(runId, tables)).map(inboxRow)
  }

  async steps(runId: string): Promise<readonly StepRow[]> {
    return this.#all(reads.selectSteps(runId, tables)).map(stepRow)
  }

  async list(query: RowQuery): Promise<readonly RunRow[]> {
    return this.#all(reads.selectRuns(query, tables)).map(runRow)
  }

  async dump(runId: string): Promise<RunDump | null> {
    return this.#snapshot(() => {
      const run = this.#runRow(runId)
      if (run === null) return null
      return {
        run,
        saves: this.#all(reads.selectSaves(runId, tables)).map(saveRow),
        messages: this.#all(reads.selectAllMessages(runId, tables)).map(messageRow),
        inbox: this.#all(reads.selectInbox(runId, tables)).map(inboxRow),
        marks: this.#all(reads.selectAllMarks(runId, tables)).map(markRow),
      }
    })
  }

  async close(): Promise<void> {
    this.#statements.clear()
    this.#database?.close()
    this.#database = null
  }

  explain(error: unknown): BackendFailure {
    return explainSqlite(error, this.#path)
  }

  #read(runId: string, { inbox, marks, nthLatestStep }: ChangeReads): RunRows {
    const nth =
      nthLatestStep === undefined
        ? undefined
        : this.#get(reads.selectNthLatestStep(runId, nthLatestStep, tables))
    return {
      run: this.#runRow(runId),
      inbox: inbox ? this.#all(reads.selectInbox(runId, tables)).map(inboxRow) : [],
      marks:
        marks === undefined ? [] : this.#all(reads.selectMarks(runId, marks, tables)).map(markRow),
      nthLatestStep: nth === undefined ? null : integer(nth, 'seq'),
    }
  }

  #runRow(runId: string): RunRow | null {
    const row = this.#get(reads.selectRun(runId, tables))
    return row === undefined ? null : runRow(row)
  }

  #get({ sql, values }: Statement): SqlRow | undefined {
    return this.#prepared(sql).get(...values)
  }

  #all({ sql, values }: Statement): readonly SqlRow[] {
    return this.#prepared(sql).all(...values)
  }

  #run({ sql, values }: Statement): void {
    this.#prepared(sql).run(...values)
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const statement = this.#opened().prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }

  #opened(): DatabaseSync {
    if (this.#database === null) throw new StoreClosedError()
    return this.#database
  }

  #transaction<TResult>(work: () => TResult): Promise<TResult> {
    return this.#patiently(() => transaction(this.#opened(), work))
  }

  /** Reads that belong together. */
  #snapshot<TResult>(work: () => TResult): Promise<TResult> {
    return this.#patiently(() => transaction(this.#opened(), work, 'BEGIN'))
  }

  /** Tries again while somebody else writes. */
  async #patiently<TResult>(work: () => TResult): Promise<TResult> {
    const { busyTimeoutMs = 5_000 } = this.#options
    const end = performance.now() + busyTimeoutMs
    for (let waitMs = 1; ; waitMs = Math.min(waitMs * 2, blockingMs)) {
      try {
        return work()
      } catch (error) {
        if (!isBusy(error) || performance.now() >= end) throw error
        await pause(waitMs * (1 + Math.random()))
      }
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}

function configure(database: DatabaseSync, { durability }: SqliteOptions): void {
  database.exec(`PRAGMA busy_timeout = ${blockingMs}`)
  database.exec('PRAGMA journal_mode = WAL')
  database.exec(`PRAGMA synchronous = ${durability === 'power' ? 'FULL' : 'NORMAL'}`)
}

/** Takes the right to write at the beginning, so that what was read still holds when it comes to writing. */
function transaction<TResult>(
  database: DatabaseSync,
  work: () => TResult,
  begin: 'BEGIN' | 'BEGIN IMMEDIATE' = 'BEGIN IMMEDIATE',
): TResult {
  database.exec(begin)
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    try {
      database.exec('ROLLBACK')
    } catch {
      // SQLite has rolled back by itself, as it does when the disk is full.
    }
    throw error
  }
}

function migrate(database: DatabaseSync): void {
  const version = versionOf(database)
  const steps = migrations.slice(version).flatMap((statements) => statements(tables, prefix))
  for (const sql of steps) database.exec(sql)
  database.exec(`CREATE TABLE IF NOT EXISTS ${tables.version} (version BIGINT NOT NULL)`)
  database.exec(`DELETE FROM ${tables.version}`)
  database.exec(`INSERT INTO ${tables.version} VALUES (${migrations.length})`)
}

/**
 * 0 when there are no tables yet.
 *
 * @throws {StoreVersionError} when a newer release has upgraded them
 */
function versionOf(database: DatabaseSync): number {
  const tableNamed = database.prepare('SELECT name FROM sqlite_schema WHERE name = ?')
  if (tableNamed.get(tables.version) === undefined) return 0
  const row = database.prepare(`SELECT version FROM ${tables.version}`).get()
  const version = row === undefined ? 0 : integer(row, 'version')
  if (version > migrations.length) throw new StoreVersionError(version, migrations.length)
  return version
}
