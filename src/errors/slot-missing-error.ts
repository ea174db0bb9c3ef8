import { AgentError } from './agent-error.ts'

/** A machine reached work that no host has provided. */
export class SlotMissingError extends AgentError {
  override name = 'SlotMissingError' as const
  readonly slot: string

  constructor(slot: string) {
    super(`Nothing was provided for the slot '${slot}'`, {
      hint: 'Use `agent.machine`, or fill the slot with `machine.provide({ actors })`',
    })
    this.slot = slot
  }
}
