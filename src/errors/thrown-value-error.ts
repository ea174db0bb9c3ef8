import { AgentError } from './agent-error.ts'

/** A tool threw something that is no Error; this one has a stack to follow, and the value as its cause. */
export class ThrownValueError extends AgentError {
  override name = 'ThrownValueError' as const
  readonly toolName: string

  constructor(toolName: string, value: unknown) {
    const shown = typeof value === 'string' ? `: '${value.slice(0, 200)}'` : ''
    super(`Tool '${toolName}' threw a value of type ${typeof value} that is no Error${shown}`, {
      cause: value,
      hint: 'Throw an Error, or `ModelRetry` or `ToolFailed` to speak to the model',
    })
    this.toolName = toolName
  }
}
