import { type AgentErrorOptions, ValidationError } from '../errors/index.ts'

/** Where a conversion is, and what it falls back on. One object serves one conversion; `path` grows and shrinks on the way. */
export class Place {
  readonly path: (string | number)[] = []
  /** The containers of user data around the current one; filled by `writeData`, to find circles. */
  readonly ancestors: object[] = []
  #now: string | null

  /** @param now the time that stands in for missing ones; default: the current one, asked for when needed */
  constructor(now: string | null = null) {
    this.#now = now
  }

  get now(): string {
    this.#now ??= new Date().toISOString()
    return this.#now
  }

  /** The error for the value at this place, to be thrown by the caller. */
  refusal(message: string, options?: AgentErrorOptions): ValidationError {
    return new ValidationError(message, [...this.path], options)
  }
}

/** Three ways of one kind of value. What is absent leaves the value as it is. */
export interface Codec<T> {
  /** Wire to memory. */
  readonly read: (value: unknown, place: Place) => T
  /** Memory to wire. */
  readonly write?: (value: unknown, place: Place) => unknown
  /** What callers wrote to what memory holds; the same object when nothing is missing. */
  readonly complete?: (value: unknown, place: Place) => T
}

/** How one key of memory is called on the wire, and what becomes of its value. */
export interface Field<T> extends Codec<T> {
  readonly wire: string
  /** Names that earlier versions wrote. */
  readonly aliases: readonly string[]
  /** What a null on the wire is taken for. */
  readonly nulls: 'kept' | 'missing' | 'read'
  /** `null`: the value must be given. It sees the keys before its own already filled in. */
  readonly whenMissing: ((place: Place, filled: Filled) => T) | null
}

type Filled = Readonly<Record<string, unknown>>

/** A field that every object of the kind has with the same value: its discriminator. */
export interface Constant<T> {
  readonly constant: T
  readonly wire: string
}

type Fields<T> = { readonly [K in keyof T]-?: Field<T[K]> | Constant<T[K]> }
type NamedField = Field<unknown> & { readonly key: string }

/** The value must be there; whether it may be null is the codec's choice. */
export function required<T>(wire: string, codec: Codec<T>): Field<T> {
  return { ...codec, wire, aliases: [], nulls: 'read', whenMissing: null }
}

/** The value may be missing or null; both mean null. */
export function nullable<T>(
  wire: string,
  codec: Codec<T>,
  ...aliases: readonly string[]
): Field<T | null> {
  return { ...codec, wire, aliases, nulls: 'kept', whenMissing: () => null }
}

/** The value may be missing; whether it may be null is the codec's choice. */
export function defaulting<T>(
  wire: string,
  codec: Codec<T>,
  whenMissing: (place: Place) => T,
  ...aliases: readonly string[]
): Field<T> {
  return { ...codec, wire, aliases, nulls: 'read', whenMissing }
}

/** A value that, missing or null, follows from the keys before it. */
export function derived<T>(wire: string, codec: Codec<T>, derive: (filled: Filled) => T): Field<T> {
  return {
    ...codec,
    wire,
    aliases: [],
    nulls: 'missing',
    whenMissing: (_, filled) => derive(filled),
  }
}

export function constant<T>(wire: string, value: T): Constant<T> {
  return { constant: value, wire }
}

/** One kind of object. */
export interface Shape<T extends object> extends Required<Codec<T>> {
  readonly write: (value: unknown, place: Place) => Record<string, unknown>
}

/** @param fields all keys of the kind, in the order in which they are written */
export function shape<T extends object>(fields: Fields<T>): Shape<T> {
  const layout = layoutOf(fields)
  return {
    // The casts: `fields` has a field of the right type for every key of T, and each was filled in.
    read: (value, place) => read(layout, value, place) as T,
    write: (value, place) => write(layout, value, place),
    complete: (value, place) => complete(layout, value, place) as T,
  }
}

