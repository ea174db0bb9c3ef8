import { AgentError } from './agent-error.ts'

/** The run was disposed of. Its messages, result and snapshot stay readable. */
export class RunDisposedError extends AgentError {
  override name = 'RunDisposedError' as const

  constructor() {
    super('This run was disposed of', {
      hint: 'Start a new run with `messageHistory: run.allMessages()`',
    })
  }
}
