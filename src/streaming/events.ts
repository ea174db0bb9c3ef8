import type {
  DeferredToolRequests,
  DeferredToolResults,
  ModelMessage,
  ResponsePart,
  RetryPromptPart,
  ToolAvailabilityDeltaPart,
  ToolCallPart,
  ToolReturnPart,
  UserContent,
} from '../messages/index.ts'

/** What a part of a response is. */
export type ResponsePartKind = ResponsePart['partKind']

/** A part of the response begins. A part that is announced again takes the place of the one with its index. */
export interface PartStartEvent {
  readonly eventKind: 'part_start'
  /** Place of the part in the response. */
  readonly index: number
  /** With what it begins with; all of it, when it came whole. */
  readonly part: ResponsePart
  /** Of the part that began before it; `null` for the first. */
  readonly previousPartKind: ResponsePartKind | null
}

/** A part of the response grows. */
export interface PartDeltaEvent {
  readonly eventKind: 'part_delta'
  readonly index: number
  readonly delta: PartDelta
}

/** A part of text, thinking or a tool call is whole. */
export interface PartEndEvent {
  readonly eventKind: 'part_end'
  readonly index: number
  readonly part: ResponsePart
  /** Of the part that begins next; `null` after the last. */
  readonly nextPartKind: ResponsePartKind | null
}

/** By how much a part grows. */
export type PartDelta = TextPartDelta | ThinkingPartDelta | ToolCallPartDelta

/** What the provider adds to a part. */
export interface ProviderDelta {
  readonly providerName: string | null
  readonly providerDetails: Readonly<Record<string, unknown>> | null
}

/** Text that is added. */
export interface TextPartDelta extends ProviderDelta {
  readonly partDeltaKind: 'text'
  readonly contentDelta: string
}

/** Thinking that is added, its signature, or both. */
export interface ThinkingPartDelta extends ProviderDelta {
  readonly partDeltaKind: 'thinking'
  readonly contentDelta: string | null
  /** Takes the place of the signature before. */
  readonly signatureDelta: string | null
}

/** What is added to a call: to its name, or to its arguments. */
export interface ToolCallPartDelta extends ProviderDelta {
  readonly partDeltaKind: 'tool_call'
  readonly toolNameDelta: string | null
  /** Text to append, or keys to add. */
  readonly argsDelta: string | Readonly<Record<string, unknown>> | null
  readonly toolCallId: string | null
}

/**
 * What may become the output has begun. It is announced once a response, at the first part that could be it; tool calls
 * that follow may still lead the run on.
 */
export interface FinalResultEvent {
  readonly eventKind: 'final_result'
  /** The output tool; `null` for text, images and calls that are put off. */
  readonly toolName: string | null
  readonly toolCallId: string | null
}

/** A function tool, or a call that is put off, is about to be handled. */
export interface FunctionToolCallEvent {
  readonly eventKind: 'function_tool_call'
  readonly part: ToolCallPart
  /** `null` when the arguments were not looked at. */
  readonly argsValid: boolean | null
}

/** A function tool call is settled. */
export interface FunctionToolResultEvent {
  readonly eventKind: 'function_tool_result'
  readonly part: ToolReturnPart | RetryPromptPart
  /** What the tool wants the model to read besides its result. */
  readonly content: string | readonly UserContent[] | null
}

/** An output tool call is settled; its result event follows at once. */
export interface OutputToolCallEvent {
  readonly eventKind: 'output_tool_call'
  readonly part: ToolCallPart
  readonly argsValid: boolean | null
}

/** What the model is told of its output tool call. */
export interface OutputToolResultEvent {
  readonly eventKind: 'output_tool_result'
  readonly part: ToolReturnPart | RetryPromptPart
}

/** Tools have become available to the model. */
export interface ToolAvailabilityDeltaEvent {
  readonly eventKind: 'tool_availability_delta'
  readonly part: ToolAvailabilityDeltaPart
}

/** Messages that were enqueued are now part of the conversation. */
export interface EnqueuedMessagesEvent {
  readonly eventKind: 'enqueued_messages'
  readonly enqueueId: string
  readonly messages: readonly ModelMessage[]
}

/** Calls of the response wait for a person or for an answer from outside. */
export interface DeferredToolRequestsEvent {
  readonly eventKind: 'deferred_tool_requests'
  readonly requests: DeferredToolRequests
}

/** Calls that were put off have been answered within the run. */
export interface DeferredToolResultsEvent {
  readonly eventKind: 'deferred_tool_results'
  readonly results: DeferredToolResults
  /** Who decided, if that is known. Ours: the reference does not tell. */
  readonly by?: string
  /** When; ISO 8601. */
  readonly at?: string
}

/** Something that a tool tells whoever follows the run; see `ctx.emit`. Ours: the reference has no such event. */
export interface CustomEvent {
  readonly eventKind: 'custom'
  /** What kind of event it is, in the tool's own words. */
  readonly name: string
  readonly data: unknown
  readonly toolName: string | null
  readonly toolCallId: string | null
}

/**
 * A model that stands for several, or tries several times, has failed once and goes on. What came of that attempt does
 * not count: parts begin anew. Ours: the reference has no such event.
 */
export interface ModelAttemptFailedEvent {
  readonly eventKind: 'model_attempt_failed'
  readonly modelName: string
  /** Counts from 1. */
  readonly attempt: number
  readonly error: unknown
  /** Until the next attempt, in milliseconds. */
  readonly delayMs: number
  /** The model that is asked next. */
  readonly nextModelName: string
}

/**
 * Something that happened in a run below this one: an agent that a tool has asked, given `parent: ctx`. Ours: the
 * reference has no such event.
 */
export interface NestedEvent {
  readonly eventKind: 'nested'
  readonly runId: string
  readonly agentName: string | null
  /** The call that the run belongs to; `null` outside of tools. */
  readonly toolName: string | null
  readonly toolCallId: string | null
  /** Of the run below; nested itself, when it comes from further down. */
  readonly event: AgentEvent
}

/** The run has reached its end. It is the last event, and not meant for JSON. */
export interface AgentRunResultEvent<TResult = unknown> {
  readonly eventKind: 'agent_run_result'
  readonly result: TResult
}

/** What a streamed response consists of. */
export type ResponseEvent = PartStartEvent | PartDeltaEvent | PartEndEvent | FinalResultEvent

/** What happens in a run, in order. `TResult` is what its last event carries. */
export type AgentEvent<TResult = unknown> =
  | ResponseEvent
  | FunctionToolCallEvent
  | FunctionToolResultEvent
  | OutputToolCallEvent
  | OutputToolResultEvent
  | ToolAvailabilityDeltaEvent
  | EnqueuedMessagesEvent
  | DeferredToolRequestsEvent
  | DeferredToolResultsEvent
  | CustomEvent
  | ModelAttemptFailedEvent
  | NestedEvent
  | AgentRunResultEvent<TResult>
