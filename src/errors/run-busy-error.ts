import { AgentError } from './agent-error.ts'

/** A second driver called `next` while a step is still running. */
export class RunBusyError extends AgentError {
  override name = 'RunBusyError' as const

  constructor() {
    super('This run is already running a step', {
      hint: 'Await the pending `next` first, or start another run',
    })
  }
}
