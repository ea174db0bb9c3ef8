export type { Model, ModelCall, ModelRequestParameters, OutputMode, OutputObject } from './model.ts'
export { defaultProfile, type ModelProfile } from './profile.ts'
export type { ModelSettings, ToolChoice } from './settings.ts'
export { type Clock, longestTimerMs, systemClock } from './clock.ts'
export { assertRequestsAllowed, forbidModelRequests } from './guard.ts'
export type { NamedModelOptions } from './named-model.ts'
export { model, type ModelInput, toModel } from './resolve.ts'
export type { AiSdkLanguageModel } from './ai-sdk/protocol.ts'
export { collectStream, piecesOf, streamFrom } from './stream.ts'
export type {
  AdvisorTool,
  CodeExecutionTool,
  FileSearchTool,
  ImageGenerationTool,
  McpServerTool,
  MemoryTool,
  NativeTool,
  NativeToolFields,
  ToolSearchTool,
  WebFetchTool,
  WebSearchTool,
} from './native-tool.ts'
export { WrapperModel } from './wrapper-model.ts'
export { withSettings } from './with-settings.ts'
export { hasBegunAnew } from './fallback-pin.ts'
export { FallbackModel, type FallbackOptions } from './fallback-model.ts'
export type { BadResponse, FallbackCondition } from './fallback-conditions.ts'
export { retrying, RetryingModel, type RetryOptions } from './retrying-model.ts'
export { ConcurrencyLimiter, type ConcurrencyLimits } from './concurrency-limiter.ts'
export { ConcurrencyLimitedModel, limitConcurrency } from './concurrency-limited-model.ts'
export { modelRequest, type ModelRequestOptions, modelRequestStream } from './direct.ts'
export type { ModelResponseStream } from './response-stream.ts'
