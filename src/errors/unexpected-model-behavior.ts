import { AgentError } from './agent-error.ts'

/** The model answered with something the run cannot go on from, and its retries are used up. */
export class UnexpectedModelBehavior extends AgentError {
  override name: string = 'UnexpectedModelBehavior'
}
