import type { StepOutcome } from './agent-context.ts'

/** What a slot settled with, from the event that tells of it; `undefined` for other events and rejected slots. */
export function outcomeOf(event: object): StepOutcome | undefined {
  return 'output' in event && isOutcome(event.output) ? event.output : undefined
}

function isOutcome(value: unknown): value is StepOutcome {
  return typeof value === 'object' && value !== null && 'kind' in value
}
