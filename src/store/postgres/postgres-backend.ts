/** Rows in Postgres. A change locks the row of its run, so that those of one run wait for each other; others do not. */
import { StoreClosedError, UserError } from '../../errors/index.ts'
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
  RunWrites,
  StepRow,
  StoreBackend,
} from '../backend.ts'
import * as reads from '../sql/reads.ts'
import { allMessages, neededMessages, type StoredMessages } from '../sql/messages.ts'
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
import { type SqlRow, type Statement, type Tables, tablesWith } from '../sql/statement.ts'
import { deletions, insertRun, updateRun, written } from '../sql/writes.ts'
import { Connections, type Session } from './connection.ts'
import { makePool, type OwnPool, type PoolLimits, type PostgresPool } from './pool.ts'
import { explainPostgres } from './postgres-failures.ts'
import { migrate, type Placement } from './postgres-schema.ts'

/** Where the tables are, and how they are reached. */
export interface PostgresOptions extends PoolLimits {
  /** Made when it is not there. Default: that of the connection's search path. */
  readonly schema?: string
  /** Before the name of each table. Default: `agentchart_`. */
  readonly tablePrefix?: string
}

/**
 * A backend in Postgres, which needs the package `pg`.
 *
 * @param connection a URL, or a pool, which stays open when the store is closed
 * @throws {UserError} when a name is none
 */
export function postgresBackend(
  connection: string | PostgresPool,
  options: PostgresOptions = {},
): StoreBackend {
  return new PostgresBackend(connection, options)
}

class PostgresBackend implements StoreBackend {
  readonly name = 'postgres'
  readonly #connection: string | PostgresPool
  readonly #placement: Placement
  readonly #limits: PoolLimits
  #ownPool: OwnPool | null = null
  #connections: Connections | null = null

  constructor(connection: string | PostgresPool, options: PostgresOptions) {
    this.#connection = connection
    this.#placement = placementOf(options)
    this.#limits = options
  }

