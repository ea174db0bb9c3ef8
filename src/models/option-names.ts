import { UserError } from '../errors/index.ts'

/**
 * Refuses options that there are not: types do not see them where options come from a file.
 *
 * @param known the names, as keys
 * @param what whose options they are, with its article: `a model`
 * @throws {UserError} for the first one that is unknown, with the one that was probably meant
 */
export function checkOptionNames(
  options: object,
  known: Readonly<Record<string, true>>,
  what: string,
): void {
  const names = Object.keys(known)
  const unknown = Object.keys(options).find((name) => !names.includes(name))
  if (unknown === undefined) return
  const meant = names.find((name) => name.toLowerCase() === unknown.toLowerCase())
  const question = meant === undefined ? '' : `Did you mean \`${meant}\`? `
  throw new UserError(`\`${unknown}\` is no option of ${what}`, {
    hint: `${question}There are ${names.join(', ')}`,
  })
}
