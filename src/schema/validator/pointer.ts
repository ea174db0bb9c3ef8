import { isJsonObject } from '../parse-arguments.ts'
import type { JsonObject } from '../schema.ts'

/**
 * The schema itself, or what its `$ref` leads to in the end; `undefined` when that points at nothing in `root` or in a
 * circle. Only references inside the same schema are followed: `#` and `#/…`.
 */
export function followPointer(root: JsonObject, schema: unknown): unknown {
  const seen = new Set<unknown>()
  let current = schema
  while (isJsonObject(current) && typeof current['$ref'] === 'string') {
    if (seen.has(current)) return undefined
    seen.add(current)
    current = resolvePointer(root, current['$ref'])
  }
  return current
}

/** One step: what a `$ref` names. */
export function resolvePointer(root: JsonObject, pointer: string): unknown {
  if (pointer === '#') return root
  if (!pointer.startsWith('#/')) return undefined
  let current: unknown = root
  for (const key of pointer.slice(2).split('/').map(unescapeKey)) {
    if (Array.isArray(current)) current = current[Number(key)]
    else current = isJsonObject(current) && Object.hasOwn(current, key) ? current[key] : undefined
  }
  return current
}

function unescapeKey(key: string): string {
  return decode(key).replaceAll('~1', '/').replaceAll('~0', '~')
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
