import type { DatabaseSync } from 'node:sqlite'
import { UserError } from '../../errors/index.ts'

/** @throws {UserError} where the runtime has no `node:sqlite` */
export function openDatabase(path: string): DatabaseSync {
  const { DatabaseSync } = nodeSqlite()
  return new DatabaseSync(path)
}

/** Node's own SQLite, loaded when it is first needed, without the warning that it is new. */
function nodeSqlite() {
  const { process } = globalThis
  const emitWarning: unknown = Reflect.get(process, 'emitWarning')
  process.emitWarning = (warning: string | Error, ...rest: readonly unknown[]): void => {
    if (String(warning).includes('SQLite') || typeof emitWarning !== 'function') return
    Reflect.apply(emitWarning, process, [warning, ...rest])
  }
  try {
    const loaded = process.getBuiltinModule('node:sqlite')
    if (loaded !== undefined) return loaded
  } finally {
    Reflect.set(process, 'emitWarning', emitWarning)
  }
  throw new UserError('This runtime has no `node:sqlite`', { hint: 'Use Node 22.18 or later' })
}
