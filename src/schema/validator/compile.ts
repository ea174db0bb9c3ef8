/**
 * A JSON Schema, read once and turned into a check. Draft 2020-12, with the spellings of older drafts that are still
 * in use. Everything that would not be checked is refused here, with its place; unknown words are notes, as the
 * specification has it.
 */
import { isJsonObject } from '../parse-arguments.ts'
import type { JsonObject, ValidationResult } from '../schema.ts'
import { containsCheck, itemsCheck, lengthCheck } from './array-keywords.ts'
import { type Check, completed, Run, TooComplex } from './check.ts'
import {
  allOfCheck,
  anyOfCheck,
  conditionCheck,
  notCheck,
  oneOfCheck,
  referenceCheck,
} from './combining-keywords.ts'
import { dependencyCheck, keysCheck, shapeCheck } from './object-keywords.ts'
import { entriesOf, type Place, schemaError } from './place.ts'
import { followPointer, resolvePointer } from './pointer.ts'
import { numberCheck, stringCheck, typeCheck, valuesCheck } from './scalar-keywords.ts'

/** Each check, and the keywords of which one must be there for it. */
const keywords: readonly (readonly [makeCheck: (place: Place) => Check, ...keywords: string[]])[] =
  [
    [valuesCheck, 'enum', 'const'],
    [numberCheck, 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
    [stringCheck, 'minLength', 'maxLength', 'pattern', 'format'],
    [shapeCheck, 'properties', 'patternProperties', 'additionalProperties', 'required'],
    [keysCheck, 'minProperties', 'maxProperties', 'propertyNames'],
    [dependencyCheck, 'dependentRequired', 'dependentSchemas', 'dependencies'],
    [itemsCheck, 'items', 'prefixItems'],
    [lengthCheck, 'minItems', 'maxItems', 'uniqueItems'],
    [containsCheck, 'contains'],
    [referenceCheck, '$ref'],
    [allOfCheck, 'allOf'],
    [anyOfCheck, 'anyOf'],
    [oneOfCheck, 'oneOf'],
    [notCheck, 'not'],
    [conditionCheck, 'if'],
  ]

const unsupported = ['unevaluatedProperties', 'unevaluatedItems', '$dynamicRef', '$recursiveRef']
const maxDepth = 200

/**
 * Compiles a JSON Schema into a validation that completes what it accepts.
 *
 * @throws {UserError} when the schema is malformed or uses what is not supported.
 */
export function compileJsonSchema(
  schema: JsonObject,
  name?: string,
): (value: unknown) => ValidationResult<unknown> {
  const check = new Compiler(schema, name).compileRoot()
  return (value) => {
    const run = new Run()
    try {
      check(value, run)
    } catch (error) {
      if (!(error instanceof TooComplex)) throw error
      run.report('too_complex', 'Input is too complex to be checked', null)
    }
    if (run.issues.length > 0) return { ok: false, issues: run.issues }
    return { ok: true, value: completed(value, run.notes) }
  }
}

type Path = readonly (string | number)[]

class Compiler {
  readonly #root: JsonObject
  readonly #name: string | undefined
  readonly #checks = new Map<object, { check: Check }>()
  /** From each schema to those it applies to the same value. */
  readonly #sameValue = new Map<unknown, { schema: unknown; path: Path }[]>()

  constructor(root: JsonObject, name: string | undefined) {
    this.#root = root
    this.#name = name
  }

  compileRoot(): Check {
    const check = this.#compile(this.#root, [])
    const safe = new Set<unknown>()
    for (const schema of this.#sameValue.keys()) this.#refuseCircles(schema, [], new Set(), safe)
    return check
  }

  #compile(schema: unknown, path: Path): Check {
    if (schema === true) return () => {}
    if (schema === false)
      return (value, run) => run.report('not_allowed', 'Nothing is allowed here', value)
    if (!isJsonObject(schema)) throw this.#error('a schema must be an object, true or false', path)
    if (path.length > maxDepth) throw this.#error('it is nested too deeply', path.slice(0, 6))
    const known = this.#checks.get(schema)
    if (known !== undefined) return (value, run) => known.check(value, run) // it may not be ready yet
    const entry: { check: Check } = { check: () => {} }
    this.#checks.set(schema, entry)
    entry.check = this.#compileKeywords(schema, path)
    return entry.check
  }

  #compileKeywords(schema: JsonObject, path: Path): Check {
    const place = this.#placeOf(schema, path)
    const refused = unsupported.find((keyword) => (schema[keyword] ?? true) !== true)
    if (refused !== undefined) place.refuse(`\`${refused}\` is not supported`)
    for (const keyword of ['$defs', 'definitions']) {
      for (const [key, part] of entriesOf(place, keyword)) place.child(part, keyword, key)
    }
    const typed = schema['type'] === undefined ? undefined : typeCheck(place)
    const checks = keywords
      .filter(([, ...words]) => words.some((word) => schema[word] !== undefined))
      .map(([makeCheck]) => makeCheck(place))
    const isNullable = schema['nullable'] === true // OpenAPI's way
    return (value, run) => {
      if (isNullable && value === null) return
      const before = run.issues.length
      typed?.(value, run)
      if (run.issues.length > before) return
      for (const check of checks) if (!run.isOver) check(value, run)
    }
  }

  #placeOf(schema: JsonObject, path: Path): Place {
    const compile = (part: unknown, at: Path): Check => this.#compile(part, at)
    const here = (part: unknown, at: Path): Check => {
      const parts = this.#sameValue.get(schema) ?? []
      this.#sameValue.set(schema, [...parts, { schema: part, path: at }])
      return compile(part, at)
    }
    const refuse = (problem: string, ...keys: (string | number)[]): never => {
      throw this.#error(problem, [...path, ...keys])
    }
    return {
      schema,
      refuse,
      child: (part, ...keys) => compile(part, [...path, ...keys]),
      here: (part, ...keys) => here(part, [...path, ...keys]),
      follow: (part) => followPointer(this.#root, part),
      reference: (pointer) => {
        const target = resolvePointer(this.#root, pointer)
        if (target === undefined)
          return refuse(`\`$ref\` '${pointer}' points at nothing in this schema`)
        return here(target, [...path, '$ref'])
      },
    }
  }

  /** A schema that applies itself to the same value would never come to an end. */
  #refuseCircles(
    schema: unknown,
    path: Path,
    above: ReadonlySet<unknown>,
    safe: Set<unknown>,
  ): void {
    if (above.has(schema)) throw this.#error('a schema refers to itself without end', path)
    if (safe.has(schema)) return
    const inside = new Set(above).add(schema)
    for (const next of this.#sameValue.get(schema) ?? []) {
      this.#refuseCircles(next.schema, next.path, inside, safe)
    }
    safe.add(schema)
  }

  #error(problem: string, path: Path): Error {
    return schemaError(this.#name, problem, path)
  }
}
