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
  MessageRow,
  RowQuery,
  RunDump,
  RunRow,
  RunRows,
  RunWrites,
  StepRow,
  StoreBackend,
} from '../backend.ts'
import * as reads from '../sql/reads.ts'
import { allMessages, neededMessages } from '../sql/messages.ts'
import {
  type FoundRun,
  foundRun,
  heldMessages,
  inboxRow,
  insertedRun,
  integer,
  markRow,
  messageRow,
  saveRow,
  stepRow,
} from '../sql/rows.ts'
import {
  type Place,
  type SqlRow,
  type Statement,
  tablesVersion,
  tablesWith,
} from '../sql/statement.ts'
import { deletions, insertRun, updateRun, written } from '../sql/writes.ts'
import { type KnownRun, KnownRuns } from './known-runs.ts'
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
const place: Place = { tables, prefix, database: 'sqlite' }

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
  readonly #known = new KnownRuns()
  #database: DatabaseSync | null = null
  #dataVersion: StatementSync | null = null

  constructor(path: string, options: SqliteOptions) {
    this.#path = path
    this.#options = options
  }

  async open(): Promise<void> {
    const database = openDatabase(this.#path)
    try {
      await this.#patiently(() => configure(database, this.#options))
      const version = await this.#patiently(() => versionOf(database))
      if (version < tablesVersion) {
        await this.#upgrade(database)
      }
    } catch (error) {
      database.close()
      throw error
    }
    this.#database = database
    this.#dataVersion = database.prepare('PRAGMA data_version')
    this.#dataVersion.setReturnArrays(true)
  }

  /** What the user's own tables and views say of ours stays as it is. */
  async #upgrade(database: DatabaseSync): Promise<void> {
    const { migrations } = await import('../sql/schema.ts')
    database.exec('PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON')
    const execute = (sql: string): void => database.exec(sql)
    await this.#patiently(() => transaction(execute, () => migrate(database, migrations)))
    database.exec('PRAGMA legacy_alter_table = OFF; PRAGMA foreign_keys = ON')
  }

  change<TResult>(
    runId: string,
    wanted: ChangeReads,
    decide: (rows: RunRows) => Change<TResult>,
  ): Promise<TResult> {
    return this.#patiently(() => {
      let known: KnownRun | undefined
      const changed = transaction(this.#execute, () => {
        this.#known.check(this.#dataVersion?.get()?.[0])
        const { found, rows } = this.#read(runId, wanted)
        const { result, writes } = decide(rows)
        if (writes === undefined) return result
        const isNew = found === null || this.#known.get(runId)?.isUnmarked === true
        const wasUnmarked = isNew || (wanted.marks === 'open' && rows.marks.length === 0)
        this.#known.forget(runId) // until it is written
        if (writes === 'delete') this.#delete(found)
        else {
          const after = this.#write(found ?? this.#inserted(writes.run), writes)
          const isUnmarked = wasUnmarked && !writes.marks?.some(({ isOpen }) => isOpen)
          known = { found: after, isUnmarked }
        }
        return result
      })
      if (known !== undefined) this.#known.keep(runId, known)
      return changed
    })
  }

  async claim(query: DueQuery, decide: (run: RunRow) => RunRow): Promise<readonly RunRow[]> {
    if (this.#all(reads.selectDue({ ...query, limit: 1 }, tables)).length === 0) return []
    return this.#transaction(() => {
      const due = this.#all(reads.selectDue(query, tables)).map((row) => foundRun(row))
      return due.map((found) => {
        const claimed = decide(found.run)
        this.#known.forget(claimed.runId)
        for (const statement of updateRun(found, claimed, tables)) this.#run(statement)
        return claimed
      })
    })
  }

  async run(runId: string): Promise<RunRow | null> {
    return this.#found(runId)?.run ?? null
  }

  async load(runId: string, seq: number | null): Promise<LoadedRows | null> {
    return this.#snapshot(() => {
      const found = this.#found(runId)
      if (found === null) return null
      const { number, run } = found
      const row = this.#get(reads.selectSave(number, seq ?? run.seq, tables))
      if (row === undefined) return { run, save: null, messages: [] }
      const save = saveRow(row)
      const loose = this.#all(reads.selectMessages(runId, save, tables)).map(messageRow)
      return {
        run,
        save,
        messages: neededMessages(save, {
          loose,
          held: this.#held(reads.selectMessagesUpTo(found, save.seq, tables)),
        }),
      }
    })
  }

  async inbox(runId: string): Promise<readonly InboxRow[]> {
    return this.#inbox(runId)
  }

  async steps(runId: string): Promise<readonly StepRow[]> {
    return this.#all(reads.selectSteps(runId, tables)).map(stepRow)
  }

  async list(query: RowQuery): Promise<readonly RunRow[]> {
    return this.#all(reads.selectRuns(query, tables)).map((row) => foundRun(row).run)
  }

  async dump(runId: string): Promise<RunDump | null> {
    return this.#snapshot(() => {
      const found = this.#found(runId)
      if (found === null) return null
      const loose = this.#all(reads.selectAllMessages(runId, tables)).map(messageRow)
      return {
        run: found.run,
        saves: this.#all(reads.selectSaves(found.number, tables)).map(saveRow),
        messages: allMessages({
          loose,
          held: this.#held(reads.selectHeldMessages(found.number, tables)),
        }),
        inbox: this.#all(reads.selectInbox(runId, tables)).map(inboxRow),
        marks: this.#all(reads.selectAllMarks(runId, tables)).map(markRow),
      }
    })
  }

  async close(): Promise<void> {
    this.#statements.clear()
    this.#dataVersion = null
    this.#database?.close()
    this.#database = null
  }

  explain(error: unknown): BackendFailure {
    return explainSqlite(error, this.#path)
  }

  /** What is known, or that there is nothing, is not asked for. */
  #read(runId: string, wanted: ChangeReads) {
    const known = this.#known.get(runId)
    const found = known?.found ?? this.#found(runId)
    const rows: RunRows = {
      run: found?.run ?? null,
      inbox: wanted.inbox && found !== null && found.run.inboxCount > 0 ? this.#inbox(runId) : [],
      marks:
        wanted.marks === undefined || (wanted.marks === 'open' && known?.isUnmarked)
          ? []
          : this.#all(reads.selectMarks(runId, wanted.marks, tables)).map(markRow),
      nthLatestStep: this.#nthLatestStep(found, wanted.nthLatestStep),
    }
    return { found, rows }
  }

  #inbox(runId: string): readonly InboxRow[] {
    return this.#all(reads.selectInbox(runId, tables)).map(inboxRow)
  }

  #nthLatestStep(found: FoundRun | null, nth: number | undefined): number | null {
    if (found === null || nth === undefined) return null
    const row = this.#get(reads.selectNthLatestStep(found.number, nth, tables))
    return row === undefined ? null : integer(row, 'seq')
  }

  #inserted(run: RunRow): FoundRun {
    return insertedRun(this.#get(insertRun(run, tables)), run)
  }

  #write(found: FoundRun, writes: RunWrites): FoundRun {
    const removed = reads.selectMessagesOfRemoved(found, writes, tables)
    const kept = removed === null ? [] : this.#all(removed).flatMap(heldMessages)
    const { statements, after } = written(found, writes, kept, tables)
    for (const each of statements) this.#run(each)
    return after
  }

  #delete(found: FoundRun | null): void {
    if (found !== null) for (const each of deletions(found, tables)) this.#run(each)
  }

  #found(runId: string): FoundRun | null {
    const row = this.#get(reads.selectRun(runId, tables))
    return row === undefined ? null : foundRun(row)
  }

  #held(statement: Statement): readonly MessageRow[] {
    return this.#all(statement).flatMap(heldMessages)
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

  readonly #execute = (sql: string): void => {
    this.#prepared(sql).run()
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
    return this.#patiently(() => transaction(this.#execute, work))
  }

  /** Reads that belong together. */
  #snapshot<TResult>(work: () => TResult): Promise<TResult> {
    return this.#patiently(() => transaction(this.#execute, work, 'BEGIN'))
  }

  /** Tries again while somebody else writes. */
  #patiently<TResult>(work: () => TResult): Promise<TResult> {
    const { busyTimeoutMs = 5_000 } = this.#options
    const end = performance.now() + busyTimeoutMs
    const attempt = (waitMs: number): Promise<TResult> => {
      try {
        return Promise.resolve(work())
      } catch (error) {
        if (!isBusy(error) || performance.now() >= end) return Promise.reject(error)
        const longer = Math.min(waitMs * 2, blockingMs)
        return pause(waitMs * (1 + Math.random())).then(() => attempt(longer))
      }
    }
    return attempt(1)
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}

