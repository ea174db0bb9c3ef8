import { filledText, isRawObject, type RawObject } from '../raw.ts'
import { withoutSingleChoice } from '../single-choice.ts'

/** Keywords that Google does not take. Titles are told apart from properties called so by where they stand. */
const refused = new Set([
  '$schema',
  'const',
  'discriminator',
  'examples',
  'exclusiveMaximum',
  'exclusiveMinimum',
  'title',
])

/** Keywords that hold a schema, a list of schemas, or schemas by name. */
const nested = new Set(['additionalProperties', 'items', 'not'])
const lists = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems'])
const maps = new Set(['$defs', 'definitions', 'patternProperties', 'properties'])

/** A JSON Schema in the part of it that Google understands; what cannot be said as a keyword is said in words. */
export function googleSchema(schema: RawObject): RawObject {
  const kept: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(schema)) {
    if (!refused.has(key)) kept[key] = mapped(key, value)
  }
  const { const: only } = schema
  const choice = only == null ? {} : { enum: [only] }
  return withFormatInWords(withoutSingleChoice({ ...typeOf(only), ...kept, ...choice }))
}

function mapped(key: string, value: unknown): unknown {
  if (nested.has(key)) return subschema(value)
  if (lists.has(key) && Array.isArray(value)) return value.map(subschema)
  if (!maps.has(key) || !isRawObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, subschema(each)]))
}

/** `true` and `false` are schemas, too. */
function subschema(value: unknown): unknown {
  return isRawObject(value) ? googleSchema(value) : value
}

/** The type of a constant, for schemas that leave it out. */
function typeOf(value: unknown): RawObject {
  if (typeof value === 'string' || typeof value === 'boolean') return { type: typeof value }
  if (typeof value !== 'number') return {}
  return { type: Number.isInteger(value) ? 'integer' : 'number' }
}

function withFormatInWords(schema: RawObject): RawObject {
  const { format, ...rest } = schema
  const word = filledText(format)
  if (rest['type'] !== 'string' || word === undefined) return schema
  const known = filledText(rest['description'])
  const description = known === undefined ? `Format: ${word}` : `${known} (format: ${word})`
  return { ...rest, description }
}
