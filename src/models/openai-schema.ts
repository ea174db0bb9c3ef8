import { UserError } from '../errors/index.ts'
import { isRawObject, rawObject, type RawObject, rawText } from './raw.ts'

/** A schema as OpenAI takes it, and whether the model can be held to it strictly. */
export interface OpenAISchema {
  readonly schema: RawObject
  readonly strict: boolean
}

/**
 * Fits a JSON Schema to what OpenAI understands. Strict schemas close every object, require every property, and leave
 * out constraints that cannot be held to; these are told in the description instead.
 *
 * @param strict `null` decides by the schema: strict, when that changes nothing of what it says
 * @throws {UserError} when a strict schema has an array whose items have no type
 * @see https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
 */
export function openaiSchema(schema: RawObject, strict: boolean | null): OpenAISchema {
  const fitting = new Fitting(strict, rawText(schema['$ref']))
  const fitted = fitting.root(schema)
  return { schema: fitted, strict: strict ?? fitting.isStrict }
}

/** In the order in which they are told. */
const seldomStrict = [
  'minLength',
  'maxLength',
  'patternProperties',
  'unevaluatedProperties',
  'propertyNames',
  'minProperties',
  'maxProperties',
  'unevaluatedItems',
  'contains',
  'minContains',
  'maxContains',
  'uniqueItems',
  'format',
  'pattern',
]

const strictFormats = [
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'ipv4',
  'ipv6',
  'uuid',
]

/** A schema with one of these says what type it is of. */
const typing = ['type', '$ref', 'anyOf', 'oneOf', 'allOf', 'enum', 'const']

type Schema = Record<string, unknown>

class Fitting {
  readonly #strict: boolean | null
  readonly #rootRef: string | undefined
  /** Whether nothing has been found yet that speaks against it. */
  isStrict = true

  constructor(strict: boolean | null, rootRef: string | undefined) {
    this.#strict = strict
    this.#rootRef = rootRef
  }

  root({ $defs, ...schema }: RawObject): RawObject {
    const fitted = this.#schema(schema)
    if (!isRawObject($defs) || Object.keys($defs).length === 0) return fitted
    const definitions = this.#each($defs)
    if (this.#rootRef === undefined) return { ...fitted, $defs: definitions }
    // A schema that begins with a reference to itself is written out, and means itself by `#`.
    const { $ref: _, ...rest } = fitted
    const self = definitions[this.#rootRef.replace('#/$defs/', '')]
    return { ...rest, $defs: definitions, ...rawObject(self) }
  }

  #schema(original: RawObject): Schema {
    const { title: _, $schema: __, discriminator: ___, ...rest } = original
    const schema = this.#nested(rest)
    this.#default(schema)
    this.#reference(schema)
    this.#constraints(schema)
    if (Array.isArray(schema['oneOf'])) this.#oneOf(schema)
    if (schema['type'] === 'object') this.#object(schema)
    if (schema['type'] === 'array') this.#array(schema)
    return schema
  }

  #nested(schema: Schema): Schema {
    if (schema['type'] === 'object') {
      for (const key of ['properties', 'patternProperties']) {
        if (isRawObject(schema[key])) schema[key] = this.#each(schema[key])
      }
      this.#child(schema, 'additionalProperties')
    } else if (schema['type'] === 'array') {
      this.#children(schema, 'prefixItems')
      this.#child(schema, 'items')
    } else if (schema['type'] === undefined) {
      return this.#union(this.#union(schema, 'anyOf'), 'oneOf')
    }
    return schema
  }

  #each(schemas: RawObject): Schema {
    const fitted = Object.entries(schemas).map(([name, each]) => [name, this.#any(each)] as const)
    return Object.fromEntries<unknown>(fitted)
  }

  #any(schema: unknown): unknown {
    return isRawObject(schema) ? this.#schema(schema) : schema
  }

  #child(schema: Schema, key: string): void {
    if (isRawObject(schema[key])) schema[key] = this.#schema(schema[key])
  }

  #children(schema: Schema, key: string): void {
    const list = schema[key]
    if (Array.isArray(list)) schema[key] = list.map((item) => this.#any(item))
  }

  /** A choice of one is none. */
  #union(schema: Schema, key: string): Schema {
    this.#children(schema, key)
    const { [key]: members, ...rest } = schema
    if (!Array.isArray(members) || members.length !== 1) return schema
    return { ...rawObject(members[0]), ...rest }
  }

  #default(schema: Schema): void {
    if (!('default' in schema)) return
    if (this.#strict === true) delete schema['default']
    else this.isStrict = false
  }

  /** Nothing may stand beside a reference, so it moves into a choice of its own. */
  #reference(schema: Schema): void {
    const reference = rawText(schema['$ref'])
    if (reference === undefined) return
    const $ref = reference === this.#rootRef ? '#' : reference
    schema['$ref'] = $ref
    if (Object.keys(schema).length === 1) return
    delete schema['$ref']
    schema['anyOf'] = [{ $ref }]
  }

  #constraints(schema: Schema): void {
    const found = seldomStrict.filter((key) => key in schema && isUnheld(key, schema[key]))
    if (found.length === 0) return
    this.isStrict = false
    if (this.#strict !== true) return
    const notes = found.map((key) => `${key}=${noted(schema[key])}`).join(', ')
    const description = rawText(schema['description'])
    for (const key of found) delete schema[key]
    schema['description'] = description ? `${description} (${notes})` : notes
  }

  #oneOf(schema: Schema): void {
    this.isStrict = false
    if (this.#strict !== true) return
    schema['anyOf'] = schema['oneOf']
    delete schema['oneOf']
  }

  #object(schema: Schema): void {
    schema['properties'] ??= {}
    const names = Object.keys(rawObject(schema['properties']))
    if (this.#strict === true) {
      schema['additionalProperties'] = false
      schema['required'] = names
      return
    }
    const isOpen =
      schema['additionalProperties'] != null && schema['additionalProperties'] !== false
    const { required } = schema
    const isAllRequired = Array.isArray(required) && names.every((name) => required.includes(name))
    if (isOpen || !isAllRequired) this.isStrict = false
    if (this.#strict === null && !isOpen) schema['additionalProperties'] = false
  }

  #array(schema: Schema): void {
    const items = rawObject(schema['items'])
    if (typing.some((key) => key in items) || hasItems(schema['prefixItems'])) return
    this.isStrict = false
    if (this.#strict !== true) return
    throw new UserError('A strict schema needs a type for the items of every array', {
      hint: 'Say what the array holds, or leave `strict` out',
    })
  }
}

/** Some formats can be held to, and patterns that do not look ahead or behind. */
function isUnheld(key: string, value: unknown): boolean {
  if (key === 'format') return !strictFormats.includes(rawText(value) ?? '')
  if (key === 'pattern') return /(?<!\\)(?:\\\\)*\(\?<?[=!]/.test(rawText(value) ?? '')
  return true
}

function noted(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function hasItems(list: unknown): boolean {
  return Array.isArray(list) && list.length > 0
}
