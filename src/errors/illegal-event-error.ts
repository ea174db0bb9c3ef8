import { AgentError } from './agent-error.ts'

/** A decision was asked of a chart that accepts nothing, or that did not accept it any more when it was made. */
export class IllegalEventError extends AgentError {
  override name = 'IllegalEventError' as const
  /** The state the chart was in, as XState writes it. */
  readonly state: unknown
  /** The event that was chosen; `undefined` when there was none to choose from. */
  readonly event: { readonly type: string } | undefined

  constructor(machineId: string, state: unknown, event?: { readonly type: string }) {
    const where = `'${machineId}' in state ${JSON.stringify(state)}`
    super(
      event === undefined
        ? `Nothing is to be decided: ${where} accepts none of the events that are offered`
        : `The decision came too late: ${where} does not accept '${event.type}' any more`,
      { hint: event === undefined ? 'Ask while it waits for one of them' : 'Decide once more' },
    )
    this.state = state
    this.event = event
  }
}
