export type {
  AgentEvent,
  AgentRunResultEvent,
  CustomEvent,
  DeferredToolRequestsEvent,
  DeferredToolResultsEvent,
  EnqueuedMessagesEvent,
  FinalResultEvent,
  FunctionToolCallEvent,
  FunctionToolResultEvent,
  ModelAttemptFailedEvent,
  NestedEvent,
  OutputToolCallEvent,
  OutputToolResultEvent,
  PartDelta,
  PartDeltaEvent,
  PartEndEvent,
  PartStartEvent,
  ProviderDelta,
  ResponseEvent,
  ResponsePartKind,
  TextPartDelta,
  ThinkingPartDelta,
  ToolAvailabilityDeltaEvent,
  ToolCallPartDelta,
} from './events.ts'
export type {
  ResponseDelta,
  ResponseFacts,
  ResponsePiece,
  TextPiece,
  ThinkingPiece,
  ToolCallPiece,
  WholePart,
} from './response-delta.ts'
export { EventFeed, type EventReader, type EventView, type ReaderOptions } from './event-feed.ts'
export { type AwaitedOutput, ResponseFold } from './response-fold.ts'
export { GrowingParts } from './growing-parts.ts'
export { eventToWire } from './event-wire.ts'
