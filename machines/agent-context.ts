import type { DeadlineScope } from '../src/errors/index.ts'
import type { MessageLog, ModelMessage, ModelResponse, UserContent } from '../src/messages/index.ts'
import type { AgentNode, FinalResult, NodeOrEnd, UserPromptNode } from '../src/nodes/index.ts'
import type { RunUsage } from '../src/usage/index.ts'
import type { CallDecision } from './decisions.ts'
import type { CallFacts, CallMove, LedgerEntry, NestedRun } from './ledger.ts'

/** Who moves a run on: the run itself, or somebody who sends `next`. */
export type Drive = 'auto' | 'step'

/** Why a run rests although it was told to move. */
export interface Failure {
  /** The very error that was thrown, or a `RunCancelledError`. */
  readonly error: unknown
  /** Doing the same again would fail the same way. */
  readonly isFinal: boolean
}

/** How often a tool has failed in a row, as far as its retry budget counts it. */
export interface ToolRetries {
  readonly toolName: string
  readonly count: number
}

/** What was enqueued at once: messages that end in a request. */
export interface PendingMessages {
  readonly enqueueId: string
  /** `asap`: with the next request. `when_idle`: when the run would end. */
  readonly priority: 'asap' | 'when_idle'
  readonly messages: readonly ModelMessage[]
}

/** Everything a run knows about itself. Small plain data: the messages are in the host's log. */
export interface AgentContext {
  readonly drive: Drive
  /** At a failure: rest and be retried, or end the actor with the error. */
  readonly onFailure: 'fail' | 'stay'
  readonly runId: string
  readonly conversationId: string
  readonly metadata: Readonly<Record<string, unknown>> | null
  /** What the run was asked; without a prompt, what the request says that it sends again. */
  readonly prompt: string | readonly UserContent[] | null
  /** What is done next, or being done, or the end. */
  readonly node: NodeOrEnd
  readonly visit: number
  /** Model requests prepared so far. */
  readonly step: number
  /** Length of the log. */
  readonly messageCount: number
  /** Where the messages of this run begin in the log. */
  readonly newMessageIndex: number
  /** The calls of the response being handled; empty outside `CallTools`. */
  readonly ledger: readonly LedgerEntry[]
  readonly usage: RunUsage
  readonly outputRetries: number
  readonly toolRetries: readonly ToolRetries[]
  /** After a failure: what the interrupted step would have added to the log. */
  readonly tail: readonly ModelMessage[]
  /** A response that was paid for but not taken, because of a limit or a cancel; taken when the step is repeated. */
  readonly heldResponse: ModelResponse | null
  readonly failure: Failure | null
  /** Messages that wait for their turn, in the order in which they came. */
  readonly pending: readonly PendingMessages[]
  /** Who decided about its calls and those of runs below, the latest last. */
  readonly decisions: readonly CallDecision[]
  /** When the run is to be over, in milliseconds since the epoch; `null` for no deadline. */
  readonly deadline: { readonly at: number } | null
  /** Whether each state is saved before the next one begins. */
  readonly isStored: boolean
  /** What a step came to and is not saved yet. */
  readonly unsaved: StepOutcome | null
  /** A cancel that came while the run was at rest; the next driver gets it. */
  readonly cancelRequest: { readonly reason: unknown } | null
}

/** What a run starts from. */
export interface AgentInput extends Pick<
  AgentContext,
  'runId' | 'conversationId' | 'metadata' | 'usage'
> {
  readonly node: UserPromptNode
  /** Messages that are there already; all of them count as old. Default 0. */
  readonly messageCount?: number
  /** Default: none. */
  readonly deadline?: AgentContext['deadline']
  /** Default `false`. */
  readonly isStored?: boolean
  /** Default `'auto'`. */
  readonly drive?: Drive
  /** Default `'fail'`. */
  readonly onFailure?: 'fail' | 'stay'
}

