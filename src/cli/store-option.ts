import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { UserError } from '../errors/index.ts'
import type { Store } from '../store/index.ts'
import { postgresStore } from '../store/postgres/index.ts'
import { sqliteStore } from '../store/sqlite/index.ts'
import { loadStore } from './agent-module.ts'
import { UsageError } from './usage-error.ts'

/** What says where a store is, the first one before the others. */
export interface StorePlaces {
  /** `--store`: a file or a URL. */
  readonly store: string | undefined
  /** A module that may export one. */
  readonly module: string | undefined
}

/** The environment variable that is asked last. */
const variable = 'AGENTCHART_STORE'

/**
 * The store that is meant.
 *
 * @param isMade whether a file that is not there is made
 * @throws {UsageError} when nothing says which
 * @throws {UserError} when there is no such file
 */
export async function openStore(places: StorePlaces, isMade: boolean): Promise<Store> {
  const { module } = places
  if (places.store !== undefined) return storeAt(places.store, isMade)
  const exported = module === undefined ? undefined : await loadStore(module)
  if (exported !== undefined) return exported
  const named = process.env[variable] ?? ''
  if (named !== '') return storeAt(named, isMade)
  throw new UsageError(
    `Which store? Give --store <SQLite file or Postgres URL>, or set ${variable}${
      module === undefined ? '' : `, or export \`store\` from '${module}'`
    }`,
  )
}

function storeAt(place: string, isMade: boolean): Store {
  if (/^postgres(ql)?:\/\//.test(place)) return postgresStore(place)
  if (/^[a-z][a-z+.-]+:\/\//i.test(place)) {
    const scheme = place.slice(0, place.indexOf(':'))
    throw new UserError(`There are no stores behind '${scheme}://'`, {
      hint: 'Give the path of a SQLite file, or a URL that begins with postgres://',
    })
  }
  if (existsSync(place)) return sqliteStore(place)
  if (isMade) return madeAt(place)
  throw new UserError(`There is no store '${place}'`, {
    hint: 'Give the SQLite file that runs are saved in, or the URL of a Postgres database',
  })
}

/** A folder that is not there is a mistake rather than something that may pass, as it is for a store. */
function madeAt(path: string): Store {
  const folder = dirname(path)
  if (path === ':memory:' || existsSync(folder)) return sqliteStore(path)
  throw new UserError(`There is no folder '${folder}' for the store '${path}'`)
}
