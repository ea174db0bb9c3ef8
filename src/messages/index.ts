export type {
  FinishReason,
  ModelMessage,
  ModelMessageInput,
  ModelRequest,
  ModelRequestInput,
  ModelResponse,
  ModelResponseInput,
  ResponseState,
} from './message.ts'
export {
  type ErrorDetails,
  type RequestPart,
  type RequestPartInput,
  RetryPromptPart,
  type RetryPromptPartInput,
  type SpeechPartInput,
  SystemPromptPart,
  type SystemPromptPartInput,
  ToolAvailabilityDeltaPart,
  type ToolAvailabilityDeltaPartInput,
  type ToolOutcome,
  type ToolPartKind,
  ToolReturnPart,
  type ToolReturnPartInput,
  UserPromptPart,
  type UserPromptPartInput,
} from './request-parts.ts'
export {
  type CompactionPart,
  type CompactionPartInput,
  FilePart,
  type FilePartInput,
  NativeToolCallPart,
  type NativeToolCallPartInput,
  type NativeToolReturnPart,
  type NativeToolReturnPartInput,
  type NewToolCall,
  type ProviderFields,
  type ResponsePart,
  type ResponsePartInput,
  type SpeechPart,
  TextPart,
  type TextPartInput,
  ThinkingPart,
  type ThinkingPartInput,
  type ToolCallFields,
  ToolCallPart,
  type ToolCallPartInput,
} from './response-parts.ts'
export {
  AudioUrl,
  BinaryContent,
  type BinaryContentInput,
  bytesOf,
  CachePoint,
  type CachePointInput,
  DocumentUrl,
  type FileUrl,
  type FileUrlFields,
  type FileUrlInput,
  type FileUrlOptions,
  ImageUrl,
  type InputOf,
  type MultiModalContent,
  standardBase64Of,
  TextContent,
  type TextContentInput,
  UploadedFile,
  type UploadedFileInput,
  type UserContent,
  type UserContentInput,
  VideoUrl,
} from './user-content.ts'
export { messagesFromBrief, messagesToBrief, type RunIds } from './brief.ts'
export {
  completeMessage,
  completeMessages,
  completeRequest,
  completeResponse,
  completeUserContent,
} from './complete.ts'
export {
  messageFromWire,
  messagesFromJson,
  messagesFromWire,
  messagesToJson,
  messagesToWire,
  messageToWire,
  partToWire,
  requestPartFromWire,
  responsePartFromWire,
  runUsageFromWire,
  usageFromWire,
  usageToWire,
  userContentFromWire,
  userContentToWire,
} from './wire.ts'
export {
  type DeferredApproval,
  type DeferredCallResult,
  deferredRequestsFromWire,
  deferredRequestsToWire,
  deferredResultsFromWire,
  deferredResultsToWire,
  type DeferredToolRequests,
  type DeferredToolResults,
  type DeferredToolReturn,
  isDeferredCallResult,
} from './deferred.ts'
export { append, emptyLog, logOf, type MessageLog, messagesOf, truncate } from './log.ts'
export { cleanHistory, isResult, repairDanglingCalls, type RepairOptions } from './repair.ts'
export { WireHistory } from './wire-history.ts'
export {
  callArguments,
  retryPromptText,
  toolReturnMedia,
  toolReturnObject,
  toolReturnText,
} from './render.ts'
export { filesOf, responseText, responseThinking, toolCallsOf } from './response.ts'
export { generateToolCallId } from './identifier.ts'
export { isYouTubeVideo } from './media-type.ts'
export { parseTimestamp } from '../codec/index.ts'
