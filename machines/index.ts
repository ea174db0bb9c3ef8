export {
  type AgentContext,
  type AgentInput,
  type AgentOutput,
  type CallAddress,
  type Drive,
  type Failure,
  type GraphEvent,
  type PendingMessages,
  type StepAdvanced,
  type StepFailed,
  type StepOutcome,
  type StepReference,
  type ToolRetries,
  type VerdictEvent,
} from './agent-context.ts'
export { agentMachine } from './agent.machine.ts'
export { type CallDecision } from './decisions.ts'
export type { AwaitedCall } from './awaited-call.ts'
export {
  advance,
  goesOn,
  holdOutcome,
  initialContext,
  keepFailure,
  moveCalls,
  nextKind,
  outputOf,
} from './agent-updates.ts'
export {
  type CallFacts,
  type CallKind,
  type CallMove,
  type CallResult,
  type CallWait,
  isAwaiting,
  type LedgerEntry,
  moveLedger,
  nameInPath,
  type NestedRun,
  type NestedVerdict,
  openLedger,
  type Verdict,
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
export { isSameCall, keepVerdicts, onlyWaits, withVerdict } from './verdicts.ts'
export { nextDeadline, settleInFlight } from './put-away.ts'
