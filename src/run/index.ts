export {
  type AgentActor,
  AgentMachine,
  type AgentMachineLogic,
  type AgentSnapshot,
} from './agent-machine.ts'
export { AgentRunResult, type MessageOptions } from './agent-run-result.ts'
export { AgentRun, type NextOptions, type RunEvent } from './agent-run.ts'
export { AgentStream, type OnLeave, type ViewOptions } from './agent-stream.ts'
export type { DebounceOptions } from './debounce.ts'
export type { DecisionOptions } from './decide.ts'
export { RunHost } from './run-host.ts'
export { processName } from './process-name.ts'
export type { KeepOptions, KeepStart } from './run-keeper.ts'
export type { EventsOptions, Inspector, RunStart } from './run-start.ts'
export { type ActorOfAgent, runOf } from './run-of.ts'
export { enqueueEvent } from './enqueue-event.ts'
export type { AgentEmitted } from './emitted.ts'
export { type AgentRunContext, RunView } from './run-view.ts'
export { readRunsBelow } from './read-runs-below.ts'
