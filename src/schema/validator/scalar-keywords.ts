import type { Check } from './check.ts'
import { formats } from './formats.ts'
import { isStrings, numberOf, patternAt, type Place } from './place.ts'
import { isSameJson } from './same-json.ts'

const typeTests: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['string', (value) => typeof value === 'string'],
  ['number', (value) => Number.isFinite(value)],
  // beyond 2^53 the parser has rounded already: that would be another number than the model wrote
  ['integer', (value) => Number.isSafeInteger(value)],
  ['boolean', (value) => typeof value === 'boolean'],
  ['object', (value) => typeof value === 'object' && value !== null && !Array.isArray(value)],
  ['array', (value) => Array.isArray(value)],
  ['null', (value) => value === null],
])

/** Whether a value has one of the types JSON Schema knows. */
export function hasType(value: unknown, type: string): boolean {
  return typeTests.get(type)?.(value) ?? false
}

/** `type`: the first check of a schema; when it fails the others are not asked. */
export function typeCheck(place: Place): Check {
  const given = place.schema['type']
  const types = typeof given === 'string' ? [given] : given
  if (!isStrings(types) || types.length === 0)
    return place.refuse('`type` must be a string or strings')
  const unknown = types.find((type) => !typeTests.has(type))
  if (unknown !== undefined) return place.refuse(`there is no type '${unknown}'`)
  const main = types.length === 1 ? types : types.filter((type) => type !== 'null')
  const issueType = main.length === 1 ? `${main[0]}_type` : 'invalid_type'
  const msg = `Input should be of type ${types.join(' or ')}`
  return (value, run) => {
    if (!types.some((type) => hasType(value, type))) run.report(issueType, msg, value)
  }
}

/** `enum` and `const`. */
export function valuesCheck(place: Place): Check {
  const { const: constant, enum: options } = place.schema
  const values = constant === undefined ? options : [constant]
  if (!Array.isArray(values)) return place.refuse('`enum` must be a list')
  const msg = `Input should be ${values.map((value) => JSON.stringify(value)).join(' or ')}`
  return (value, run) => {
    if (values.some((option: unknown) => isSameJson(option, value))) return
    run.report('invalid_value', msg, value)
  }
}

/** `minimum`, `maximum` and their exclusive forms, `multipleOf`. */
export function numberCheck(place: Place): Check {
  const bounds = numberBounds(place)
  const step = numberOf(place, 'multipleOf')
  if (step !== undefined && step <= 0) return place.refuse('`multipleOf` must be above 0')
  return (value, run) => {
    if (typeof value !== 'number') return
    for (const { type, msg, holds } of bounds) if (!holds(value)) run.report(type, msg, value)
    if (step === undefined || isMultiple(value, step)) return
    run.report('not_multiple_of', `Input should be a multiple of ${step}`, value)
  }
}

interface Bound {
  readonly type: string
  readonly msg: string
  readonly holds: (value: number) => boolean
}

function numberBounds(place: Place): readonly Bound[] {
  const bound = (keyword: string, type: string, words: string, holds: Comparison): Bound[] => {
    const limit = numberOf(place, keyword)
    if (limit === undefined) return []
    return [
      { type, msg: `Input should be ${words} ${limit}`, holds: (value) => holds(value, limit) },
    ]
  }
  return [
    ...bound('minimum', 'too_small', 'greater than or equal to', (value, limit) => value >= limit),
    ...bound('exclusiveMinimum', 'too_small', 'greater than', (value, limit) => value > limit),
    ...bound('maximum', 'too_big', 'less than or equal to', (value, limit) => value <= limit),
    ...bound('exclusiveMaximum', 'too_big', 'less than', (value, limit) => value < limit),
  ]
}

type Comparison = (value: number, limit: number) => boolean

/** With room for the rounding of floats: 0.3 is a multiple of 0.1. */
function isMultiple(value: number, step: number): boolean {
  const ratio = value / step
  return Math.abs(ratio - Math.round(ratio)) <= Math.abs(ratio) * Number.EPSILON * 4
}

/** `minLength` and `maxLength` (in code points), `pattern`, `format`. */
export function stringCheck(place: Place): Check {
  const { pattern: source, format } = place.schema
  const min = numberOf(place, 'minLength', true) ?? 0
  const max = numberOf(place, 'maxLength', true) ?? Infinity
  const pattern = source === undefined ? undefined : patternAt(place, source)
  if (format !== undefined && typeof format !== 'string') place.refuse('`format` must be a string')
  const hasFormat = typeof format === 'string' ? formats.get(format) : undefined
  return (value, run) => {
    if (typeof value !== 'string') return
    const length = min > 0 || value.length > max ? Array.from(value).length : value.length
    if (length < min) run.report('too_small', `Input should have at least ${min} characters`, value)
    if (length > max) run.report('too_big', `Input should have at most ${max} characters`, value)
    if (pattern?.test(value) === false) {
      run.report('invalid_format', `Input should match the pattern ${pattern.source}`, value)
    }
    if (hasFormat?.(value) === false) {
      run.report('invalid_format', `Input should be a valid ${String(format)}`, value)
    }
  }
}
