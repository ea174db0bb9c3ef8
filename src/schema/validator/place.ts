import { UserError } from '../../errors/index.ts'
import { isJsonObject } from '../parse-arguments.ts'
import type { JsonObject } from '../schema.ts'
import type { Check } from './check.ts'

/** A place in a JSON Schema that is being compiled, and the way on from there. */
export interface Place {
  /** The schema whose keywords are read. */
  readonly schema: JsonObject
  /** Compiles a schema for values inside the value. The keys lead from `schema` to it. */
  child(schema: unknown, ...keys: (string | number)[]): Check
  /** Compiles a schema for the same value. */
  here(schema: unknown, ...keys: (string | number)[]): Check
  /** The schema a local reference points at, compiled for the same value. */
  reference(pointer: string): Check
  /** The schema itself, or what its reference leads to. */
  follow(schema: unknown): unknown
  /** @throws {UserError} that names the place */
  refuse(problem: string, ...keys: (string | number)[]): never
}

/** A refusal of a JSON Schema, with the place in it. */
export function schemaError(
  name: string | undefined,
  problem: string,
  path: readonly (string | number)[],
): UserError {
  const place = path.length === 0 ? 'at its root' : `at #/${path.map(escapeKey).join('/')}`
  const hint = 'Correct it, or pass your own check: jsonSchema(schema, { validate })'
  return new UserError(
    `The JSON Schema${name ? ` '${name}'` : ''} cannot be used: ${problem}, ${place}`,
    { hint },
  )
}

/** Reads a keyword as a list of strings; absent is an empty one. */
export function stringsOf(place: Place, keyword: string): readonly string[] {
  const value = place.schema[keyword] ?? []
  if (isStrings(value)) return value
  return place.refuse(`\`${keyword}\` must be a list of strings`)
}

export function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

/** Reads a keyword as a number, whole and not negative where `isCount`; `undefined` when absent. */
export function numberOf(place: Place, keyword: string, isCount = false): number | undefined {
  const value = place.schema[keyword]
  if (value === undefined) return undefined
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    return place.refuse(`\`${keyword}\` must be a number`)
  }
  if (isCount && (!Number.isInteger(value) || value < 0)) {
    return place.refuse(`\`${keyword}\` must be a whole number from 0 up`)
  }
  return value
}

/** Reads a keyword as an object whose values are schemas, or lists; absent is an empty one. */
export function entriesOf(place: Place, keyword: string): readonly (readonly [string, unknown])[] {
  const value = place.schema[keyword]
  if (value === undefined) return []
  if (isJsonObject(value)) return Object.entries(value)
  return place.refuse(`\`${keyword}\` must be an object`)
}

/** Reads a keyword as a list of schemas and compiles them for the same value, or for values inside. */
export function listOf(place: Place, keyword: string, where: 'here' | 'child'): readonly Check[] {
  const value = place.schema[keyword]
  if (value === undefined) return []
  if (!Array.isArray(value)) return place.refuse(`\`${keyword}\` must be a list of schemas`)
  return value.map((schema: unknown, i) =>
    where === 'here' ? place.here(schema, keyword, i) : place.child(schema, keyword, i),
  )
}

/** Compiles a regular expression as JSON Schema means it. */
export function patternAt(place: Place, source: unknown, ...keys: string[]): RegExp {
  if (typeof source !== 'string') return place.refuse('`pattern` must be a string', ...keys)
  for (const flags of ['u', '']) {
    try {
      return new RegExp(source, flags)
    } catch {
      continue // many patterns in the wild escape what needs none, which `u` forbids
    }
  }
  return place.refuse(`'${source}' is no regular expression`, ...keys)
}

function escapeKey(key: string | number): string {
  return String(key).replaceAll('~', '~0').replaceAll('/', '~1')
}
