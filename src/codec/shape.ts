import { type AgentErrorOptions, ValidationError } from '../errors/index.ts'
import { KeyText } from './json.ts'

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

/** The ways of one kind of value. What is absent leaves the value as it is. */
export interface Codec<T> {
  /** Wire to memory. */
  readonly read: (value: unknown, place: Place) => T
  /** Memory to wire. */
  readonly write?: (value: unknown, place: Place) => unknown
  /** Memory to the wire form as JSON text. Default: the text of what `write` gives. */
  readonly json?: (value: unknown, place: Place) => string
  /** Memory to wire without what goes without saying. Default: like `write`. */
  readonly brief?: (value: unknown, place: Place) => unknown
  /** What callers wrote to what memory holds; the same object when nothing is missing. */
  readonly complete?: (value: unknown, place: Place) => T
  /** Whether all text is such a value, and the same on the wire: then nobody asks. */
  readonly takesText?: boolean
  /** Whether the same few texts come again and again. */
  readonly recurs?: boolean
}

/** A codec that knows the three ways that cannot stand in for one another. */
export type Complete<T> = Codec<T> & Required<Pick<Codec<T>, 'read' | 'write' | 'complete'>>

/** How one key of memory is called on the wire, and what becomes of its value. */
export interface Field<T> extends Codec<T> {
  readonly wire: string
  /** Names that earlier versions wrote. */
  readonly aliases: readonly string[]
  /** What a null on the wire is taken for. */
  readonly nulls: 'kept' | 'missing' | 'read'
  /** `null`: the value must be given. It sees the keys before its own already filled in. */
  readonly whenMissing: ((place: Place, filled: Filled) => T) | null
  /** What memory holds when the value is missing, where that is always the same: nobody asks `whenMissing` then. */
  readonly standIn?: T
  /** What `brief` leaves out. Default: nothing. */
  readonly isUnsaid?: (held: unknown) => boolean
}

type Filled = Readonly<Record<string, unknown>>

/** A field that every object of the kind has with the same value: its discriminator. */
export interface Constant<T> {
  readonly constant: T
  readonly wire: string
}

type Fields<T> = { readonly [K in keyof T]-?: Field<T[K]> | Constant<T[K]> }

/** The value must be there; whether it may be null is the codec's choice. */
export function required<T>(wire: string, codec: Codec<T>): Field<T> {
  return { ...codec, wire, aliases: [], nulls: 'read', whenMissing: null }
}

