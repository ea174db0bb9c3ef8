import { isRecord, Place, writeData } from '../../codec/index.ts'
import type { Requirements } from '../../snapshot/index.ts'
import type { AcceptedDifferences } from '../options.ts'

/** The first thing in which a replay is not what was recorded. */
export interface ReplayDifference {
  /** The model request that it belongs to, from 1; tool calls and outputs belong to the request that led to them. */
  readonly step: number
  /**
   * - `request`: the model would be told something else
   * - `tool-call`: a tool is gone or known now, or its arguments do not fit now, or fit, or are refused otherwise
   * - `output`: the run would have another output, or one where it had none, or the other way round
   * - `end`: the run would fail where it went on
   */
  readonly kind: 'request' | 'tool-call' | 'output' | 'end'
  /** Keys and indices: into the recorded messages, the output, or what the run requires. */
  readonly place: readonly (string | number)[]
  /** As it was recorded; `undefined` for what was not there. */
  readonly before: unknown
  /** As it is now. */
  readonly after: unknown
  /** One sentence for people. */
  readonly message: string
}

/** Where two values differ first. */
interface Mismatch {
  readonly place: readonly (string | number)[]
  readonly before: unknown
  readonly after: unknown
}

/** Where two values differ as JSON, some keys aside; `undefined` when they do not. */
export function firstMismatch(
  before: unknown,
  after: unknown,
  ignored: readonly string[] = [],
): Mismatch | undefined {
  return mismatch(plain(before), plain(after), [], new Set(ignored))
}

/** As it comes back from a store. */
function plain(value: unknown): unknown {
  const text = JSON.stringify(writeData(value, new Place(), null))
  return text === undefined ? undefined : (JSON.parse(text) as unknown)
}

function mismatch(
  before: unknown,
  after: unknown,
  place: readonly (string | number)[],
  ignored: ReadonlySet<string>,
): Mismatch | undefined {
  if (Object.is(before, after)) return undefined
  const keys = keysOf(before, after)
  if (keys === undefined) return { place, before, after }
  for (const key of keys) {
    if (ignored.has(String(key))) continue
    const found = mismatch(at(before, key), at(after, key), [...place, key], ignored)
    if (found !== undefined) return found
  }
  return undefined
}

/** The keys of both, when both hold values of one kind. */
function keysOf(before: unknown, after: unknown): readonly (string | number)[] | undefined {
  if (Array.isArray(before) && Array.isArray(after)) {
    return Array.from({ length: Math.max(before.length, after.length) }, (_, index) => index)
  }
  const areObjects = isRecord(before) && isRecord(after)
  return areObjects ? [...new Set([...Object.keys(before), ...Object.keys(after)])] : undefined
}

function at(value: unknown, key: string | number): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined
}

/** What a run was known to require, compared with what it requires now: the log tells nothing of it. */
export function requirementDifference(
  before: Requirements,
  now: Requirements,
  accept: AcceptedDifferences = {},
): ReplayDifference | undefined {
  const renamed = new Map(Object.entries(accept.tools ?? {}))
  const known = before.tools.flatMap((name) => {
    const called = renamed.has(name) ? renamed.get(name) : name
    return called ?? []
  })
  const [were, are] = [known.toSorted(), now.tools.toSorted()]
  if (firstMismatch(were, are) !== undefined) {
    const message = `The tools that are offered were ${listed(were)} and are ${listed(are)}`
    return {
      step: 1,
      kind: 'request',
      place: ['requires', 'tools'],
      before: were,
      after: are,
      message,
    }
  }
  if (before.output === now.output || accept.output === true) return undefined
  const message = `The output was declared as ${before.output} and is ${now.output}`
  const values = { before: before.output, after: now.output }
  return { step: 1, kind: 'output', place: ['requires', 'output'], ...values, message }
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.map((name) => `'${name}'`).join(', ')
}
