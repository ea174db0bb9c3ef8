/** What SQLite and Postgres take as a value. */
export type SqlValue = string | number | null

/** A statement with a `?` for each value. Both databases understand what is written here. */
export interface Statement {
  readonly sql: string
  readonly values: readonly SqlValue[]
}

/** A row as a driver gives it. */
export type SqlRow = Readonly<Record<string, unknown>>

/** The names of the tables, ready to be put into statements. */
export interface Tables {
  readonly runs: string
  readonly saves: string
  readonly messages: string
  readonly inbox: string
  readonly marks: string
  readonly version: string
}

/** @param named a table's name as statements have it: with its prefix, schema and quotes */
export function tablesWith(named: (table: keyof Tables) => string): Tables {
  return {
    runs: named('runs'),
    saves: named('saves'),
    messages: named('messages'),
    inbox: named('inbox'),
    marks: named('marks'),
    version: named('version'),
  }
}

/** The version of the tables that this release works with. */
export const tablesVersion = 3

/** Where tables are. */
export interface Place {
  readonly tables: Tables
  /** An index has the prefix alone: it lies where its table does. */
  readonly prefix: string
  readonly database: 'sqlite' | 'postgres'
}

/** `?, ?, ?`; what nothing is equal to for none. */
export function places(count: number): string {
  return count === 0 ? 'NULL' : `${'?, '.repeat(count - 1)}?`
}
