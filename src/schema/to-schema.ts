import { UserError } from '../errors/index.ts'
import { Face, unusable } from './face.ts'
import { jsonSchema, standardValidation } from './json-schema.ts'
import { isJsonObject } from './parse-arguments.ts'
import type { InferSchema, JsonObject, Schema, SchemaInput } from './schema.ts'
import { isStandardSchema, type StandardSchemaV1 } from './standard-schema.ts'

const known = new WeakMap<object, Schema>()

/**
 * The one face for whatever a schema was written with. The same input gives the same object; a `Schema` is returned as
 * it is. A Standard Schema's JSON Schema is made when first needed.
 *
 * @throws {UserError} when the input is no schema, or a plain JSON Schema that `jsonSchema` refuses.
 */
export function toSchema<TInput extends SchemaInput>(input: TInput): Schema<InferSchema<TInput>>
export function toSchema(input: SchemaInput): Schema {
  if (input instanceof Face) return input // one of another copy of this package goes by the protocol
  const cached = known.get(input)
  if (cached !== undefined) return cached
  const schema = isStandardSchema(input) ? fromStandard(input) : jsonSchema(plainSchema(input))
  known.set(input, schema)
  return schema
}

function fromStandard(input: StandardSchemaV1): Schema {
  return new Face({ write: () => writeDown(input), validate: standardValidation(input) })
}

/** JSON Schema of the input side, by the Standard JSON Schema extension or by zod's own method. */
function writeDown(input: StandardSchemaV1): JsonObject {
  const { vendor, jsonSchema: standard } = input['~standard']
  const own = 'toJSONSchema' in input ? input.toJSONSchema : undefined
  let written: unknown
  try {
    if (standard !== undefined) written = standard.input({ target: 'draft-2020-12' })
    else if (typeof own === 'function') written = own.call(input, { io: 'input' })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw unusable(describe(input), `it has no JSON Schema: ${reason}`, wayOut(vendor), cause)
  }
  if (isJsonObject(written)) return withPlainRoot(written)
  throw unusable(describe(input), `${vendor} does not write JSON Schema by itself`, wayOut(vendor))
}

/** Without `$schema`; a root that is only a reference is replaced by what it names, since models want to see an object. */
function withPlainRoot({ $schema: _, ...schema }: JsonObject): JsonObject {
  const { $ref: pointer, $defs: defs, ...rest } = schema
  if (typeof pointer !== 'string' || !pointer.startsWith('#/$defs/') || !isJsonObject(defs))
    return schema
  const key = pointer.slice('#/$defs/'.length)
  const target = defs[key]
  if (!isJsonObject(target)) return schema
  const root = { title: key, ...target, ...rest }
  const isUsed = JSON.stringify(Object.values(defs)).includes('"$ref":')
  return isUsed ? { ...root, $defs: defs } : root
}

function describe(input: StandardSchemaV1): string {
  const description: unknown = 'description' in input ? input.description : undefined
  const { vendor } = input['~standard']
  return typeof description === 'string' ? `'${description}' (${vendor})` : `of ${vendor}`
}

function wayOut(vendor: string): string {
  if (vendor === 'zod') {
    return "Wrap it: jsonSchema(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), { validate: schema })"
  }
  if (vendor === 'valibot') {
    return 'Wrap it with toStandardJsonSchema(schema) of @valibot/to-json-schema'
  }
  return 'Write the JSON Schema and wrap it: jsonSchema({ type: … }, { validate: schema })'
}

function plainSchema(input: unknown): JsonObject {
  if (!isJsonObject(input) || !isPlain(input)) {
    throw new UserError(
      'A schema must follow Standard Schema (zod 4, valibot…) or be a JSON Schema object',
    )
  }
  const key = Object.keys(input).find((name) => isStandardSchema(input[name]))
  if (key === undefined) return input
  throw new UserError(`An object with a schema under '${key}' is no schema itself`, {
    hint: 'Wrap it, such as z.object({ … })',
  })
}

/** Made by a literal or by JSON, in whatever realm: not an instance of a class. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
