import { UserError } from '../errors/index.ts'
import { coerceToSchema } from './coerce.ts'
import type { JsonObject, Schema, ValidationResult } from './schema.ts'
import { settle } from './settle.ts'
import type { StandardProps, StandardResult } from './standard-schema.ts'

/** A check of values as they are, without coercion. */
export type Validate<TOutput> = (
  value: unknown,
) => ValidationResult<TOutput> | Promise<ValidationResult<TOutput>>

interface FaceOptions<TOutput> {
  /** Makes the JSON Schema; asked at most once, when it is first needed. */
  readonly write: () => JsonObject
  readonly validate: Validate<TOutput>
  readonly name?: string | undefined
  readonly description?: string | undefined
}

/** The one face of schemas of all kinds. */
export class Face<TOutput> implements Schema<TOutput> {
  readonly '~standard': StandardProps<unknown, TOutput>
  readonly #options: FaceOptions<TOutput>
  #jsonSchema: JsonObject | undefined

  constructor(options: FaceOptions<TOutput>) {
    this.#options = options
    const write = (): Record<string, unknown> => ({ ...this.jsonSchema })
    this['~standard'] = {
      version: 1,
      vendor: 'agentchart',
      validate: (value) => settle(this.validate(value), toStandard),
      jsonSchema: { input: write, output: write },
    }
  }

  get jsonSchema(): JsonObject {
    this.#jsonSchema ??= this.#options.write()
    return this.#jsonSchema
  }

  get name(): string | undefined {
    return this.#options.name ?? this.#text('title')
  }

  get description(): string | undefined {
    return this.#options.description ?? this.#text('description')
  }

  validate(value: unknown): ValidationResult<TOutput> | Promise<ValidationResult<TOutput>> {
    const { validate } = this.#options
    return settle(validate(value), (result) => {
      if (result.ok) return result
      const mended = coerceToSchema(this.jsonSchema, value)
      if (mended === value) return result
      return validate(mended)
    })
  }

  #text(keyword: string): string | undefined {
    const text = this.jsonSchema[keyword]
    return typeof text === 'string' ? text : undefined
  }
}

/** An error about a schema: its name, the trouble and the way out. */
export function unusable(what: string, problem: string, hint: string, cause?: unknown): UserError {
  return new UserError(`The schema ${what} cannot be used: ${problem}`, { hint, cause })
}

function toStandard<TOutput>(result: ValidationResult<TOutput>): StandardResult<TOutput> {
  if (result.ok) return { value: result.value }
  return {
    issues: result.issues.map(({ type, loc, msg }) => ({ code: type, message: msg, path: loc })),
  }
}
