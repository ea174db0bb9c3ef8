import type { BackendFailure } from '../backend.ts'

/** @see https://www.sqlite.org/rescode.html */
const codes = {
  busy: 5,
  locked: 6,
  outOfMemory: 7,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
} as const

/** Others are in the way, or the disk is: it may pass. */
const passing: readonly number[] = [
  codes.busy,
  codes.locked,
  codes.outOfMemory,
  codes.ioError,
  codes.full,
  codes.cannotOpen,
]

/** Whether somebody else is writing. */
export function isBusy(error: unknown): boolean {
  const code = codeOf(error)
  return code === codes.busy || code === codes.locked
}

export function explainSqlite(error: unknown, path: string): BackendFailure {
  const code = codeOf(error)
  if (code === codes.corrupt || code === codes.notADatabase) {
    return { isRetryable: false, message: `'${path}' is damaged, or no SQLite database` }
  }
  if (code === codes.cannotOpen) {
    const message = `'${path}' cannot be opened: is its folder there, and may you write to it?`
    return { isRetryable: true, message }
  }
  if (code === codes.full) return { isRetryable: true, message: `no space is left for '${path}'` }
  return { isRetryable: passing.includes(code) }
}

/** The primary code: extended ones have it in their lowest byte. 0 when it is no error of SQLite. */
function codeOf(error: unknown): number {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : 0
  return typeof code === 'number' ? code & 255 : 0
}
