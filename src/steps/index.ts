export type { SelectModel } from './select-model.ts'
export { Cancellation, isLetGo, letGo, type StopError } from './cancellation.ts'
export { callTools } from './call-tools.ts'
export {
  type CallReport,
  type CutOff,
  type VerdictWaiter,
  type Follow,
  failed,
  type Metadata,
  type RunSetup,
  type RunsBelow,
  type Step,
  type StepMemo,
  type StepPorts,
} from './ports.ts'
export { pendingMessages } from './pending-messages.ts'
export { preparePrompt } from './prepare-prompt.ts'
export { requestModel } from './request-model.ts'
export { type ContextFacts, StepContext } from './step-context.ts'
export { uuidV7 } from './uuid-v7.ts'
export type { EndStrategy } from './end-strategies.ts'
export type { Instruction, MaybeText } from './instructions.ts'
export type { SettingsLayer } from './settings.ts'
export type { SystemPrompt } from './system-prompts.ts'
