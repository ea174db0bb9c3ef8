import type { BackendFailure } from '../backend.ts'

/** @see https://www.postgresql.org/docs/current/errcodes-appendix.html */
const passing = [
  '08', // the connection failed
  '40', // rolled back because of others
  '53', // out of disk, memory or connections
  '55P03', // a lock was not to be had
  '57P', // the server stops or starts
  '58', // the disk of the server failed
  '25006', // it only reads for now, as after a failover
]

/** Others were in the way, and nothing was written: the same may be tried at once. */
const contended = ['40001', '40P01', '23505']

const networkCodes = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]

/** What the driver says, without a code, of a connection that is gone or was never there. */
const lostMessages = /connection (?:terminated|ended|error)|timeout exceeded|not queryable|closed/i

export function isContended(error: unknown): boolean {
  return contended.includes(codeOf(error))
}

/** Whether the connection is of no more use. */
export function isLost(error: unknown): boolean {
  const code = codeOf(error)
  if (networkCodes.includes(code) || code.startsWith('08') || code.startsWith('57P')) return true
  return code === '' && error instanceof Error && lostMessages.test(error.message)
}

export function explainPostgres(error: unknown): BackendFailure {
  const code = codeOf(error)
  const isRetryable = isLost(error) || passing.some((start) => code.startsWith(start))
  // Several addresses were tried, and the error as a whole says nothing.
  if (error instanceof AggregateError && error.message === '') {
    return { isRetryable, message: error.errors.map(String).join('; ') }
  }
  return { isRetryable }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : ''
}
