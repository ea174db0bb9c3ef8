import { AgentError } from './agent-error.ts'

/** The caller used the framework in a way that cannot work; repeating the step changes nothing. */
export class UserError extends AgentError {
  override name = 'UserError' as const
}
