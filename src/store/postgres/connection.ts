import { AgentError } from '../../errors/index.ts'
import type { SqlRow, Statement } from '../sql/statement.ts'
import { ignore, type PostgresClient, type PostgresPool } from './pool.ts'
import { isContended, isLost } from './postgres-failures.ts'

const mostTries = 6

/** Runs statements one after the other. */
export interface Session {
  all(statement: Statement, suffix?: string): Promise<readonly SqlRow[]>
}

/** The connections of a pool, and what to try again. */
export class Connections {
  readonly #pool: PostgresPool

  constructor(pool: PostgresPool) {
    this.#pool = pool
  }

  /** One statement that only reads. A connection that turns out to be gone is replaced. */
  async read(statement: Statement): Promise<readonly SqlRow[]> {
    return this.#withSession((session) => session.all(statement), isLost)
  }

  /** What was read together, as of one moment. */
  async snapshot<TResult>(work: (session: Session) => Promise<TResult>): Promise<TResult> {
    return this.#withSession(
      (session) => transaction(session, 'REPEATABLE READ READ ONLY', work),
      (error) => isLost(error) || isContended(error),
    )
  }

  /**
   * A transaction. It is run again when others were in its way; not when the connection broke while it ran, since then
   * nobody knows whether it was committed.
   */
  async transaction<TResult>(work: (session: Session) => Promise<TResult>): Promise<TResult> {
    let hasBegun = false
    return this.#withSession(
      (session) => {
        hasBegun = false
        return transaction(session, 'READ COMMITTED', (begun) => {
          hasBegun = true
          return work(begun)
        })
      },
      (error) => isContended(error) || (isLost(error) && !hasBegun),
    )
  }

  async #withSession<TResult>(
    work: (session: Session) => Promise<TResult>,
    isWorthATry: (error: unknown) => boolean,
  ): Promise<TResult> {
    for (let attempt = 1; ; attempt += 1) {
      const client = await this.#pool.connect()
      client.on?.('error', ignore) // the statement under way fails with it as well
      let error: unknown = null
      try {
        return await work(sessionOf(client))
      } catch (caught) {
        error = caught
        if (attempt >= mostTries || !isWorthATry(caught)) throw caught
      } finally {
        client.off?.('error', ignore)
        client.release(error !== null && !isHarmless(error))
      }
      if (isContended(error)) await pause(2 ** attempt * Math.random())
    }
  }
}

/** Whether the connection is as good as before: it was our own refusal, or others were in the way. */
function isHarmless(error: unknown): boolean {
  return error instanceof AgentError || isContended(error)
}

async function transaction<TResult>(
  session: Session,
  mode: string,
  work: (session: Session) => Promise<TResult>,
): Promise<TResult> {
  await session.all({ sql: `BEGIN ISOLATION LEVEL ${mode}`, values: [] })
  try {
    const result = await work(session)
    await session.all({ sql: 'COMMIT', values: [] })
    return result
  } catch (error) {
    await session.all({ sql: 'ROLLBACK', values: [] }).catch(ignore)
    throw error
  }
}

function sessionOf(client: PostgresClient): Session {
  return {
    async all({ sql, values }, suffix = '') {
      let count = 0
      const numbered = sql.replaceAll('?', () => `$${(count += 1)}`)
      const { rows } = await client.query(`${numbered} ${suffix}`, [...values])
      return rows
    },
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