/** 16 MB. Once that many are written they go into the file: fewer of them the longer that is put off, and at once. */
const pagesInLog = 4_000

function configure(database: DatabaseSync, { durability }: SqliteOptions): void {
  database.exec(`PRAGMA busy_timeout = ${blockingMs}`)
  database.exec('PRAGMA journal_mode = WAL')
  database.exec(`PRAGMA wal_autocheckpoint = ${pagesInLog}`)
  database.exec(`PRAGMA synchronous = ${durability === 'power' ? 'FULL' : 'NORMAL'}`)
}

/** Takes the right to write at the beginning, so that what was read still holds when it comes to writing. */
function transaction<TResult>(
  execute: (sql: string) => void,
  work: () => TResult,
  begin: 'BEGIN' | 'BEGIN IMMEDIATE' = 'BEGIN IMMEDIATE',
): TResult {
  execute(begin)
  try {
    const result = work()
    execute('COMMIT')
    return result
  } catch (error) {
    try {
      execute('ROLLBACK')
    } catch {
      // SQLite has rolled back by itself, as it does when the disk is full.
    }
    throw error
  }
}

function migrate(
  database: DatabaseSync,
  migrations: readonly ((place: Place) => readonly string[])[],
): void {
  const version = versionOf(database)
  const steps = migrations.slice(version).flatMap((statements) => statements(place))
  for (const sql of steps) database.exec(sql)
  database.exec(`CREATE TABLE IF NOT EXISTS ${tables.version} (version BIGINT NOT NULL)`)
  database.exec(`DELETE FROM ${tables.version}`)
  database.exec(`INSERT INTO ${tables.version} VALUES (${tablesVersion})`)
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
  if (version > tablesVersion) throw new StoreVersionError(version, tablesVersion)
  return version
}
