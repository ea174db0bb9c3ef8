import { UserError } from '../errors/index.ts'
import { Face, type Validate } from './face.ts'
import { detailsOf } from './issues.ts'
import { isJsonObject } from './parse-arguments.ts'
import type { JsonObject, Schema } from './schema.ts'
import { settle } from './settle.ts'
import { isStandardSchema, type StandardSchemaV1 } from './standard-schema.ts'
import { compileJsonSchema } from './validator/compile.ts'

/** What a JSON Schema does not say, or says otherwise. */
export interface JsonSchemaOptions<TOutput> {
  /** Default: the schema's `title`. */
  readonly name?: string
  /** Default: the schema's `description`. */
  readonly description?: string
  /**
   * Checks values in place of the JSON Schema, which is then only shown to models and not read. A function, or a
   * Standard Schema that cannot write JSON Schema by itself.
   */
  readonly validate?: Schema<TOutput>['validate'] | StandardSchemaV1<unknown, TOutput>
}

/**
 * A schema from plain JSON Schema (draft 2020-12). Name the type it stands for: `jsonSchema<{ city: string }>(…)`; it is
 * trusted, not derived.
 *
 * Accepted values are completed: defaults filled in, and keys that no schema names left out, unless it has
 * `additionalProperties` or names no keys at all. `format` is checked for the common formats. Only local `$ref`s.
 *
 * @throws {UserError} with the place, when the schema is malformed or uses a keyword that would not be checked:
 *   `unevaluatedProperties`, `unevaluatedItems`, `$dynamicRef`.
 */
export function jsonSchema<TOutput = unknown>(
  schema: JsonObject,
  options: JsonSchemaOptions<TOutput> = {},
): Schema<TOutput> {
  if (!isJsonObject(schema)) throw new UserError('`jsonSchema()` takes a JSON Schema object')
  const { $schema: _, ...shown } = schema
  const name = options.name ?? (typeof shown['title'] === 'string' ? shown['title'] : undefined)
  const { validate = compiled<TOutput>(shown, name) } = options
  return new Face<TOutput>({
    write: () => shown,
    validate: isStandardSchema(validate) ? standardValidation(validate) : validate,
    name,
    description: options.description,
  })
}

/** The check of a Standard Schema, with our issues. */
export function standardValidation<TOutput>(
  schema: StandardSchemaV1<unknown, TOutput>,
): Validate<TOutput> {
  return (value) =>
    settle(schema['~standard'].validate(value), (result) =>
      result.issues === undefined
        ? { ok: true, value: result.value }
        : { ok: false, issues: detailsOf(result.issues, value) },
    )
}

function compiled<TOutput>(schema: JsonObject, name: string | undefined): Validate<TOutput> {
  return compileJsonSchema(schema, name) as Validate<TOutput> // the caller says what the schema stands for
}
