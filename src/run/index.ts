export {
  type AgentActor,
  AgentMachine,
  type AgentMachineLogic,
  type AgentSnapshot,
} from './agent-machine.ts'
export { AgentRunResult, type MessageOptions } from './agent-run-result.ts'
export { AgentRun, type AgentRunContext, type NextOptions } from './agent-run.ts'
export { type Inspector, type RunStart } from './run-host.ts'
