export { Cancellation } from './cancellation.ts'
export { type Clock, systemClock } from './clock.ts'
export { callTools } from './call-tools.ts'
export {
  type CutOff,
  failed,
  type Metadata,
  type RunSetup,
  type Step,
  type StepMemo,
  type StepPorts,
} from './ports.ts'
export { preparePrompt } from './prepare-prompt.ts'
export { requestModel } from './request-model.ts'
export { StepContext } from './step-context.ts'
export type { EndStrategy } from './end-strategies.ts'
export type { Instruction, MaybeText } from './instructions.ts'
export type { SettingsLayer } from './settings.ts'
export type { SystemPrompt } from './system-prompts.ts'
