export { type AgentSlot, type Assignment, type Fault, slot, type Slot, type Work } from './slot.ts'
export { type PipelineContext, type PipelineInput, pipelineMachine } from './pipeline.machine.ts'
export {
  type Desk,
  type DeskReply,
  type HandOff,
  type TriageContext,
  type TriageInput,
  triageMachine,
  type TriageOutput,
  type Turn,
} from './triage.machine.ts'
export {
  type Finding,
  type ResearchContext,
  type ResearchEvent,
  type ResearchInput,
  researchMachine,
} from './research.machine.ts'
export {
  type Critique,
  type RefinementContext,
  type RefinementInput,
  refinementMachine,
  type ScoredDraft,
} from './refinement.machine.ts'
export {
  type BudgetedAssignment,
  type BudgetedWork,
  type Order,
  type Report,
  type SupervisionContext,
  type SupervisionInput,
  supervisorMachine,
} from './supervisor.machine.ts'
export {
  type ReviewContext,
  type ReviewEvent,
  type ReviewInput,
  reviewMachine,
} from './review.machine.ts'
