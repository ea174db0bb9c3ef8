import type { ErrorDetails } from '../messages/index.ts'
import type { JsonPath } from '../schema/index.ts'

/** A JSON value that may still grow. */
export interface OpenValue {
  readonly value: unknown
  /** Without the string that grows; the same value when none does. */
  readonly settledValue: unknown
  /** The innermost place that grows; `undefined` when nothing does any more. */
  readonly openPath: JsonPath | undefined
  /** What grows there is a string. */
  readonly isText: boolean
}

/**
 * What an issue says of a value that still grows: nothing yet, since what is missing may come and what is open may
 * change; that the string which grows is no use before it is whole; or that the value is wrong whatever comes.
 */
export function verdict(
  { type, loc }: ErrorDetails,
  { openPath, isText }: OpenValue,
): 'forgiven' | 'needs-whole-text' | 'wrong' {
  if (openPath === undefined) return 'wrong'
  if (type === 'missing') return leadsTo(loc.slice(0, -1), openPath) ? 'forgiven' : 'wrong'
  if (isText && leadsTo(openPath, loc)) {
    if (type === 'too_big') return 'wrong'
    return textTypes.has(type) ? 'forgiven' : 'needs-whole-text'
  }
  const staysSo = type.endsWith('_type') || finalTypes.has(type)
  if (staysSo || !leadsTo(loc, openPath)) return 'wrong'
  return isText && type === 'invalid_union' ? 'needs-whole-text' : 'forgiven' // it may be the tag
}

/** What more text may heal, though it is text that is wanted. */
const textTypes: ReadonlySet<string> = new Set(['too_small', 'invalid_format', 'value_error'])

/** What more items or keys do not heal. */
const finalTypes: ReadonlySet<string> = new Set(['too_big', 'extra_forbidden', 'invalid_key'])

/** Whether `path` is the place itself, or holds it. */
function leadsTo(path: JsonPath, place: JsonPath): boolean {
  return path.length <= place.length && path.every((key, i) => key === place[i])
}

/** The value inside, at these keys; `undefined` where there is none. */
export function valueAt(value: unknown, path: JsonPath): unknown {
  let current = value
  for (const key of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key))
      return undefined
    current = Reflect.get(current, key)
  }
  return current
}

/** The part of a value at these keys; `undefined` when there is none. */
export function partAt(open: OpenValue, loc: JsonPath): OpenValue | undefined {
  const value = valueAt(open.value, loc)
  if (value === undefined) return undefined
  const { openPath } = open
  const isOpen = openPath !== undefined && leadsTo(loc, openPath)
  return {
    value,
    settledValue: valueAt(open.settledValue, loc),
    openPath: isOpen ? openPath.slice(loc.length) : undefined,
    isText: isOpen && open.isText,
  }
}
