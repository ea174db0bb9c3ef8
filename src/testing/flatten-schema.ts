import type { JsonObject } from '../schema/index.ts'

/** A schema without `$ref` and `allOf`, and the references that were followed from the root to it. */
export interface FlatSchema {
  readonly keywords: JsonObject
  readonly trail: ReadonlySet<string>
}

/**
 * Follows `$ref` inside the document and merges `allOf`. `undefined` when no data fits, or when a reference comes up
 * again on its own trail: data that needs that could only be endless, or is longer than it must be.
 */
export function flatten(
  root: JsonObject,
  schema: unknown,
  trail: ReadonlySet<string>,
): FlatSchema | undefined {
  if (schema === false) return undefined
  if (!isObject(schema)) return { keywords: {}, trail }
  const { $ref, allOf, ...keywords } = schema
  let flat: FlatSchema | undefined = { keywords, trail }
  for (const part of Array.isArray(allOf) ? allOf : []) flat = flat && mergePart(root, flat, part)
  return flat && typeof $ref === 'string' ? follow(root, flat, $ref) : flat
}

function mergePart(root: JsonObject, into: FlatSchema, part: unknown): FlatSchema | undefined {
  const flat = flatten(root, part, into.trail)
  return flat && { keywords: mergeKeywords(into.keywords, flat.keywords), trail: flat.trail }
}

function follow(root: JsonObject, from: FlatSchema, reference: string): FlatSchema | undefined {
  if (from.trail.has(reference)) return undefined
  const trail = new Set([...from.trail, reference])
  return mergePart(root, { ...from, trail }, lookUp(root, reference))
}

/** What a reference such as `#/$defs/Node` names; anything goes where it leads nowhere. */
function lookUp(root: JsonObject, reference: string): unknown {
  const keys = reference.replace(/^#\/?/, '').split('/').filter(Boolean)
  let found: unknown = root
  for (const key of keys) {
    const name = decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~')
    found = isObject(found) && Object.hasOwn(found, name) ? found[name] : undefined
  }
  return found
}

/** Keywords that hold for both; where two cannot be joined, the second one's. */
export function mergeKeywords(a: JsonObject, b: JsonObject): JsonObject {
  const merged: Record<string, unknown> = { ...a }
  for (const [keyword, value] of Object.entries(b)) {
    merged[keyword] = Object.hasOwn(a, keyword) ? join(keyword, a[keyword], value) : value
  }
  return merged
}

function join(keyword: string, a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') {
    if (/^(min|exclusiveMin)/.test(keyword)) return Math.max(a, b)
    if (/^(max|exclusiveMax)/.test(keyword)) return Math.min(a, b)
  }
  if (keyword === 'required') return [...new Set([...listOf(a), ...listOf(b)])]
  if (keyword === 'enum' || keyword === 'type')
    return listOf(a).filter((x) => listOf(b).includes(x))
  if (keyword === 'properties' && isObject(a) && isObject(b)) return joinProperties(a, b)
  return b
}

function joinProperties(a: JsonObject, b: JsonObject): JsonObject {
  const shared = Object.keys(a).filter((key) => Object.hasOwn(b, key))
  return {
    ...a,
    ...b,
    ...Object.fromEntries(shared.map((key) => [key, { allOf: [a[key], b[key]] }])),
  }
}

/** The list, or the list of the one value. */
export function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
