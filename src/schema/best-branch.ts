import type { ErrorDetails } from '../messages/index.ts'

type Issues = readonly ErrorDetails[]

/**
 * What to report when a value fits no option of a union: the issues of the option it was clearly meant for, else one
 * for the union. Meant for is the only option whose issues all lie inside the value, or the only one that is not null.
 */
export function bestBranch(
  branches: readonly Issues[],
  loc: ErrorDetails['loc'],
  input: unknown,
): Issues {
  const inside = branches.filter((issues) => issues.every((issue) => issue.loc.length > loc.length))
  const tagged = inside.filter((issues) => !issues.some(isWrongTag(loc)))
  const real = branches.filter((issues) => !issues.some(isAboutNull(loc)))
  for (const candidates of [tagged, inside, real]) {
    const [only, second] = candidates
    if (only !== undefined && second === undefined) return only
  }
  const wishes = new Set(branches.flatMap((issues) => issues[0]?.msg ?? []))
  return [{ type: 'invalid_union', loc, msg: [...wishes].join('; or: '), input }]
}

/** A key of the value at `loc` does not hold what it must: for unions, the tag of another option. */
export function isWrongTag(loc: ErrorDetails['loc']): (issue: ErrorDetails) => boolean {
  return ({ type, loc: at }) => type === 'invalid_value' && at.length === loc.length + 1
}

function isAboutNull(loc: ErrorDetails['loc']): (issue: ErrorDetails) => boolean {
  return ({ type, loc: at }) => type === 'null_type' && at.length === loc.length
}
