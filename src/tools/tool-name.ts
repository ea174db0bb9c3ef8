import { UserError } from '../errors/index.ts'

/** What providers agree on as a tool's name. */
const allowed = /^[a-zA-Z0-9_-]{1,64}$/

/**
 * Gives the name back when every provider would take it.
 * @throws UserError that names the rule, for any other name
 */
export function checkToolName(name: string): string {
  if (allowed.test(name)) return name
  throw new UserError(`'${name}' cannot be the name of a tool`, {
    hint: 'Use 1 to 64 letters, digits, underscores and hyphens (^[a-zA-Z0-9_-]{1,64}$)',
  })
}