  get #tables(): Tables {
    return this.#placement.tables
  }

  async open(): Promise<void> {
    const connections = new Connections(await this.#pool())
    await migrate(connections, this.#placement)
    this.#connections = connections
  }

  async change<TResult>(
    runId: string,
    wanted: ChangeReads,
    decide: (rows: RunRows) => Change<TResult>,
  ): Promise<TResult> {
    return this.#opened().transaction(async (session) => {
      const { found, rows } = await this.#read(session, runId, wanted)
      const { result, writes } = decide(rows)
      if (writes === 'delete') await this.#delete(session, found)
      else if (writes !== undefined) await this.#write(session, found, writes)
      return result
    })
  }

  async claim(query: DueQuery, decide: (run: RunRow) => RunRow): Promise<readonly RunRow[]> {
    return this.#opened().transaction(async (session) => {
      const due = await session.all(
        reads.selectDueRows(query, this.#tables),
        'FOR UPDATE SKIP LOCKED',
      )
      const claimed: RunRow[] = []
      for (const row of due) {
        const found = await this.#withLatest(session, row)
        const run = decide(found.run)
        for (const statement of updateRun(found, run, this.#tables)) await session.all(statement)
        claimed.push(run)
      }
      return claimed
    })
  }

  async run(runId: string): Promise<RunRow | null> {
    const [row] = await this.#all(reads.selectRun(runId, this.#tables))
    return row === undefined ? null : foundRun(row).run
  }

  async load(runId: string, seq: number | null): Promise<LoadedRows | null> {
    return this.#opened().snapshot(async (session) => {
      const [first] = await session.all(reads.selectRun(runId, this.#tables))
      if (first === undefined) return null
      const found = foundRun(first)
      const { number, run } = found
      const [row] = await session.all(reads.selectSave(number, seq ?? run.seq, this.#tables))
      if (row === undefined) return { run, save: null, messages: [] }
      const save = saveRow(row)
      const loose = await session.all(reads.selectMessages(runId, save, this.#tables))
      const held = await session.all(reads.selectMessagesUpTo(found, save.seq, this.#tables))
      return { run, save, messages: neededMessages(save, stored(loose, held)) }
    })
  }

  async inbox(runId: string): Promise<readonly InboxRow[]> {
    return (await this.#all(reads.selectInbox(runId, this.#tables))).map(inboxRow)
  }

  async steps(runId: string): Promise<readonly StepRow[]> {
    return (await this.#all(reads.selectSteps(runId, this.#tables))).map(stepRow)
  }

  async list(query: RowQuery): Promise<readonly RunRow[]> {
    const rows = await this.#all(reads.selectRuns(query, this.#tables))
    return rows.map((row) => foundRun(row).run)
  }

  async dump(runId: string): Promise<RunDump | null> {
    const tables = this.#tables
    return this.#opened().snapshot(async (session) => {
      const [row] = await session.all(reads.selectRun(runId, tables))
      if (row === undefined) return null
      const { number, run } = foundRun(row)
      const loose = await session.all(reads.selectAllMessages(runId, tables))
      const held = await session.all(reads.selectHeldMessages(number, tables))
      return {
        run,
        saves: (await session.all(reads.selectSaves(number, tables))).map(saveRow),
        messages: allMessages(stored(loose, held)),
        inbox: (await session.all(reads.selectInbox(runId, tables))).map(inboxRow),
        marks: (await session.all(reads.selectAllMarks(runId, tables))).map(markRow),
      }
    })
  }

  async close(): Promise<void> {
    this.#connections = null
    const pool = this.#ownPool
    this.#ownPool = null
    await pool?.end()
  }

  explain(error: unknown): BackendFailure {
    return explainPostgres(error)
  }

  /**
   * The row of the run first: whoever has locked it has the run. What a save says of the run is read then, since it may
   * have been written while we waited.
   */
  async #read(session: Session, runId: string, wanted: ChangeReads) {
    const { inbox = false, marks, nthLatestStep } = wanted
    const tables = this.#tables
    const rows = async (statement: Statement | null) =>
      statement === null ? [] : session.all(statement)
    const [row] = await session.all(reads.selectRow(runId, tables), 'FOR UPDATE')
    const found = row === undefined ? null : await this.#withLatest(session, row)
    const hasInbox = inbox && found !== null && found.run.inboxCount > 0
    const waiting = await rows(hasInbox ? reads.selectInbox(runId, tables) : null)
    const marked = await rows(marks === undefined ? null : reads.selectMarks(runId, marks, tables))
    const [step] = await rows(
      nthLatestStep === undefined || found === null
        ? null
        : reads.selectNthLatestStep(found.number, nthLatestStep, tables),
    )
    return {
      found,
      rows: {
        run: found?.run ?? null,
        inbox: waiting.map(inboxRow),
        marks: marked.map(markRow),
        nthLatestStep: step === undefined ? null : integer(step, 'seq'),
      },
    }
  }

  async #withLatest(session: Session, row: SqlRow): Promise<FoundRun> {
    const [latest] = await session.all(reads.selectLatest(integer(row, 'number'), this.#tables))
    return foundRun(row, latest ?? {})
  }

  async #write(session: Session, found: FoundRun | null, writes: RunWrites): Promise<void> {
    const tables = this.#tables
    const target = found ?? (await this.#inserted(session, writes.run))
    const removed = reads.selectMessagesOfRemoved(target, writes, tables)
    const kept = removed === null ? [] : (await session.all(removed)).flatMap(heldMessages)
    const { statements } = written(target, writes, kept, tables)
    for (const each of statements) await session.all(each)
  }

  async #inserted(session: Session, run: RunRow): Promise<FoundRun> {
    const [row] = await session.all(insertRun(run, this.#tables))
    return insertedRun(row, run)
  }

  async #delete(session: Session, found: FoundRun | null): Promise<void> {
    if (found === null) return
    for (const each of deletions(found, this.#tables)) await session.all(each)
  }

  async #all(statement: Statement) {
    return this.#opened().read(statement)
  }

  #opened(): Connections {
    if (this.#connections === null) throw new StoreClosedError()
    return this.#connections
  }

  async #pool(): Promise<PostgresPool> {
    if (typeof this.#connection !== 'string') return this.#connection
    this.#ownPool ??= await makePool(this.#connection, this.#limits)
    return this.#ownPool
  }
}

function stored(loose: readonly SqlRow[], held: readonly SqlRow[]): StoredMessages {
  return { loose: loose.map(messageRow), held: held.flatMap(heldMessages) }
}

/** Longer names are cut off by Postgres, and could then be those of other tables. */
const longestIdentifier = 40

function placementOf({ schema, tablePrefix = 'agentchart_' }: PostgresOptions): Placement {
  checkIdentifier(tablePrefix, 'tablePrefix')
  if (schema !== undefined) checkIdentifier(schema, 'schema')
  const quotedSchema = schema === undefined ? null : `"${schema}"`
  const before = quotedSchema === null ? '' : `${quotedSchema}.`
  const tables = tablesWith((table) => `${before}"${tablePrefix}${table}"`)
  return { tables, prefix: tablePrefix, database: 'postgres', schema: quotedSchema }
}

function checkIdentifier(name: string, option: string): void {
  if (/^\w*$/.test(name) && name.length <= longestIdentifier) return
  throw new UserError(`\`${option}\` of a Postgres store cannot be '${name}'`, {
    hint: `Use at most ${longestIdentifier} letters, digits and underscores`,
  })
}
