/**
 * The root of every error that agentchart throws by itself. Errors of tools, providers and other user code are passed
 * on as they are and never wrapped in one.
 */
export class AgentError extends Error {
  override name: string = 'AgentError'
  /** What the reader can do about it; it is also the last sentence of `message`. */
  readonly hint: string | undefined

  constructor(message: string, options: AgentErrorOptions = {}) {
    const { hint, ...rest } = options
    super(hint === undefined ? message : `${message.replace(/\.$/, '')}. ${hint}`, rest)
    this.hint = hint
  }
}

/** What an error knows besides its message. */
export interface AgentErrorOptions {
  readonly cause?: unknown
  /** A way out, one sentence; appended to the message. */
  readonly hint?: string
}
