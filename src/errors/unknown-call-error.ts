import { AgentError } from './agent-error.ts'

/** Where a call that waits for a verdict is found. */
export interface OpenCall {
  readonly toolCallId: string
  /** Position among the calls of its response. */
  readonly index: number
  /** The calls that led to the nested run which asks, outermost first. */
  readonly path: readonly string[]
}

/** A verdict is about a call that the run never made. */
export class UnknownCallError extends AgentError {
  override name = 'UnknownCallError' as const
  readonly runId: string
  readonly toolCallId: string
  /** The calls that wait for a verdict. */
  readonly open: readonly OpenCall[]

  constructor(runId: string, toolCallId: string, open: readonly OpenCall[]) {
    super(`The run '${runId}' has no call '${toolCallId}'`, { hint: hintOf(open) })
    this.runId = runId
    this.toolCallId = toolCallId
    this.open = open
  }
}

function hintOf(open: readonly OpenCall[]): string {
  return open.length === 0 ? 'None waits for a verdict' : `Open are ${describeCalls(open)}`
}

/** The calls in one line; the first twenty of them. */
export function describeCalls(calls: readonly OpenCall[]): string {
  const shown = calls.slice(0, 20).map(({ toolCallId, index, path }) => {
    const below = path.length === 0 ? '' : ` below ${path.map((id) => `'${id}'`).join(' > ')}`
    return `'${toolCallId}' (index ${index}${below})`
  })
  return calls.length > shown.length ? `${shown.join(', ')}, …` : shown.join(', ')
}
