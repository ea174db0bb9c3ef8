import { AgentError } from './agent-error.ts'

/** The run has reached `End`; nothing leaves it. */
export class RunEndedError extends AgentError {
  override name = 'RunEndedError' as const

  constructor() {
    super('This run has ended', {
      hint: 'Start a new run with `messageHistory: run.allMessages()`',
    })
  }
}
