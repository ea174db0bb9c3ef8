import { UserError } from '../errors/index.ts'
import {
  type JsonObject,
  type Schema,
  type SchemaInput,
  toSchema,
  type ValidationResult,
} from '../schema/index.ts'
import type { OutputFunction } from './spec.ts'

/** The key under which a value that is no object travels, since arguments and JSON outputs must be objects. */
const WRAPPER_KEY = 'response'

/** A structured output: what the model is shown, how its JSON becomes a value, what is done with the value. */
export interface ObjectOutput {
  /** Distinguishes alternatives: the function's name, the schema's title, or the JSON type. */
  readonly typeName: string
  /** The title of the schema or the name of the function; `null` when it has neither. */
  readonly name: string | null
  readonly description: string | null
  /** An object schema, without the description. */
  readonly jsonSchema: JsonObject
  /** Set when the value travels inside an object. */
  readonly wrapperKey: string | undefined
  /** Checks a parsed JSON value, unwraps it and completes it with defaults. */
  readonly validate: Schema['validate']
  readonly execute: OutputFunction<unknown>['execute'] | undefined
  /** Of a union, by the kind that names them. */
  readonly alternatives?: ReadonlyMap<string, ObjectOutput>
}

export function objectOutput(item: SchemaInput | OutputFunction<unknown>): ObjectOutput {
  const declared = isOutputFunction(item) ? item : undefined
  const schema = toSchema(isOutputFunction(item) ? item.inputSchema : item)
  const { description = null, ...shown } = readSchema(schema.jsonSchema)
  const isWrapped = shown['type'] !== 'object' && !('properties' in shown)
  return {
    typeName: declared?.name ?? schema.name ?? jsonTypeName(shown),
    name: declared?.name ?? schema.name ?? null,
    description: declared?.description ?? schema.description ?? description,
    jsonSchema: isWrapped ? wrapSchema(shown) : shown,
    wrapperKey: isWrapped ? WRAPPER_KEY : undefined,
    validate: isWrapped
      ? (value) => validateWrapped(schema, value)
      : (value) => schema.validate(value),
    execute: declared?.execute,
  }
}

/** Several structured outputs as one: `{"result": {"kind": name, "data": {…}}}`. */
export function unionOutput(outputs: readonly ObjectOutput[]): ObjectOutput {
  const byKind = new Map<string, ObjectOutput>()
  for (const output of outputs) byKind.set(freeName(output.typeName, byKind), output)
  return {
    typeName: 'union',
    name: null,
    description: null,
    jsonSchema: unionSchema(byKind),
    wrapperKey: undefined,
    validate: (value) => validateUnion(byKind, value),
    execute: undefined,
    alternatives: byKind,
  }
}

/** The name itself, or the first of `name_2`, `name_3`… that is not taken. */
export function freeName(name: string, taken: { has(name: string): boolean }): string {
  if (!taken.has(name)) return name
  let n = 2
  while (taken.has(`${name}_${n}`)) n += 1
  return `${name}_${n}`
}

export function isOutputFunction(item: unknown): item is OutputFunction<unknown> {
  return (
    typeof item === 'object' &&
    item !== null &&
    'outputKind' in item &&
    item.outputKind === 'function'
  )
}

function readSchema(schema: JsonObject): JsonObject & { readonly description?: string } {
  const { description, ...rest } = schema
  return typeof description === 'string' ? { ...rest, description } : rest
}

function jsonTypeName(schema: JsonObject): string {
  const type = schema['type']
  return type === 'null' ? 'NoneType' : typeof type === 'string' ? type : 'value'
}

function wrapSchema({ $defs, ...schema }: JsonObject): JsonObject {
  return {
    ...($defs === undefined ? {} : { $defs }),
    properties: { [WRAPPER_KEY]: schema },
    required: [WRAPPER_KEY],
    type: 'object',
  }
}

async function validateWrapped(schema: Schema, value: unknown): Promise<ValidationResult<unknown>> {
  const inner = readKey(value, WRAPPER_KEY)
  if (inner === undefined) return missing([WRAPPER_KEY], value)
  return within(await schema.validate(inner.value), [WRAPPER_KEY])
}

async function validateUnion(
  byKind: ReadonlyMap<string, ObjectOutput>,
  value: unknown,
): Promise<ValidationResult<unknown>> {
  const result = readKey(value, 'result')
  if (result === undefined) return missing(['result'], value)
  const kind = readKey(result.value, 'kind')
  if (kind === undefined) return missing(['result', 'kind'], result.value)
  const output = typeof kind.value === 'string' ? byKind.get(kind.value) : undefined
  if (output === undefined) {
    const msg = `Input should be one of: ${[...byKind.keys()].map((name) => `'${name}'`).join(', ')}`
    return {
      ok: false,
      issues: [{ type: 'literal_error', loc: ['result', 'kind'], msg, input: kind.value }],
    }
  }
  const data = readKey(result.value, 'data')
  if (data === undefined) return missing(['result', 'data'], result.value)
  const checked = within(await output.validate(data.value), ['result', 'data'])
  return checked.ok ? { ok: true, value: new Chosen(output, checked.value) } : checked
}

/** A value of a union, with the alternative it belongs to. */
export class Chosen {
  readonly output: ObjectOutput
  readonly value: unknown

  constructor(output: ObjectOutput, value: unknown) {
    this.output = output
    this.value = value
  }
}

/** Where in a union's value the data of an alternative stands, and which it is; `undefined` when it does not say. */
export function alternativeOf(
  alternatives: ReadonlyMap<string, ObjectOutput>,
  value: unknown,
): { readonly output: ObjectOutput; readonly loc: readonly string[] } | undefined {
  const kind = readKey(readKey(value, 'result')?.value, 'kind')
  const output = typeof kind?.value === 'string' ? alternatives.get(kind.value) : undefined
  return output && { output, loc: ['result', 'data'] }
}

function readKey(value: unknown, key: string): { readonly value: unknown } | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
  return { value: Reflect.get(value, key) }
}

function missing(loc: readonly string[], input: unknown): ValidationResult<never> {
  return { ok: false, issues: [{ type: 'missing', loc, msg: 'Field required', input }] }
}

function within<TValue>(
  result: ValidationResult<TValue>,
  loc: readonly string[],
): ValidationResult<TValue> {
  if (result.ok) return result
  return {
    ok: false,
    issues: result.issues.map((issue) => ({ ...issue, loc: [...loc, ...issue.loc] })),
  }
}

function unionSchema(byKind: ReadonlyMap<string, ObjectOutput>): JsonObject {
  const definitions: Record<string, unknown> = {}
  const anyOf = [...byKind].map(([kind, output]) => alternative(kind, output, definitions))
  return {
    type: 'object',
    properties: { result: { anyOf } },
    required: ['result'],
    additionalProperties: false,
    ...(Object.keys(definitions).length > 0 && { $defs: definitions }),
  }
}

function alternative(
  kind: string,
  output: ObjectOutput,
  definitions: Record<string, unknown>,
): JsonObject {
  const { $defs, title, ...data } = output.jsonSchema
  for (const [name, definition] of Object.entries($defs ?? {})) {
    const known = definitions[name]
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(definition)) {
      throw new UserError(`Two output types define '${name}' in different ways`, {
        hint: 'Give one of the two definitions another name',
      })
    }
    definitions[name] = definition
  }
  return {
    type: 'object',
    properties: { kind: { type: 'string', const: kind }, data },
    required: ['kind', 'data'],
    additionalProperties: false,
    ...(title === undefined ? {} : { title }),
    ...(output.description === null ? {} : { description: output.description }),
  }
}
