import type { ErrorDetails } from '../messages/index.ts'
import type { JsonObject } from './schema.ts'

/** How much untrusted JSON may hold. */
export interface ParseBounds {
  /** Characters of text; of an object, roughly what its text would have. Default 1,048,576 (1 MiB of ASCII). */
  readonly maxChars?: number
  /** Levels of objects and arrays. Default 100. */
  readonly maxDepth?: number
}

/** The value, or the one issue that made it unreadable. */
export type ParsedJson<TValue> =
  | { readonly ok: true; readonly value: TValue }
  | { readonly ok: false; readonly issues: readonly [ErrorDetails] }

/** How much of a text that is too large an issue shows. */
const shownChars = 200
export const defaultMaxChars = 1_048_576
export const defaultMaxDepth = 100

/**
 * Reads the arguments of a tool call as a model or provider wrote them; an empty string, `null` and `undefined` are no
 * arguments. Never throws. Whether they fit the tool is for its schema to say.
 *
 * Refused are text that is no JSON, JSON that is no object, keys called `__proto__` anywhere, and what exceeds `bounds`.
 */
export function parseArguments(
  raw: string | object | null | undefined,
  bounds: ParseBounds = {},
): ParsedJson<JsonObject> {
  if (raw === undefined || raw === null || raw === '') return { ok: true, value: {} }
  const parsed = typeof raw === 'string' ? parseJson(raw, bounds) : checkJson(raw, bounds)
  if (!parsed.ok) return parsed
  if (isJsonObject(parsed.value)) return { ok: true, value: parsed.value }
  return refused('object_type', [], 'Input should be an object', parsed.value)
}

/** Reads any JSON that was not written by us, within bounds and without `__proto__` keys. Never throws. */
export function parseJson(text: string, bounds: ParseBounds = {}): ParsedJson<unknown> {
  const { maxChars = defaultMaxChars, maxDepth = defaultMaxDepth } = bounds
  if (text.length > maxChars) return tooLarge(text, maxChars)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    if (error instanceof RangeError) return tooDeep(text.slice(0, shownChars), maxDepth, [])
    const reason = error instanceof Error ? error.message : String(error)
    return refused('json_invalid', [], `Invalid JSON: ${reason}`, text)
  }
  return isHarmless(text, maxDepth)
    ? { ok: true, value }
    : checkJson(value, { ...bounds, maxChars })
}

/** Whether a value read from JSON is an object, not an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether a look at the text alone rules out bad keys (also escaped ones) and too many levels. */
function isHarmless(text: string, maxDepth: number): boolean {
  if (text.includes('__proto__') || text.includes('\\u')) return false
  if (text.length <= 2 * maxDepth) return true
  let opened = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 0x5b || code === 0x7b) opened++ // [ and {
  }
  return opened <= maxDepth
}

interface Visit {
  readonly value: object
  readonly loc: readonly (string | number)[]
}

/** Walks without recursion; a value that holds itself runs into a bound. */
function checkJson(root: unknown, bounds: ParseBounds): ParsedJson<unknown> {
  const { maxChars = defaultMaxChars, maxDepth = defaultMaxDepth } = bounds
  if (typeof root !== 'object' || root === null) return { ok: true, value: root }
  const waiting: Visit[] = [{ value: root, loc: [] }]
  let chars = 0
  for (let visit = waiting.pop(); visit !== undefined; visit = waiting.pop()) {
    if (visit.loc.length >= maxDepth) return tooDeep(null, maxDepth, visit.loc)
    const isArray = Array.isArray(visit.value)
    const entries: [string, unknown][] = Object.entries(visit.value)
    for (const [key, value] of entries) {
      const loc = [...visit.loc, isArray ? Number(key) : key]
      if (key === '__proto__') return refused('forbidden_key', loc, 'Key is not allowed', null)
      chars += 1 + (isArray ? 0 : key.length) + (typeof value === 'string' ? value.length : 1)
      if (chars > maxChars) return tooLarge('', maxChars)
      if (typeof value === 'object' && value !== null) waiting.push({ value, loc })
    }
  }
  return { ok: true, value: root }
}

function tooLarge(text: string, maxChars: number): ParsedJson<never> {
  const msg = `Input should have at most ${maxChars} characters`
  return refused('too_large', [], msg, `${text.slice(0, shownChars)}…`)
}

function tooDeep(
  input: unknown,
  maxDepth: number,
  loc: readonly (string | number)[],
): ParsedJson<never> {
  return refused('too_deep', loc, `Input should have at most ${maxDepth} levels`, input)
}

function refused(
  type: string,
  loc: readonly (string | number)[],
  msg: string,
  input: unknown,
): ParsedJson<never> {
  return { ok: false, issues: [{ type, loc, msg, input }] }
}
