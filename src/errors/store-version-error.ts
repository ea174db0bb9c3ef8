import { AgentError } from './agent-error.ts'

/** A newer release has upgraded the store; this one must not write to it. */
export class StoreVersionError extends AgentError {
  override name = 'StoreVersionError' as const
  /** What the tables are at. */
  readonly found: number
  /** The latest this release knows. */
  readonly known: number

  constructor(found: number, known: number) {
    super(`The tables of the store are of version ${found}; this release knows up to ${known}`, {
      hint: 'Update agentchart here as well',
    })
    this.found = found
    this.known = known
  }
}
