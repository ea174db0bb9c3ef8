export type { ToolDefinition, ToolKind } from './definition.ts'
export type {
  AttachedRun,
  BelowTerms,
  Enqueued,
  EnqueuedItem,
  EnqueueOptions,
  EventRelay,
  RunBelow,
  RunContext,
} from './run-context.ts'
export {
  tool,
  type NoArguments,
  type OnCrash,
  type PrepareTool,
  type Tool,
  type ToolFactory,
  type ToolOptions,
} from './tool.ts'
export { checkToolName } from './tool-name.ts'
export { isToolReturn, toolReturn, type ToolReturn } from './tool-return.ts'
export { toolContent } from './tool-content.ts'
