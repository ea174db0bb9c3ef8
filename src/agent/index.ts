export {
  Agent,
  type AgentConstructor,
  type AgentMachineInput,
  type AgentOverrides,
  type Restore,
  type ResumeArguments,
  type RunArguments,
  type RunOutput,
  type StreamArguments,
  type StreamOptions,
} from './agent.ts'
export type { AsToolOptions, PromptArguments } from './as-tool.ts'
export type { DecideArguments, DecideOptions, Decision } from './decide.ts'
export { captureRunMessages, type RunCapture } from './capture.ts'
export type {
  AcceptedDifferences,
  AgentOptions,
  LoadOptions,
  PromptInput,
  ResumeOptions,
  Retries,
  RunOptions,
  Timeouts,
} from './options.ts'
export { type WithDeps, withDeps } from './with-deps.ts'
export type { ForkEdits } from './time-travel/fork-edits.ts'
export type { ReplayOptions, ReplayReport } from './time-travel/replay.ts'
export type { ReplayDifference } from './time-travel/replay-differences.ts'
export type { ForkOptions } from './time-travel/fork.ts'
