export {
  Agent,
  type AgentConstructor,
  type AgentMachineInput,
  type AgentOverrides,
  type Restore,
  type RunArguments,
  type RunOutput,
} from './agent.ts'
export { captureRunMessages, type RunCapture } from './capture.ts'
export type { AgentOptions, PromptInput, Retries, RunOptions } from './options.ts'
export { type WithDeps, withDeps } from './with-deps.ts'
