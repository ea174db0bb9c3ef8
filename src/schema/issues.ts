import type { ErrorDetails } from '../messages/index.ts'
import { bestBranch } from './best-branch.ts'
import { isJsonObject } from './parse-arguments.ts'
import type { StandardIssue } from './standard-schema.ts'
import { maxIssues } from './validator/check.ts'

/** What libraries add to the issues of Standard Schema; read by shape, as any of them may be there. */
interface RichIssue extends StandardIssue {
  /** zod: the kind of problem; ours: the type. */
  readonly code?: unknown
  /** zod: the name of the wanted type; valibot: the wanted type or value as text. */
  readonly expected?: unknown
  /** zod: unknown keys. */
  readonly keys?: unknown
  /** zod: what each option of a union had to say. */
  readonly errors?: unknown
  /** valibot: `schema` for wrong types, `validation` for the rest. */
  readonly kind?: unknown
  /** valibot: the name of the schema or action. */
  readonly type?: unknown
}

type Loc = readonly (string | number)[]

/** Issues of any Standard Schema in our words: one a problem, with its exact place and what was found there. */
export function detailsOf(
  issues: readonly RichIssue[],
  value: unknown,
  base: Loc = [],
): ErrorDetails[] {
  return issues.slice(0, maxIssues).flatMap((issue) => detail(issue, value, base))
}

function detail(issue: RichIssue, value: unknown, base: Loc): readonly ErrorDetails[] {
  const loc = [...base, ...(issue.path ?? []).map(keyOf)]
  const input = valueAt(value, loc)
  if (isStrings(issue.keys)) {
    return issue.keys.slice(0, maxIssues).map((key) => extra([...loc, key], valueAt(input, [key])))
  }
  if (isBranches(issue.errors)) {
    const branches = issue.errors.map((errors) => detailsOf(errors, value, loc))
    return bestBranch(branches, loc, input)
  }
  if (issue.type === 'strict_object' && issue.expected === 'never') return [extra(loc, input)]
  if (isMissing(issue, value, loc)) {
    const holder = valueAt(value, loc.slice(0, -1))
    return [{ type: 'missing', loc, msg: 'Field required', input: holder }]
  }
  return [{ type: typeOf(issue), loc, msg: issue.message, input }]
}

function extra(loc: Loc, input: unknown): ErrorDetails {
  return { type: 'extra_forbidden', loc, msg: 'Extra inputs are not permitted', input }
}

function keyOf(segment: PropertyKey | { readonly key: PropertyKey }): string | number {
  const key = typeof segment === 'object' ? segment.key : segment
  return typeof key === 'number' ? key : String(key)
}

/** The value under these keys; `null` where there is none. */
function valueAt(value: unknown, loc: Loc): unknown {
  let current = value
  for (const key of loc) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return null
    current = Array.isArray(current) ? current[Number(key)] : isJsonObject(current) && current[key]
  }
  return current ?? null
}

/** A wrong type where an object has no such key; a rule of the user's own may speak about absent keys too. */
function isMissing(issue: RichIssue, value: unknown, loc: Loc): boolean {
  const key = loc.at(-1)
  const holder = valueAt(value, loc.slice(0, -1))
  if (typeof key !== 'string' || !isJsonObject(holder) || holder[key] !== undefined) return false
  return issue.code !== 'custom' && issue.kind !== 'validation'
}

function typeOf({ code, expected, kind, type }: RichIssue): string {
  if (code === 'invalid_type' && typeof expected === 'string') return typeName(expected)
  if (code === 'custom') return 'value_error'
  if (typeof code === 'string' && /^[a-z][a-z_]*$/.test(code)) return code
  if (typeof type !== 'string') return 'value_error'
  return kind === 'validation' ? ruleName(type) : (schemaNames.get(type) ?? typeName(type))
}

function typeName(type: string): string {
  return `${synonyms.get(type) ?? type}_type`
}

const synonyms: ReadonlyMap<string, string> = new Map([
  ['int', 'integer'],
  ['record', 'object'],
  ['strict_object', 'object'],
  ['loose_object', 'object'],
  ['tuple', 'array'],
])

const schemaNames: ReadonlyMap<string, string> = new Map([
  ['enum', 'invalid_value'],
  ['literal', 'invalid_value'],
  ['picklist', 'invalid_value'],
  ['union', 'invalid_union'],
  ['variant', 'invalid_union'],
])

/** valibot has a name for every rule; zod's few names cover them. */
function ruleName(rule: string): string {
  if (/^(?:min_|gt_|non_empty|not_empty)/.test(rule)) return 'too_small'
  if (/^(?:max_|lt_)/.test(rule)) return 'too_big'
  if (rule === 'multiple_of') return 'not_multiple_of'
  if (/^(?:safe_)?integer$/.test(rule)) return 'integer_type'
  return /check|custom/.test(rule) ? 'value_error' : 'invalid_format'
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function isBranches(value: unknown): value is readonly (readonly RichIssue[])[] {
  const isIssue = (item: unknown): boolean =>
    isJsonObject(item) && typeof item['message'] === 'string'
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((branch) => Array.isArray(branch) && branch.every(isIssue))
  )
}
