import type { AgentContext, GraphEvent } from '../../machines/index.ts'

/** What the actor of a run says of itself. */
export interface HostedSnapshot {
  /** As XState has it. */
  readonly value: unknown
  readonly context: AgentContext
  readonly status: string
  readonly error?: unknown
}

/** The actor of a run, as far as its host speaks with it. */
export interface HostedActor {
  getSnapshot(): HostedSnapshot
  send(event: GraphEvent): void
}
