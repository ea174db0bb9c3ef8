export {
  Agent,
  type AgentConstructor,
  type AgentMachineInput,
  type AgentOverrides,
  type Restore,
  type RunArguments,
  type RunOutput,
  type StreamArguments,
  type StreamOptions,
} from './agent.ts'
export { captureRunMessages, type RunCapture } from './capture.ts'
export type { AgentOptions, PromptInput, Retries, RunOptions, Timeouts } from './options.ts'
export { type WithDeps, withDeps } from './with-deps.ts'
