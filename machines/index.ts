export {
  type AgentContext,
  type AgentInput,
  type AgentOutput,
  type Drive,
  type Failure,
  type GraphEvent,
  type PendingMessages,
  type StepAdvanced,
  type StepFailed,
  type StepOutcome,
  type StepReference,
  type ToolRetries,
} from './agent-context.ts'
export { agentMachine } from './agent.machine.ts'
export { advance, goesOn, initialContext, moveCalls, outputOf } from './agent-updates.ts'
export {
  type CallFacts,
  type CallKind,
  type CallMove,
  type CallResult,
  type LedgerEntry,
  moveLedger,
  openLedger,
} from './ledger.ts'
export { outcomeOf } from './outcome.ts'
export {
  isSettled,
  moveToolCall,
  type ToolCallEvent,
  type ToolCallEventType,
  toolCallMachine,
  type ToolCallState,
} from './tool-call.machine.ts'
