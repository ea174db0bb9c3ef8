/**
 * A schema of any library that follows the Standard Schema specification, version 1. It is told by its `~standard`
 * property, so two copies of a library in one program work alike.
 *
 * @see https://standardschema.dev/schema
 */
export interface StandardSchemaV1<TInput = unknown, TOutput = TInput> {
  readonly '~standard': StandardProps<TInput, TOutput>
}

/** What stands behind `~standard`. */
export interface StandardProps<TInput = unknown, TOutput = TInput> {
  readonly version: 1
  /** The library's name. */
  readonly vendor: string
  readonly validate: (value: unknown) => StandardResult<TOutput> | Promise<StandardResult<TOutput>>
  /** Never there at run time. */
  readonly types?: { readonly input: TInput; readonly output: TOutput } | undefined
  /** The Standard JSON Schema extension. @see https://standardschema.dev/json-schema */
  readonly jsonSchema?: StandardJsonSchema | undefined
}

/** Writes a schema down as JSON Schema; throws when that is not possible. */
export interface StandardJsonSchema {
  readonly input: (options: StandardJsonSchemaOptions) => Record<string, unknown>
  readonly output: (options: StandardJsonSchemaOptions) => Record<string, unknown>
}

/** How the JSON Schema is to be written. */
export interface StandardJsonSchemaOptions {
  readonly target: 'draft-2020-12' | 'draft-07' | 'openapi-3.0' | ({} & string)
}

/** Either a value, or at least one issue. */
export type StandardResult<TOutput> =
  | { readonly value: TOutput; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] }

/** One thing that is wrong with a value. */
export interface StandardIssue {
  readonly message: string
  /** Keys from the checked value to the place. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** Whether a value follows the Standard Schema protocol. Some libraries' schemas are functions. */
export function isStandardSchema(value: unknown): value is StandardSchemaV1 {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  const props: unknown = '~standard' in value ? value['~standard'] : undefined
  return (
    typeof props === 'object' &&
    props !== null &&
    'validate' in props &&
    typeof props.validate === 'function'
  )
}
