import { AgentError, type AgentErrorOptions } from './agent-error.ts'

/** Untrusted data (messages, snapshots, settings) is not what it should be; `path` says where. */
export class ValidationError extends AgentError {
  override name = 'ValidationError' as const
  /** Keys and indices from the root of the data to the place; empty for the root itself. */
  readonly path: readonly (string | number)[]

  constructor(
    message: string,
    path: readonly (string | number)[],
    options: AgentErrorOptions = {},
  ) {
    super(path.length === 0 ? message : `${message} (at ${describePath(path)})`, options)
    this.path = path
  }
}

function describePath(path: readonly (string | number)[]): string {
  return path
    .map((key, i) => (typeof key === 'number' ? `[${key}]` : i === 0 ? key : `.${key}`))
    .join('')
}
