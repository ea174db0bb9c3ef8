import { isJsonObject, parseJson } from './parse-arguments.ts'
import type { JsonObject } from './schema.ts'
import { followPointer } from './validator/pointer.ts'
import { isSameJson } from './validator/same-json.ts'
import { hasType } from './validator/scalar-keywords.ts'

/**
 * Mends the usual misspellings of models where the schema asks for another type: numbers and booleans in strings, and
 * objects and arrays written as JSON in a string. Nothing is ever made into a string, and what has a wanted type is
 * left alone. Returns the very same value when there was nothing to mend. Never throws; does not validate.
 */
export function coerceToSchema(schema: JsonObject, value: unknown): unknown {
  return coerce({ root: schema, depth: 0, steps: { left: maxSteps } }, schema, value)
}

interface Walk {
  readonly root: JsonObject
  readonly depth: number
  readonly steps: { left: number }
}

const maxDepth = 200
const maxSteps = 2_000_000

/** The walk one level further down; `undefined` when it has gone far enough for any honest value. */
function deeper({ root, depth, steps }: Walk): Walk | undefined {
  return depth > maxDepth || --steps.left < 0 ? undefined : { root, depth: depth + 1, steps }
}

function coerce(from: Walk, schema: unknown, value: unknown): unknown {
  const walk = deeper(from)
  if (!isJsonObject(schema) || walk === undefined) return value
  const { root } = walk
  let mended =
    typeof schema['$ref'] === 'string' ? coerce(walk, followPointer(root, schema), value) : value
  for (const part of listOf(schema['allOf'])) mended = coerce(walk, part, mended)
  for (const keyword of ['anyOf', 'oneOf']) {
    const options = listOf(schema[keyword])
    if (options.length > 0) mended = coerceToOption(walk, options, mended)
  }
  mended = respell(typesOf(schema), mended)
  if (Array.isArray(mended)) return coerceItems(walk, schema, mended)
  return isJsonObject(mended) ? coerceProperties(walk, schema, mended) : mended
}

/** The option the value fits already decides; else the first one that can read the text. */
function coerceToOption(walk: Walk, options: readonly unknown[], value: unknown): unknown {
  const fitting = options.find((option) => fits(walk, option, value))
  if (fitting !== undefined) return coerce(walk, fitting, value)
  if (typeof value !== 'string') return value
  for (const option of options) {
    const mended = coerce(walk, option, value)
    if (mended !== value && fits(walk, option, mended)) return mended
  }
  return value
}

/** Whether the value is of the schema's kind: its type, and for objects the keys and tags. Not whether it is right. */
function fits(walk: Walk, schema: unknown, value: unknown): boolean {
  const inner = deeper(walk)
  const target = followPointer(walk.root, schema)
  if (!isJsonObject(target) || inner === undefined) return true
  const options = [...listOf(target['anyOf']), ...listOf(target['oneOf'])]
  if (options.length > 0 && !options.some((option) => fits(inner, option, value))) return false
  return (
    hasSomeType(typesOf(target), value) &&
    hasWantedValue(target, value) &&
    hasTags(inner, target, value)
  )
}

function hasWantedValue(schema: JsonObject, value: unknown): boolean {
  if (schema['const'] !== undefined) return isSameJson(schema['const'], value)
  const options = schema['enum']
  return !Array.isArray(options) || options.some((option: unknown) => isSameJson(option, value))
}

function hasTags(walk: Walk, schema: JsonObject, value: unknown): boolean {
  if (!isJsonObject(value)) return true
  const hasKeys = listOf(schema['required']).every(
    (key) => typeof key !== 'string' || Object.hasOwn(value, key),
  )
  const tags = propertiesOf(schema).filter(([, part]) => isJsonObject(part) && 'const' in part)
  return (
    hasKeys && tags.every(([key, tag]) => !Object.hasOwn(value, key) || fits(walk, tag, value[key]))
  )
}

function coerceItems(
  walk: Walk,
  schema: JsonObject,
  items: readonly unknown[],
): readonly unknown[] {
  const prefix = listOf(Array.isArray(schema['items']) ? schema['items'] : schema['prefixItems'])
  const mended = items.map((item, i) => coerce(walk, prefix[i] ?? schema['items'], item))
  return mended.some((item, i) => item !== items[i]) ? mended : items
}

function coerceProperties(walk: Walk, schema: JsonObject, value: JsonObject): JsonObject {
  const properties = new Map(propertiesOf(schema))
  const mended = Object.entries(value).map(([key, child]): [string, unknown] => {
    const part = properties.get(key) ?? schema['additionalProperties']
    return [key, coerce(walk, part, child)]
  })
  return mended.some(([key, child]) => child !== value[key]) ? Object.fromEntries(mended) : value
}

function respell(types: readonly string[], value: unknown): unknown {
  if (hasSomeType(types, value)) return value
  const read = types.includes('boolean') ? (asBoolean(value) ?? readValue(value)) : readValue(value)
  return read !== undefined && hasSomeType(types, read) ? read : value
}

/** What a text or a bit means where yes or no is asked for; `undefined` when it means neither. */
function asBoolean(value: unknown): boolean | undefined {
  const text =
    typeof value === 'string' || typeof value === 'number' ? String(value).toLowerCase() : ''
  if (['true', 't', 'yes', 'y', 'on', '1'].includes(text)) return true
  return ['false', 'f', 'no', 'n', 'off', '0'].includes(text) ? false : undefined
}

/** The number, boolean, object or array a text spells, the number a boolean stands for; `undefined` when none. */
function readValue(value: unknown): unknown {
  if (typeof value === 'boolean') return Number(value)
  if (typeof value !== 'string') return undefined
  const text = value.trim()
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return Number(text)
  if (/^(?:true|false)$/i.test(text)) return text.toLowerCase() === 'true'
  if (!/^[[{]/.test(text)) return undefined
  const parsed = parseJson(text)
  return parsed.ok ? parsed.value : undefined
}

function hasSomeType(types: readonly string[], value: unknown): boolean {
  return types.length === 0 || types.some((type) => hasType(value, type))
}

/** The types a schema asks for; none when it does not say. */
function typesOf(schema: JsonObject): readonly string[] {
  const { type } = schema
  return typeof type === 'string' ? [type] : listOf(type).filter((name) => typeof name === 'string')
}

function propertiesOf(schema: JsonObject): [string, unknown][] {
  const properties = schema['properties']
  return isJsonObject(properties) ? Object.entries(properties) : []
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
