import type { JsonObject } from '../schema/index.ts'
import { flatten, isObject, listOf, mergeKeywords } from './flatten-schema.ts'
import { sampleNumber } from './sample-number.ts'
import { expressionOf, sampleString } from './sample-string.ts'

/**
 * The same small piece of JSON each time that fits a JSON Schema: required keys only, arrays as short as allowed, the
 * first alternative that can be had, `'a'`, 0, `false`. Keywords it does not know (`not`, `if`, most patterns) may be
 * broken by it; `examples` of the schema go before anything made up.
 * @param seed turns to other alternatives and values
 * @returns an empty object when no finite data fits
 */
export function sampleData(schema: JsonObject, seed = 0): unknown {
  const sample = sampleOf(schema, { root: schema, trail: new Set(['#']), seed })
  return sample === undefined ? {} : sample.value
}

interface Place {
  readonly root: JsonObject
  /** References followed on the way here. */
  readonly trail: ReadonlySet<string>
  readonly seed: number
}

/** In a box, so that `undefined` can mean that nothing fits. */
interface Sample {
  readonly value: unknown
}

function sampleOf(schema: unknown, from: Place): Sample | undefined {
  const flat = flatten(from.root, schema, from.trail)
  if (flat === undefined) return undefined
  const { keywords } = flat
  const place = { ...from, trail: flat.trail }
  if (Object.hasOwn(keywords, 'const')) return { value: keywords['const'] }
  if (Array.isArray(keywords['enum'])) return picked(keywords['enum'], place.seed)
  if (listOf(keywords['examples']).length > 0)
    return picked(listOf(keywords['examples']), place.seed)
  const { anyOf, oneOf, ...common } = keywords
  const alternatives = [...listOf(anyOf ?? oneOf)]
  if (alternatives.length === 0)
    return firstOf(typesOf(common), place, (type) => ofType(type, common, place))
  return firstOf(alternatives, place, (one) => ofAlternative(one, common, place))
}

function ofAlternative(alternative: unknown, common: JsonObject, place: Place): Sample | undefined {
  const flat = flatten(place.root, alternative, place.trail)
  return flat && sampleOf(mergeKeywords(common, flat.keywords), { ...place, trail: flat.trail })
}

/** What is made of the first choice that anything can be made of; the seed says where to begin. */
function firstOf<TChoice>(
  choices: readonly TChoice[],
  { seed }: Place,
  make: (choice: TChoice) => Sample | undefined,
): Sample | undefined {
  const start = seed % Math.max(choices.length, 1)
  for (const choice of [...choices.slice(start), ...choices.slice(0, start)]) {
    const sample = make(choice)
    if (sample !== undefined) return sample
  }
  return undefined
}

function picked(values: readonly unknown[], seed: number): Sample | undefined {
  return values.length === 0 ? undefined : { value: values[seed % values.length] }
}

/** The types asked for, or the one that the other keywords speak of. */
function typesOf(keywords: JsonObject): readonly unknown[] {
  const { type } = keywords
  if (type !== undefined) return listOf(type)
  const has = (...names: string[]): boolean => names.some((name) => Object.hasOwn(keywords, name))
  if (has('properties', 'required', 'additionalProperties', 'minProperties')) return ['object']
  if (has('items', 'prefixItems', 'minItems', 'contains')) return ['array']
  if (has('minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'))
    return ['number']
  return ['string']
}

function ofType(type: unknown, keywords: JsonObject, place: Place): Sample | undefined {
  switch (type) {
    case 'object':
      return objectSample(keywords, place)
    case 'array':
      return arraySample(keywords, place)
    case 'integer':
    case 'number':
      return boxed(sampleNumber(keywords, type === 'integer', place.seed))
    case 'boolean':
      return { value: place.seed % 2 === 1 }
    case 'null':
      return { value: null }
    default:
      return boxed(sampleString(keywords, place.seed))
  }
}

function boxed(value: string | number | undefined): Sample | undefined {
  return value === undefined ? undefined : { value }
}

function objectSample(keywords: JsonObject, place: Place): Sample | undefined {
  const properties = isObject(keywords['properties']) ? keywords['properties'] : {}
  const entries = new Map<string, unknown>()
  for (const key of listOf(keywords['required'])) {
    const sample = sampleOf(propertySchema(keywords, properties, String(key)), place)
    if (sample === undefined) return undefined
    entries.set(String(key), sample.value)
  }
  const least = Number(keywords['minProperties'] ?? 0)
  for (const key of spareKeys(keywords, properties, least)) {
    if (entries.size >= least) break
    const sample = entries.has(key)
      ? undefined
      : sampleOf(propertySchema(keywords, properties, key), place)
    if (sample !== undefined) entries.set(key, sample.value)
  }
  return entries.size < least ? undefined : { value: Object.fromEntries(entries) }
}

/** Keys that need not be there: those described, then made-up ones. */
function spareKeys(keywords: JsonObject, properties: JsonObject, count: number): readonly string[] {
  const names = keywords['propertyNames']
  const allowed = isObject(names) ? listOf(names['enum']).map(String) : []
  const made = Array.from({ length: count }, (_, index) =>
    isObject(names) ? String(sampleData(names, index)) : `key${index + 1}`,
  )
  return [...Object.keys(properties), ...allowed, ...made]
}

function propertySchema(keywords: JsonObject, properties: JsonObject, key: string): unknown {
  if (Object.hasOwn(properties, key)) return properties[key]
  const patterns = keywords['patternProperties']
  const match = isObject(patterns)
    ? Object.entries(patterns).find(([pattern]) => expressionOf(pattern)?.test(key))
    : undefined
  return match === undefined ? keywords['additionalProperties'] : match[1]
}

function arraySample(keywords: JsonObject, place: Place): Sample | undefined {
  const { prefixItems, items, contains, minContains = 1, minItems = 0 } = keywords
  const first = listOf(prefixItems)
  const wanted =
    contains === undefined ? [] : Array.from({ length: Number(minContains) }, () => contains)
  const missing = Math.max(0, Number(minItems) - first.length - wanted.length)
  const schemas = [...first, ...wanted, ...Array.from({ length: missing }, () => items)]
  // Each item has a seed of its own, which makes them differ for `uniqueItems`.
  const samples = schemas.map((one, index) => sampleOf(one, { ...place, seed: place.seed + index }))
  if (samples.includes(undefined)) return undefined
  return { value: samples.map((sample) => sample?.value) }
}
