import type {
  DeferredToolRequests,
  RetryPromptPart,
  ToolCallPart,
  ToolReturnPart,
  UserContent,
} from '../messages/index.ts'

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

/** Calls of the response wait for a person or for an answer from outside. */
export interface DeferredToolRequestsEvent {
  readonly eventKind: 'deferred_tool_requests'
  readonly requests: DeferredToolRequests
}

/** What happens in a run's tool phase, in order. */
export type AgentEvent =
  | FunctionToolCallEvent
  | FunctionToolResultEvent
  | OutputToolCallEvent
  | OutputToolResultEvent
  | DeferredToolRequestsEvent