interface Layout {
  readonly fields: readonly NamedField[]
  readonly constants: readonly (readonly [key: string, value: unknown])[]
  /** All keys in order, constants filled in: a spread gives an object its keys and its layout at once. */
  readonly memory: Filled
  readonly wire: Filled
}

function layoutOf(fields: object): Layout {
  const entries = Object.entries<Field<unknown> | Constant<unknown>>({ ...fields })
  const start = (field: Field<unknown> | Constant<unknown>): unknown =>
    'constant' in field ? field.constant : null
  return {
    fields: entries.flatMap(([key, field]) => ('constant' in field ? [] : [{ ...field, key }])),
    constants: entries.flatMap(([key, field]) =>
      'constant' in field ? [[key, field.constant] as const] : [],
    ),
    memory: Object.fromEntries(entries.map(([key, field]) => [key, start(field)])),
    wire: Object.fromEntries(entries.map(([, field]) => [field.wire, start(field)])),
  }
}

function read(layout: Layout, value: unknown, place: Place): Filled {
  if (!isRecord(value)) throw place.refusal('Expected an object')
  const filled = { ...layout.memory }
  for (const field of layout.fields) {
    let given = value[field.wire]
    if (given === undefined) given = fromAlias(value, field)
    if (given === null && field.nulls === 'kept') continue
    filled[field.key] =
      given === undefined || (given === null && field.nulls === 'missing')
        ? missing(field, field.wire, place, filled)
        : readAt(field, given, place)
  }
  return filled
}

function write(layout: Layout, value: unknown, place: Place): Record<string, unknown> {
  if (!isRecord(value)) throw place.refusal('Expected an object')
  const written = { ...layout.wire }
  for (const field of layout.fields) {
    const held = value[field.key] ?? null
    if (held === null) continue
    written[field.wire] = field.write === undefined ? held : writeAt(field, held, place)
  }
  return written
}

function complete(layout: Layout, value: unknown, place: Place): Filled {
  if (!isRecord(value)) throw place.refusal('Expected an object')
  let filled: Record<string, unknown> | null = null
  for (const [key, expected] of layout.constants) {
    if (value[key] !== expected) filled = { ...layout.memory }
  }
  let count = 0
  for (const field of layout.fields) {
    const given = value[field.key]
    const whole =
      given === undefined
        ? missing(field, field.key, place, filled ?? value)
        : completeAt(field, given, place)
    if (whole !== given) filled ??= firstFields(layout, value, count)
    if (filled !== null) filled[field.key] = whole
    count += 1
  }
  return filled ?? value
}

/** A fresh object that has taken over the first fields of another one. */
function firstFields(layout: Layout, value: Filled, count: number): Record<string, unknown> {
  const copy = { ...layout.memory }
  for (let i = 0; i < count; i += 1) {
    const key = layout.fields[i]?.key
    if (key !== undefined) copy[key] = value[key]
  }
  return copy
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fromAlias(value: Readonly<Record<string, unknown>>, field: NamedField): unknown {
  for (const alias of field.aliases) {
    const given = value[alias]
    if (given !== undefined) return given
  }
  return undefined
}

function missing(field: NamedField, name: string, place: Place, filled: Filled): unknown {
  if (field.whenMissing !== null) return field.whenMissing(place, filled)
  throw place.refusal(`The field \`${name}\` is missing`)
}

function readAt(field: NamedField, given: unknown, place: Place): unknown {
  place.path.push(field.wire)
  const value = field.read(given, place)
  place.path.pop()
  return value
}

function writeAt(field: NamedField, held: unknown, place: Place): unknown {
  place.path.push(field.wire)
  const value = field.write?.(held, place)
  place.path.pop()
  return value
}

function completeAt(field: NamedField, given: unknown, place: Place): unknown {
  if (field.complete === undefined || given === null) return given
  place.path.push(field.key)
  const value = field.complete(given, place)
  place.path.pop()
  return value
}
