import type { ModelCall } from '../models/index.ts'
import type { NodeOrEnd } from '../nodes/index.ts'
import type { AgentRun, AgentRunResult } from '../run/index.ts'
import type { FailureFacts } from './failure.ts'

/** Tells somebody about a run while it happens. */
export interface Report {
  /** Before the first node. */
  started(run: AgentRun, agentName: string | undefined): void
  /** A node is about to run, or the run is over. */
  node(node: NodeOrEnd): void
  /** The model is asked, as part of a request node. */
  requested(call: ModelCall): void
  /** The last word of a run that ended. */
  ended(result: AgentRunResult, durationMs: number): void
  /** The last word of a run that failed, or never started. */
  failed(failure: FailureFacts): void
}
