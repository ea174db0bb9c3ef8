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
  StepRow,
  StoreBackend,
} from '../backend.ts'
import * as reads from '../sql/reads.ts'
import { inboxRow, integer, markRow, messageRow, runRow, saveRow, stepRow } from '../sql/rows.ts'
import { type Statement, type Tables, tablesWith } from '../sql/statement.ts'
import { updateRun, writeStatements } from '../sql/writes.ts'
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
      const rows = await this.#read(session, runId, wanted)
      const { result, writes } = decide(rows)
      if (writes === undefined) return result
      for (const statement of writeStatements(runId, writes, rows.run, this.#tables)) {
        await session.all(statement)
      }
      return result
    })
  }

  async claim(query: DueQuery, decide: (run: RunRow) => RunRow): Promise<readonly RunRow[]> {
    return this.#opened().transaction(async (session) => {
      const due = await session.all(reads.selectDue(query, this.#tables), 'FOR UPDATE SKIP LOCKED')
      const claimed: RunRow[] = []
      for (const run of due.map(runRow)) {
        const row = decide(run)
        for (const statement of updateRun(run, row, this.#tables)) await session.all(statement)
        claimed.push(row)
      }
      return claimed
    })
  }

  async run(runId: string): Promise<RunRow | null> {
    const [row] = await this.#all(reads.selectRun(runId, this.#tables))
    return row === undefined ? null : runRow(row)
  }

  async load(runId: string, seq: number | null): Promise<LoadedRows | null> {
    return this.#opened().snapshot(async (session) => {
      const [found] = await session.all(reads.selectRun(runId, this.#tables))
      if (found === undefined) return null
      const run = runRow(found)
      const [row] = await session.all(reads.selectSave(runId, seq ?? run.seq, this.#tables))
      if (row === undefined) return { run, save: null, messages: [] }
      const save = saveRow(row)
      const messages = await session.all(reads.selectMessages(runId, save, this.#tables))
      return { run, save, messages: messages.map(messageRow) }
    })
  }

  async inbox(runId: string): Promise<readonly InboxRow[]> {
    return (await this.#all(reads.selectInbox(runId, this.#tables))).map(inboxRow)
  }

  async steps(runId: string): Promise<readonly StepRow[]> {
    return (await this.#all(reads.selectSteps(runId, this.#tables))).map(stepRow)
  }

  async list(query: RowQuery): Promise<readonly RunRow[]> {
    return (await this.#all(reads.selectRuns(query, this.#tables))).map(runRow)
  }

  async dump(runId: string): Promise<RunDump | null> {
    const tables = this.#tables
    return this.#opened().snapshot(async (session) => {
      const [run] = await session.all(reads.selectRun(runId, tables))
      if (run === undefined) return null
      return {
        run: runRow(run),
        saves: (await session.all(reads.selectSaves(runId, tables))).map(saveRow),
        messages: (await session.all(reads.selectAllMessages(runId, tables))).map(messageRow),
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

  /** The row of the run first: whoever has locked it has the run. */
  async #read(session: Session, runId: string, wanted: ChangeReads): Promise<RunRows> {
    const { inbox = false, marks, nthLatestStep } = wanted
    const tables = this.#tables
    const rows = async (statement: Statement | null) =>
      statement === null ? [] : session.all(statement)
    const [run] = await session.all(reads.selectRun(runId, tables), 'FOR UPDATE')
    const waiting = await rows(inbox ? reads.selectInbox(runId, tables) : null)
    const marked = await rows(marks === undefined ? null : reads.selectMarks(runId, marks, tables))
    const [step] = await rows(
      nthLatestStep === undefined ? null : reads.selectNthLatestStep(runId, nthLatestStep, tables),
    )
    return {
      run: run === undefined ? null : runRow(run),
      inbox: waiting.map(inboxRow),
      marks: marked.map(markRow),
      nthLatestStep: step === undefined ? null : integer(step, 'seq'),
    }
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

/** Longer names are cut off by Postgres, and could then be those of other tables. */
const longestIdentifier = 40

function placementOf({ schema, tablePrefix = 'agentchart_' }: PostgresOptions): Placement {
  checkIdentifier(tablePrefix, 'tablePrefix')
  if (schema !== undefined) checkIdentifier(schema, 'schema')
  const quotedSchema = schema === undefined ? null : `"${schema}"`
  const before = quotedSchema === null ? '' : `${quotedSchema}.`
  const tables = tablesWith((table) => `${before}"${tablePrefix}${table}"`)
  return { tables, prefix: tablePrefix, schema: quotedSchema }
}

function checkIdentifier(name: string, option: string): void {
  if (/^\w*$/.test(name) && name.length <= longestIdentifier) return
  throw new UserError(`\`${option}\` of a Postgres store cannot be '${name}'`, {
    hint: `Use at most ${longestIdentifier} letters, digits and underscores`,
  })
}
