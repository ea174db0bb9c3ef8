export type { InferSchema, JsonObject, Schema, SchemaInput, ValidationResult } from './schema.ts'
export {
  isStandardSchema,
  type StandardIssue,
  type StandardJsonSchema,
  type StandardJsonSchemaOptions,
  type StandardProps,
  type StandardResult,
  type StandardSchemaV1,
} from './standard-schema.ts'
export { coerceToSchema } from './coerce.ts'
export { jsonSchema, type JsonSchemaOptions } from './json-schema.ts'
export { parseArguments, parseJson } from './parse-arguments.ts'
export { type JsonPath, PartialJson } from './partial-json.ts'
export { isPromise, settle } from './settle.ts'
export { toSchema } from './to-schema.ts'