/** The value may be missing or null; both mean null, and go without saying. */
export function nullable<T>(
  wire: string,
  codec: Codec<T>,
  ...aliases: readonly string[]
): Field<T | null> {
  return {
    ...codec,
    wire,
    aliases,
    nulls: 'kept',
    whenMissing: () => null,
    standIn: null,
    isUnsaid: isNothing,
  }
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

/** {@link defaulting} to what is always the same. */
export function usually<T>(
  wire: string,
  codec: Codec<T>,
  value: T,
  ...aliases: readonly string[]
): Field<T> {
  const isUnsaid = (held: unknown): boolean => held === value
  return { ...defaulting(wire, codec, () => value, ...aliases), standIn: value, isUnsaid }
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

/** A field that `brief` always writes. */
export function said<T>({ isUnsaid: _, ...field }: Field<T>): Field<T> {
  return field
}

/** A field that `brief` never writes: somebody else does, or knows it. */
export function unsaid<T>(field: Field<T>): Field<T> {
  return { ...field, isUnsaid: () => true }
}

function isNothing(held: unknown): boolean {
  return held === null
}

export function constant<T>(wire: string, value: T): Constant<T> {
  return { constant: value, wire }
}

/** One kind of object. */
export interface Shape<T extends object> extends Complete<T> {
  readonly fields: Fields<T>
  readonly write: (value: unknown, place: Place) => Record<string, unknown>
  readonly json: (value: unknown, place: Place) => string
  readonly brief: (value: unknown, place: Place) => Record<string, unknown>
}

/** Reads values that are plain and right, faster than a table is walked through; `undefined` for all others. */
export type Quick<T> = (value: Readonly<Record<string, unknown>>, place: Place) => T | undefined

/**
 * @param fields all keys of the kind, in the order in which they are written
 * @param quick reads to the same as `fields` do, or to `undefined`
 * @param whole fills in the same as `fields` do, in their order, or gives `undefined`; also for what lacks nothing
 */
export function shape<T extends object>(
  fields: Fields<T>,
  quick: Quick<T> = never,
  whole: Quick<object> = never,
): Shape<T> {
  let made: Layout | undefined
  const layout = (): Layout => (made ??= layoutOf(fields)) // a process needs few of them
  return {
    fields,
    // The casts: `fields` has a field of the right type for every key of T, and each was filled in.
    read: (value, place) =>
      (isRecord(value) ? quick(value, place) : undefined) ?? (read(layout(), value, place) as T),
    write: (value, place) => write(layout(), value, place),
    json: (value, place) => json(layout(), value, place),
    brief: (value, place) => brief(layout(), value, place),
    complete: (value, place) =>
      ((isRecord(value) ? whole(value, place) : undefined) ??
        complete(layout(), value, place)) as T,
  }
}

function never(): undefined {}

type NamedField = Field<unknown> & { readonly key: string; readonly hasStandIn: boolean }

interface Layout {
  readonly fields: readonly NamedField[]
  readonly constants: readonly (readonly [key: string, value: unknown])[]
  /** Everything in order. */
  readonly all: readonly (NamedField | Constant<unknown>)[]
  /** Of everything in order: constants as they are written. */
  readonly texts: readonly (KeyText | string)[]
  /** All keys in order, constants and stand-ins filled in: a spread gives an object its keys and its layout at once. */
  readonly memory: Filled
  readonly wire: Filled
}

function layoutOf(fields: object): Layout {
  const entries = Object.entries<Field<unknown> | Constant<unknown>>({ ...fields })
  const all = entries.map(([key, field]) =>
    'constant' in field ? field : { ...field, key, hasStandIn: field.standIn !== undefined },
  )
  const start = (field: Field<unknown> | Constant<unknown>): unknown =>
    'constant' in field ? field.constant : null
  const standIn = (field: Field<unknown> | Constant<unknown>): unknown =>
    'constant' in field ? field.constant : (field.standIn ?? null)
  return {
    fields: all.flatMap((field) => ('constant' in field ? [] : [field])),
    constants: entries.flatMap(([key, field]) =>
      'constant' in field ? [[key, field.constant] as const] : [],
    ),
    all,
    texts: all.map((field, i) =>
      'constant' in field
        ? `${i === 0 ? '{' : ','}${JSON.stringify(field.wire)}:${JSON.stringify(field.constant)}`
        : new KeyText(field.wire, field.key, field, i === 0),
    ),
    memory: Object.fromEntries(entries.map(([key, field]) => [key, standIn(field)])),
    wire: Object.fromEntries(entries.map(([, field]) => [field.wire, start(field)])),
  }
}

// The conversions below have one entry of the path for all fields, written before anybody could ask for it.

function read(layout: Layout, value: unknown, place: Place): Filled {
  if (!isRecord(value)) throw place.refusal('Expected an object')
  const filled = { ...layout.memory }
  const { path } = place
  const depth = path.length
  path.push('')
  for (const field of layout.fields) {
    const { wire } = field
    let given = value[wire]
    if (given === undefined && field.aliases.length > 0) given = fromAlias(value, field)
    if (given === undefined || (given === null && field.nulls !== 'read')) {
      if (field.hasStandIn) continue
      path.pop()
      filled[field.key] = missing(field, wire, place, filled)
      path.push('')
    } else if (field.takesText === true && typeof given === 'string') {
      filled[field.key] = given
    } else {
      path[depth] = wire
      filled[field.key] = field.read(given, place)
    }
  }
  path.pop()
  return filled
}

function write(layout: Layout, value: unknown, place: Place): Record<string, unknown> {
  if (!isRecord(value)) throw place.refusal('Expected an object')
  const written = { ...layout.wire }
  const { path } = place
  const depth = path.length
  path.push('')
  for (const field of layout.fields) {
    const held = value[field.key]
    if (held === undefined || held === null) continue
    path[depth] = field.wire
    written[field.wire] = writtenBy(field, field.write, held, place)
  }
  path.pop()
  return written
}

function json({ texts }: Layout, value: unknown, place: Place): string {
  if (!isRecord(value)) throw place.refusal('Expected an object')
  const { path } = place
  const depth = path.length
  path.push('')
  let text = ''
  for (const each of texts) {
    if (typeof each === 'string') text += each
    else {
      path[depth] = each.wire
      text += each.of(value[each.key] ?? null, place)
    }
  }
  path.pop()
  return `${text}}`
}

function brief(layout: Layout, value: unknown, place: Place): Record<string, unknown> {
  if (!isRecord(value)) throw place.refusal('Expected an object')
  const written: Record<string, unknown> = {}
  const { path } = place
  const depth = path.length
  path.push('')
  for (const field of layout.all) {
    if ('constant' in field) {
      written[field.wire] = field.constant
      continue
    }
    const held = value[field.key] ?? null
    if (field.isUnsaid?.(held) === true) continue
    path[depth] = field.wire
    written[field.wire] =
      held === null ? null : writtenBy(field, field.brief ?? field.write, held, place)
  }
  path.pop()
  return written
}

function writtenBy(
  { takesText }: NamedField,
  convert: Codec<unknown>['write'],
  held: unknown,
  place: Place,
): unknown {
  if (convert === undefined || (takesText === true && typeof held === 'string')) return held
  return convert(held, place)
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

function fromAlias(value: Filled, field: NamedField): unknown {
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

function completeAt(field: NamedField, given: unknown, place: Place): unknown {
  if (field.complete === undefined || given === null) return given
  place.path.push(field.key)
  const value = field.complete(given, place)
  place.path.pop()
  return value
}
