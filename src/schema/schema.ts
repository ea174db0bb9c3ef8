import type { ErrorDetails } from '../messages/index.ts'
import type { StandardSchemaV1 } from './standard-schema.ts'

/** A JSON object that nobody has looked into yet; also a JSON Schema. */
export type JsonObject = Readonly<Record<string, unknown>>

/** What can stand where a schema is asked for: zod 4, any Standard Schema, `jsonSchema()`, or a plain JSON Schema. */
export type SchemaInput = StandardSchemaV1 | JsonObject

/**
 * What a schema makes of its input: the output type of a Standard Schema, the `T` of `jsonSchema<T>()`, `unknown` for a
 * plain JSON Schema, an empty object for no schema.
 */
export type InferSchema<TSchema> = TSchema extends {
  readonly '~standard': { readonly types?: infer TTypes }
}
  ? NonNullable<TTypes> extends { readonly output: infer TOutput }
    ? TOutput
    : unknown
  : TSchema extends undefined
    ? Record<string, never>
    : unknown

/** Either the value as the schema completed it, or what is wrong with it: one issue a problem, each with its place. */
export type ValidationResult<TOutput> =
  | { readonly ok: true; readonly value: TOutput }
  | { readonly ok: false; readonly issues: readonly ErrorDetails[] }

/** The one face of all schemas. It is a Standard Schema itself, so other libraries take it as well. */
export interface Schema<TOutput = unknown> extends StandardSchemaV1<unknown, TOutput> {
  /**
   * What is sent to models: JSON Schema (draft 2020-12) of the input, without `$schema`. Made when first read.
   *
   * @throws {UserError} when the schema cannot be written down as JSON Schema.
   */
  readonly jsonSchema: JsonObject
  /** The given name, else the title of the JSON Schema. */
  readonly name: string | undefined
  /** The given description, else that of the JSON Schema. */
  readonly description: string | undefined
  /**
   * Checks a value that a model made, and completes it. What does not fit is tried once more with its spelling mended:
   * see `coerceToSchema`. Issues are those of the value as it was. Answers without a promise unless the schema's own
   * validation is asynchronous.
   */
  validate(value: unknown): ValidationResult<TOutput> | Promise<ValidationResult<TOutput>>
}
