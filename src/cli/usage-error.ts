/** The command line makes no sense; the message says how. */
export class UsageError extends Error {
  override name = 'UsageError' as const
}