/** What a finished run hands to its parent. */
export interface AgentOutput<TOutput = unknown>
  extends
    FinalResult<TOutput>,
    Pick<AgentContext, 'usage' | 'runId' | 'conversationId' | 'metadata'> {}

/** What a slot is told; it finds the rest through its host. */
export interface StepReference {
  readonly runId: string
  readonly step: number
}

/** A step did its work: what comes next, and what has changed. */
export interface StepAdvanced extends Partial<
  Pick<
    AgentContext,
    'step' | 'newMessageIndex' | 'outputRetries' | 'toolRetries' | 'metadata' | 'prompt'
  >
> {
  readonly kind: 'advanced'
  readonly node: NodeOrEnd
  /** The log from now on. */
  readonly messages: MessageLog
  readonly usage: RunUsage
  /** Enqueued messages that are now part of the log. */
  readonly delivered?: readonly string[]
  /** The run ends with calls that somebody else is to answer: nothing can be sent before that. */
  readonly endsWithOpenCalls?: boolean
}

/** A step failed or was cancelled. */
export interface StepFailed extends Failure, Pick<AgentContext, 'tail' | 'usage' | 'heldResponse'> {
  readonly kind: 'failed'
}

/** Slots settle with a value; only a slot that is missing or broken rejects. */
export type StepOutcome = StepAdvanced | StepFailed

/** What the agent graph is told. */
export type GraphEvent =
  | {
      readonly type: 'next'
      /** Default: the pending node. */
      readonly node?: AgentNode
      /** Usage limits were changed, so that a failure for a limit is worth a retry. */
      readonly limitsChanged?: boolean
      /** A new deadline, or `null` for none. */
      readonly deadline?: AgentContext['deadline']
    }
  | { readonly type: 'cancel'; readonly reason?: unknown }
  | { readonly type: 'drive'; readonly drive: Drive }
  /** Messages for the model, from tools or from outside. */
  | { readonly type: 'enqueue'; readonly entry: PendingMessages }
  /** The host's clock has reached the deadline of the run, or of what is under way. */
  | {
      readonly type: 'deadline-passed'
      /** `wait`: nobody has said anything about the call at `index`. */
      readonly scope: DeadlineScope | 'wait'
      readonly index?: number
      /** ISO 8601. */
      readonly at?: string
    }
  /** A run that was put away is there again; in `auto` it goes on. */
  | { readonly type: 'run-resumed' }
  /** For a run that was put away with deps; the host takes them, and nobody else keeps them. */
  | { readonly type: 'deps'; readonly deps: unknown }
  | VerdictEvent
  /** From the slot `callTools`: what happened to calls since the last report. */
  | {
      readonly type: 'tool-calls-moved'
      /** All calls of the response, when it is first handled. */
      readonly opened?: readonly CallFacts[]
      readonly moves: readonly CallMove[]
      /** Runs below calls, as they are now. */
      readonly nested?: readonly { readonly index: number; readonly run: NestedRun | null }[]
      readonly usage: RunUsage
    }

/** What somebody outside says about a call that waits for it. The same sent twice counts once. */
export type VerdictEvent = CallAddress &
  (
    | {
        readonly type: 'tool-call-approved'
        /** Instead of the model's; checked like those. */
        readonly overrideArgs?: Readonly<Record<string, unknown>>
      }
    | {
        readonly type: 'tool-call-denied'
        /** What the model reads. Default: `The tool call was denied.` */
        readonly message?: string
      }
    | {
        readonly type: 'tool-call-answered'
        /** What the call returned, or a tagged answer, see `DeferredCallResult`. */
        readonly result: unknown
      }
  )

/** Which call is meant, and who says so. */
export interface CallAddress {
  readonly toolCallId: string
  /** Needed when two calls of one response have this id. */
  readonly index?: number
  /**
   * The calls that led to the run below which asks, outermost first: their ids, with `#` and the place for one that
   * shares its id with another call of the response. Default: none, the run itself asks.
   */
  readonly path?: readonly string[]
  /** Who decided. */
  readonly by?: string
  /** When; ISO 8601. */
  readonly at?: string
}
