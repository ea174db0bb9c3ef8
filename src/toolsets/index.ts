export type { InstructionPart, InstructionsResult, Toolset, ToolsetTool } from './toolset.ts'
export {
  functionToolset,
  type FunctionToolsetOptions,
  type ToolsetInstruction,
} from './function.ts'
export { combinedToolset } from './combined.ts'
export { prefixedToolset } from './prefixed.ts'
export { renamedToolset } from './renamed.ts'
export { filteredToolset } from './filtered.ts'
export { preparedToolset } from './prepared.ts'
export { approvalRequiredToolset, type NeedsApproval } from './approval-required.ts'
export { externalToolset, type ExternalToolDefinition } from './external.ts'
export { wrapperToolset, type CallTool } from './wrapper.ts'
export type { ChangeTools } from './wrapping.ts'
export { dynamicToolset, type DynamicToolsetOptions, type ToolsetFactory } from './dynamic.ts'
export {
  actorToolset,
  type ActorToolsetOptions,
  type ChartEventOptions,
  type ChartOptions,
} from './actor-toolset.ts'
export { chartEvent, ChartMoves, type ChartMovesOptions, type Move } from './chart-moves.ts'
export {
  type ChartActor,
  type ChartEvent,
  type EventOf,
  type SnapshotOf,
  stateDescriptions,
} from './chart-snapshot.ts'
