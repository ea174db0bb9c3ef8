import type { ModelMessage, UserContent } from '../messages/index.ts'
import type { Model, ModelSettings } from '../models/index.ts'
import type { RunUsage, UsageLimits, UsageMeter } from '../usage/index.ts'

/**
 * What user code sees of the run it is called in. Tools, instructions, validators, `prepare` functions and settings
 * functions all get one; it is a view of one moment and must not be kept.
 */
export interface RunContext<TDeps = unknown> {
  readonly deps: TDeps
  /** Name of the agent, or `undefined`. */
  readonly agentName: string | undefined
  readonly model: Model
  readonly modelSettings: ModelSettings
  /** Used so far by this run, children included. Frozen. */
  readonly usage: RunUsage
  readonly usageLimits: UsageLimits
  /** Give it to another run as `parent: ctx` (or `usage: ctx.meter`) to count and limit both together. */
  readonly meter: UsageMeter
  /** The prompt of this run; `null` when it was started without one. */
  readonly prompt: string | readonly UserContent[] | null
  /** The history so far; inside a tool it ends with the response that called the tool. */
  readonly messages: readonly ModelMessage[]
  readonly runId: string
  readonly conversationId: string
  readonly metadata: Readonly<Record<string, unknown>> | null
  /** Number of the current model request, from 1; 0 before the first one. */
  readonly runStep: number
  /** Aborted when the run is cancelled, the call times out or a sibling call fails. */
  readonly signal: AbortSignal
  /** Id and name of the call being handled; `null` outside a tool call. */
  readonly toolCallId: string | null
  readonly toolName: string | null
  /** Retries used so far by this tool, or by the output outside a tool. 0 at first. */
  readonly retry: number
  readonly maxRetries: number
  /** Whether another retry would exceed the budget. */
  readonly lastAttempt: boolean
  /** How often this very call was started before, after failures or restores; 0 at first. */
  readonly attempt: number
  /** A person approved this call. */
  readonly toolCallApproved: boolean
  /** What was attached to the deferral that this call resumes from; `null` without one. */
  readonly toolCallMetadata: unknown
  /** The output is still growing; only while streaming. */
  readonly partialOutput: boolean
  /** Cancels the run this context belongs to. */
  cancel(reason?: unknown): void
}
