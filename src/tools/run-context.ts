import type { AcceptedDifferences } from '../agent/index.ts'
import type { AnyActorRef } from 'xstate'
import type { CallAddress, NestedRun, NestedVerdict } from '../../machines/index.ts'
import type {
  ModelMessage,
  ModelMessageInput,
  RequestPartInput,
  UserContent,
  UserContentInput,
} from '../messages/index.ts'
import type { Clock, Model, ModelSettings } from '../models/index.ts'
import type { AgentEvent } from '../streaming/index.ts'
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
  /**
   * Tells whoever follows the run of something, as an event of kind `custom`. Resolves when the readers have caught up:
   * a tool that tells much may wait for that; one that does not wait is not held up, and what a slow reader has not read
   * of it beyond 1,024 events is dropped and counted.
   *
   * @param name what kind of event it is, in the application's own words
   */
  emit(name: string, data?: unknown): Promise<void>
  /** How the run of an agent that is a tool is kept with its call; no business of tools. Absent: not at all. */
  readonly below?: RunBelow | undefined
  /** How a run that is given `parent: ctx` tells those who follow this one; no business of tools. Absent: not at all. */
  readonly relay?: EventRelay
  /** The actor that a run given `parent: ctx` is shown under; no business of tools. Absent: nobody looks. */
  readonly actor?: AnyActorRef | undefined
  /**
   * Gives the model something to read that it did not ask for.
   *
   * @returns an id that the event `enqueued_messages` repeats when it is delivered; `null` when there was nothing in it
   * @throws {UserError} when it does not end in something the model can respond to
   */
  enqueue(content: Enqueued, options?: EnqueueOptions): string | null
}

/** The way of events from a run to those who follow the run above it. */
export interface EventRelay {
  /** Whether anybody follows, so that responses are worth streaming. Changes as readers come and go. */
  readonly isStreamed: boolean
  tell(from: { readonly runId: string; readonly agentName: string | null }, event: AgentEvent): void
  /** Resolves when the readers have caught up; `undefined` when there is room now. */
  room(): Promise<void> | undefined
}

/** A run below a call, as the run above speaks with it. */
export interface AttachedRun {
  /** The run as it is now. */
  collect(): NestedRun
  /** Hands down what somebody said about one of its calls. */
  decide(verdict: NestedVerdict): void
  /** Whether a call of it waits at this address, or may come to it. */
  mayWait(address: CallAddress): boolean
}

/** How a run waits, and by which clock. */
export interface BelowTerms {
  readonly deferred: 'end' | 'wait'
  /** `undefined`: as long as it takes. */
  readonly waitTimeoutMs: number | undefined
  readonly onWaitExpired: 'tell-model' | 'fail'
  readonly cancelGraceMs: number
  readonly clock: Clock
}

/** How a run below a call is kept with it by the run above. */
export interface RunBelow {
  /** The snapshot that an earlier try of the call has left; `undefined` for none. */
  readonly saved: unknown
  /** Whether the run above is saved to a store. */
  readonly isStored: boolean
  /** The differences with which the run above was taken up. */
  readonly accept: AcceptedDifferences | undefined
  /** What holds for runs below as it does for the run above. */
  readonly terms: BelowTerms
  attach(run: AttachedRun): void
  /** Resolves once the run above is saved, with this one as it is now. */
  keep(): Promise<void>
  /** What the run below waits for has changed. */
  tell(run: NestedRun): void
  /** The run below stops where it is; the next try of the call goes on from there. */
  settle(): void
  /** The next try of the call begins anew. */
  forget(): void
}

/** One thing to enqueue, or several in order: user content, request parts, whole messages. */
export type Enqueued = EnqueuedItem | readonly EnqueuedItem[]

/** Neighbouring pieces of user content join one prompt, neighbouring parts one request. */
export type EnqueuedItem = UserContentInput | RequestPartInput | ModelMessageInput

/** When enqueued messages are sent. */
export interface EnqueueOptions {
  /**
   * `asap`: with the next request. `when_idle`: when the run would end, which it then does not. Default `asap`, which
   * also keeps the run from ending.
   */
  readonly priority?: 'asap' | 'when_idle'
}
