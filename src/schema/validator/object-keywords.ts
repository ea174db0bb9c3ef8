import { isJsonObject } from '../parse-arguments.ts'
import type { JsonObject } from '../schema.ts'
import type { Check, Run } from './check.ts'
import { entriesOf, isStrings, numberOf, patternAt, type Place, stringsOf } from './place.ts'

interface Property {
  readonly check: Check
  /** Undefined when there is none; JSON has no undefined. */
  readonly fallback: unknown
}

interface Shape {
  readonly properties: ReadonlyMap<string, Property>
  readonly patterns: readonly (readonly [RegExp, Check])[]
  readonly additional: Check | false | undefined
  /** Required keys, those with a default left out: they are always there. */
  readonly required: ReadonlySet<string>
}

/** `properties`, `patternProperties`, `additionalProperties`, `required`. */
export function shapeCheck(place: Place): Check {
  const shape = shapeOf(place)
  const names = new Set(shape.properties.keys())
  const hasNames = names.size > 0 || shape.patterns.length > 0
  return (value, run) => {
    if (!isJsonObject(value)) return
    checkNamed(shape, value, run)
    const others = Object.keys(value).filter((key) => !names.has(key))
    const matched = others.filter((key) => checkOther(shape, key, value, run))
    if (shape.additional) run.know(value, 'all')
    else if (hasNames) run.know(value, matched.length > 0 ? new Set([...names, ...matched]) : names)
  }
}

function shapeOf(place: Place): Shape {
  const properties = new Map(
    tagsFirst(entriesOf(place, 'properties')).map(([key, schema]) => {
      const check = place.child(schema, 'properties', key)
      return [key, { check, fallback: defaultOf(place, schema) }] as const
    }),
  )
  const patterns = entriesOf(place, 'patternProperties').map(([source, schema]) => {
    const pattern = patternAt(place, source, 'patternProperties')
    return [pattern, place.child(schema, 'patternProperties', source)] as const
  })
  const rest = place.schema['additionalProperties']
  const additional =
    rest === undefined || rest === false ? rest : place.child(rest, 'additionalProperties')
  const isNeeded = (key: string): boolean => properties.get(key)?.fallback === undefined
  const required = new Set(stringsOf(place, 'required').filter(isNeeded))
  return { properties, patterns, additional, required }
}

/** A tag tells at once that an option of a union is not meant. */
function tagsFirst<T extends readonly [string, unknown]>(entries: readonly T[]): readonly T[] {
  const isTag = ([, schema]: T): boolean => isJsonObject(schema) && 'const' in schema
  return [...entries.filter(isTag), ...entries.filter((entry) => !isTag(entry))]
}

function defaultOf(place: Place, schema: unknown): unknown {
  if (!isJsonObject(schema)) return undefined
  if (schema['default'] !== undefined) return schema['default']
  const target = place.follow(schema)
  return target !== schema && isJsonObject(target) ? target['default'] : undefined
}

function checkNamed(shape: Shape, value: JsonObject, run: Run): void {
  for (const [key, { check, fallback }] of shape.properties) {
    if (hasKey(value, key)) run.child(key, value[key], check)
    else if (fallback !== undefined) run.fillIn(value, key, fallback)
    else if (shape.required.has(key)) run.report('missing', 'Field required', value, key)
  }
  for (const key of shape.required) {
    if (shape.properties.has(key) || hasKey(value, key)) continue
    run.report('missing', 'Field required', value, key)
  }
}

/** Whether a pattern speaks about the key. */
function checkOther(shape: Shape, key: string, value: JsonObject, run: Run): boolean {
  const matching = shape.patterns.filter(([pattern]) => pattern.test(key))
  for (const [, check] of matching) run.child(key, value[key], check)
  if (matching.length > 0) return true
  if (shape.additional) run.child(key, value[key], shape.additional)
  else if (shape.additional === false && !run.isOver) {
    run.report('extra_forbidden', 'Extra inputs are not permitted', value[key], key)
  }
  return false
}

function hasKey(value: JsonObject, key: string): boolean {
  return Object.hasOwn(value, key) && value[key] !== undefined
}

/** `minProperties`, `maxProperties`, `propertyNames`. */
export function keysCheck(place: Place): Check {
  const min = numberOf(place, 'minProperties', true) ?? 0
  const max = numberOf(place, 'maxProperties', true) ?? Infinity
  const names = place.schema['propertyNames']
  const nameCheck = names === undefined ? undefined : place.child(names, 'propertyNames')
  return (value, run) => {
    if (!isJsonObject(value)) return
    const keys = Object.keys(value)
    if (keys.length < min) run.report('too_small', `Input should have at least ${min} keys`, value)
    if (keys.length > max) run.report('too_big', `Input should have at most ${max} keys`, value)
    if (nameCheck !== undefined) for (const key of keys) run.child(key, key, nameCheck)
  }
}

/** `dependentRequired`, `dependentSchemas`, and `dependencies`, which was both. */
export function dependencyCheck(place: Place): Check {
  const keywords = ['dependentRequired', 'dependentSchemas', 'dependencies']
  const dependents = keywords.flatMap((keyword) =>
    entriesOf(place, keyword).map(([key, needs]) => {
      const check = isStrings(needs) ? needsKeys(key, needs) : place.here(needs, keyword, key)
      return { key, check }
    }),
  )
  return (value, run) => {
    if (!isJsonObject(value)) return
    for (const { key, check } of dependents) if (hasKey(value, key)) check(value, run)
  }
}

function needsKeys(owner: string, keys: readonly string[]): Check {
  return (value, run) => {
    if (!isJsonObject(value)) return
    for (const key of keys) {
      if (!hasKey(value, key)) run.report('missing', `Field required beside '${owner}'`, value, key)
    }
  }
}
