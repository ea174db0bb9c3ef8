import { isRawObject, type RawObject, rawObject, rawText } from '../raw.ts'
import { withoutSingleChoice } from '../single-choice.ts'

/** Where a schema holds schemas by name, in a list, or one alone. */
const namedSchemas = ['properties', '$defs', 'definitions', 'patternProperties']
const schemaLists = ['anyOf', 'oneOf', 'allOf', 'prefixItems']
const singleSchemas = ['items', 'additionalProperties', 'not']

/** The schema without titles and dialect, which cost tokens and tell the model nothing. */
export function plainSchema(schema: RawObject): RawObject {
  const { title: _, $schema: __, ...rest } = schema
  return withoutSingleChoice(mapSchemas(rest, plainSchema))
}

/**
 * A schema as strict output takes it: objects are closed, and constraints that are not supported become part of the
 * description, for the model to read.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/structured-outputs
 */
export function strictSchema(schema: RawObject): RawObject {
  return strict(plainSchema(schema))
}

function strict(schema: RawObject): RawObject {
  if ('$ref' in schema) return mapSchemas(pick(schema, ['$defs', 'definitions', '$ref']), strict)
  const { oneOf, ...others } = schema
  const open = oneOf === undefined ? others : { anyOf: oneOf, ...others }
  const kept = mapSchemas(pick(open, keptKeys(open)), strict)
  const closed =
    open['type'] === 'object' ? { properties: {}, ...kept, additionalProperties: false } : kept
  // Keywords of which only some values are supported come last.
  const { format, minItems, ...never } = open
  const rest = Object.entries({ ...never, format, minItems }).filter(
    ([key, value]) => value !== undefined && !(key in closed),
  )
  return rest.length === 0
    ? closed
    : { ...closed, description: described(open['description'], rest) }
}

const formats = 'date-time time date duration email hostname uri ipv4 ipv6 uuid'.split(' ')

/** What a strict schema may say, by its type. */
function keptKeys(schema: RawObject): readonly string[] {
  const always = 'anyOf allOf type enum const description $defs definitions'.split(' ')
  switch (schema['type']) {
    case 'object':
      return [...always, 'properties', 'required', 'additionalProperties']
    case 'array':
      return [...always, 'items', ...(Number(schema['minItems']) <= 1 ? ['minItems'] : [])]
    case 'string':
      return formats.includes(rawText(schema['format']) ?? '') ? [...always, 'format'] : always
    default:
      return always
  }
}

function described(description: unknown, rest: readonly (readonly [string, unknown])[]): string {
  const constraints = rest.map(
    ([key, value]) => `${key}: ${rawText(value) ?? JSON.stringify(value)}`,
  )
  const text = rawText(description)
  return `${text === undefined ? '' : `${text}\n\n`}{${constraints.join(', ')}}`
}

function pick(schema: RawObject, keys: readonly string[]): RawObject {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => keys.includes(key)))
}

function mapSchemas(schema: RawObject, map: (schema: RawObject) => RawObject): RawObject {
  const mapped = (value: unknown): unknown => (isRawObject(value) ? map(value) : value)
  const entries = Object.entries(schema).map(([key, value]): [string, unknown] => {
    if (singleSchemas.includes(key)) return [key, mapped(value)]
    if (schemaLists.includes(key) && Array.isArray(value)) return [key, value.map(mapped)]
    if (!namedSchemas.includes(key)) return [key, value]
    const named = Object.entries(rawObject(value)).map(([name, each]) => [name, mapped(each)])
    return [key, Object.fromEntries(named)]
  })
  return Object.fromEntries(entries)
}
