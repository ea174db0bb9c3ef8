// Agents and runs
export {
  Agent,
  type AgentConstructor,
  type AgentMachineInput,
  type AgentOptions,
  type AgentOverrides,
  captureRunMessages,
  type PromptInput,
  type Restore,
  type Retries,
  type RunArguments,
  type RunCapture,
  type RunOptions,
  type RunOutput,
  type WithDeps,
  withDeps,
} from './agent/index.ts'
export {
  type AgentActor,
  type AgentMachineLogic,
  AgentRun,
  type AgentRunContext,
  AgentRunResult,
  type AgentSnapshot,
  type Inspector,
  type MessageOptions,
  type NextOptions,
} from './run/index.ts'

// Nodes
export {
  type AgentNode,
  CallToolsNode,
  End,
  type FinalResult,
  ModelRequestNode,
  type NodeFactory,
  type NodeIdentity,
  type NodeOrEnd,
  UserPromptNode,
} from './nodes/index.ts'

// Tools and toolsets
export {
  type NoArguments,
  type OnCrash,
  type PrepareTool,
  type RunContext,
  type Tool,
  tool,
  type ToolDefinition,
  type ToolFactory,
  type ToolKind,
  type ToolOptions,
  type ToolReturn,
  toolReturn,
} from './tools/index.ts'
export {
  approvalRequiredToolset,
  type CallTool,
  type ChangeTools,
  combinedToolset,
  dynamicToolset,
  type DynamicToolsetOptions,
  type ExternalToolDefinition,
  externalToolset,
  filteredToolset,
  functionToolset,
  type FunctionToolsetOptions,
  type InstructionPart,
  type InstructionsResult,
  type NeedsApproval,
  prefixedToolset,
  preparedToolset,
  renamedToolset,
  type Toolset,
  type ToolsetFactory,
  type ToolsetInstruction,
  type ToolsetTool,
  wrapperToolset,
} from './toolsets/index.ts'

// Output
export {
  deferredToolRequests,
  image,
  type InferOutput,
  type InferOutputDeps,
  nativeOutput,
  outputFunction,
  type OutputFunction,
  type OutputFunctionBody,
  type OutputFunctionFactory,
  type OutputFunctionOptions,
  type OutputItem,
  type OutputSpec,
  type OutputValidator,
  promptedOutput,
  type StructuredOutput,
  type StructuredTextOptions,
  type StructuredTextOutput,
  text,
  type TextOutput,
  textOutput,
  type TextOutputFactory,
  type ToolOutput,
  toolOutput,
} from './output/index.ts'

// Schemas
export {
  type InferSchema,
  type JsonObject,
  jsonSchema,
  type JsonSchemaOptions,
  type Schema,
  type SchemaInput,
  type StandardIssue,
  type StandardJsonSchema,
  type StandardJsonSchemaOptions,
  type StandardProps,
  type StandardResult,
  type StandardSchemaV1,
  toSchema,
  type ValidationResult,
} from './schema/index.ts'

// Models
export {
  type AiSdkLanguageModel,
  defaultProfile,
  type Model,
  model,
  type ModelCall,
  type ModelInput,
  type ModelProfile,
  type ModelRequestParameters,
  type ModelSettings,
  type NamedModelOptions,
  type OutputMode,
  type OutputObject,
  type ToolChoice,
  toModel,
} from './models/index.ts'

// Messages
export {
  completeMessage,
  completeMessages,
  completeRequest,
  completeResponse,
  filesOf,
  type FinishReason,
  type ModelMessage,
  type ModelMessageInput,
  type ModelRequest,
  type ModelRequestInput,
  type ModelResponse,
  type ModelResponseInput,
  type ResponseState,
  responseText,
  responseThinking,
  toolCallsOf,
} from './messages/index.ts'

// Parts of requests
export {
  type ErrorDetails,
  isResult,
  type RequestPart,
  type RequestPartInput,
  RetryPromptPart,
  type RetryPromptPartInput,
  retryPromptText,
  type SpeechPartInput,
  SystemPromptPart,
  type SystemPromptPartInput,
  ToolAvailabilityDeltaPart,
  type ToolAvailabilityDeltaPartInput,
  type ToolOutcome,
  type ToolPartKind,
  toolReturnMedia,
  toolReturnObject,
  ToolReturnPart,
  type ToolReturnPartInput,
  toolReturnText,
  UserPromptPart,
  type UserPromptPartInput,
} from './messages/index.ts'

// Parts of responses
export {
  callArguments,
  type CompactionPart,
  type CompactionPartInput,
  FilePart,
  type FilePartInput,
  generateToolCallId,
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
} from './messages/index.ts'

// What a user prompt is made of
export {
  AudioUrl,
  BinaryContent,
  type BinaryContentInput,
  bytesOf,
  CachePoint,
  type CachePointInput,
  completeUserContent,
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
} from './messages/index.ts'

// Histories, and messages as JSON
export {
  append,
  cleanHistory,
  emptyLog,
  logOf,
  messageFromWire,
  type MessageLog,
  messagesFromJson,
  messagesFromWire,
  messagesOf,
  messagesToJson,
  messagesToWire,
  messageToWire,
  parseTimestamp,
  partToWire,
  repairDanglingCalls,
  type RepairOptions,
  requestPartFromWire,
  responsePartFromWire,
  runUsageFromWire,
  truncate,
  usageFromWire,
  usageToWire,
  userContentFromWire,
  userContentToWire,
  WireHistory,
} from './messages/index.ts'

// Deferred calls
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
} from './messages/index.ts'

// Events
export {
  type AgentEvent,
  type DeferredToolRequestsEvent,
  eventToWire,
  type FunctionToolCallEvent,
  type FunctionToolResultEvent,
  type OutputToolCallEvent,
  type OutputToolResultEvent,
} from './streaming/index.ts'

// Usage
export {
  addUsage,
  cacheHitRatio,
  type PricedRequest,
  priceOf,
  type RequestReservation,
  RequestUsage,
  type RequestUsageInput,
  type ResolvedLimits,
  RunUsage,
  type RunUsageInput,
  type ToolCallsReservation,
  totalTokens,
  type UsageLimits,
  UsageMeter,
  type UsageMeterOptions,
} from './usage/index.ts'

// What a run is made from
export type {
  Clock,
  EndStrategy,
  Instruction,
  MaybeText,
  Metadata,
  SettingsLayer,
  SystemPrompt,
} from './steps/index.ts'

// Errors
export {
  AgentError,
  type AgentErrorOptions,
  ContentFilterError,
  ForeignNodeError,
  IncompleteToolCall,
  MissingKeyError,
  MissingPackageError,
  ModelAPIError,
  ModelHTTPError,
  ModelRequestsForbiddenError,
  RunBusyError,
  RunCancelledError,
  RunDisposedError,
  RunEndedError,
  SlotMissingError,
  UnexpectedModelBehavior,
  UsageLimitExceeded,
  UserError,
  ValidationError,
} from './errors/index.ts'

// Words that tools speak to the model
export { ApprovalRequired, CallDeferred, ModelRetry, ToolFailed } from './errors/index.ts'
