export {
  type AgentActor,
  AgentMachine,
  type AgentMachineLogic,
  type AgentSnapshot,
} from './agent-machine.ts'
export { AgentRunResult, type MessageOptions } from './agent-run-result.ts'
export { AgentRun, type AgentRunContext, type NextOptions, type RunEvent } from './agent-run.ts'
export { AgentStream, type OnLeave, type ViewOptions } from './agent-stream.ts'
export type { DebounceOptions } from './debounce.ts'
export { type EventsOptions, type Inspector, RunHost, type RunStart } from './run-host.ts'
