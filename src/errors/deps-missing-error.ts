import { AgentError } from './agent-error.ts'

/** A run that was put away with deps is there again, and has got none yet. It rests until it is given some. */
export class DepsMissingError extends AgentError {
  override name = 'DepsMissingError' as const

  constructor() {
    super('This run was put away with deps, which are no part of what is saved', {
      hint: "Send the actor `{ type: 'deps', deps }`, or make it of `agent.with({ deps }).machine`",
    })
  }
}
