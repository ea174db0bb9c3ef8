import { AgentError } from './agent-error.ts'

/** The store was used after `close()`. */
export class StoreClosedError extends AgentError {
  override name = 'StoreClosedError' as const

  constructor() {
    super('The store is closed')
  }
}
