import { normaliseTimestamp, parseTimestamp } from './timestamp.ts'
import { readData, writeData } from './data.ts'
import { jsonOf } from './json.ts'
import { type Codec, type Complete, isRecord, type Place } from './shape.ts'

/** Text, taken as it is. */
export const text: Codec<string> = {
  read(value, place) {
    if (typeof value === 'string') return value
    throw place.refusal('Expected text')
  },
  takesText: true,
}

/** {@link text} that comes again and again, such as the id of a run or the name of a tool: as JSON it is written once. */
export const recurring: Codec<string> = { ...text, recurs: true }

export const integer: Codec<number> = {
  read(value, place) {
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value
    throw place.refusal('Expected an integer')
  },
}

export const timestamp: Codec<string> = {
  read(value, place) {
    const time = parseTimestamp(value)
    if (time !== null) return time
    throw place.refusal('Expected a time')
  },
  write: (value) => (typeof value === 'string' ? normaliseTimestamp(value) : value),
}

const writeAny = (value: unknown, place: Place): unknown => writeData(value, place, null) ?? null

/** Any JSON; what it holds is the user's or the provider's and keeps its keys. */
export const data: Codec<unknown> = {
  read: (value, place) => readData(value, place, null),
  write: writeAny,
  takesText: true,
}

/** {@link data} that must be an object. */
export const record: Codec<Readonly<Record<string, unknown>>> = {
  read(value, place) {
    const read = readData(value, place, null)
    if (isRecord(read)) return read
    throw place.refusal('Expected an object')
  },
  write: writeAny,
}

/** One of a few words. */
export function oneOf<const T extends string>(...words: readonly T[]): Codec<T> {
  const known: ReadonlyMap<unknown, T> = new Map(words.map((word) => [word, word]))
  return {
    read(value, place) {
      const word = known.get(value)
      if (word !== undefined) return word
      throw place.refusal(`Expected ${words.map((option) => `'${option}'`).join(' or ')}`)
    },
    recurs: true,
  }
}

/** Items that are converted one by one. */
export function list<T>(codec: Complete<T>): Complete<readonly T[]>
export function list<T>(codec: Codec<T>): Codec<readonly T[]>
export function list<T>(codec: Codec<T>): Codec<readonly T[]> {
  const { read, write, brief, complete } = codec
  return {
    read: (value, place) => converted(value, place, read),
    ...(write && { write: (value: unknown, place: Place) => converted(value, place, write) }),
    json: (value: unknown, place: Place) =>
      `[${converted(value, place, (item) => jsonOf(codec, item, place)).join(',')}]`,
    ...(brief && { brief: (value: unknown, place: Place) => converted(value, place, brief) }),
    ...(complete && {
      complete(value: unknown, place: Place): readonly T[] {
        const items = converted(value, place, complete)
        return holdsSame(value, items) ? value : items
      },
    }),
  }
}

/** Text where the value is a string, the other codec where it is not. */
export function textOr<T>(codec: Complete<T>): Complete<string | T>
export function textOr<T>(codec: Codec<T>): Codec<string | T>
export function textOr<T>(codec: Codec<T>): Codec<string | T> {
  const { read, write, complete } = codec
  return {
    takesText: true,
    read: (value, place) => (typeof value === 'string' ? value : read(value, place)),
    ...(write && {
      write: (value: unknown, place: Place) =>
        typeof value === 'string' ? value : write(value, place),
    }),
    ...(complete && {
      complete: (value: unknown, place: Place) =>
        typeof value === 'string' ? value : complete(value, place),
    }),
  }
}

/** Objects of several kinds, told apart by one of their fields. */
export function variants<T extends object>(
  tag: { readonly wire: string; readonly memory: string },
  kinds: Readonly<Record<string, Complete<T>>>,
): Complete<T> & Required<Pick<Codec<T>, 'brief' | 'json'>> {
  const byTag = new Map<unknown, Complete<T>>(Object.entries(kinds))
  const find = (value: unknown, key: string, place: Place): Complete<T> => {
    if (!isRecord(value)) throw place.refusal('Expected an object')
    const kind = byTag.get(value[key])
    if (kind !== undefined) return kind
    place.path.push(key)
    throw place.refusal(
      value[key] === undefined
        ? `The field \`${key}\` is missing`
        : `Expected one of ${Object.keys(kinds).join(', ')}, not ${shown(value[key])}`,
    )
  }
  return {
    read: (value, place) => find(value, tag.wire, place).read(value, place),
    write: (value, place) => find(value, tag.memory, place).write(value, place),
    json: (value, place) => jsonOf(find(value, tag.memory, place), value, place),
    brief(value, place) {
      const { brief, write } = find(value, tag.memory, place)
      return brief === undefined ? write(value, place) : brief(value, place)
    },
    complete: (value, place) => find(value, tag.memory, place).complete(value, place),
  }
}

/** Short, and never a walk through what may be endlessly deep. */
function shown(tag: unknown): string {
  if (typeof tag === 'string') return JSON.stringify(tag.slice(0, 60))
  return typeof tag === 'object' && tag !== null ? 'an object' : String(tag)
}

function converted<T>(
  value: unknown,
  place: Place,
  convert: (item: unknown, place: Place) => T,
): T[] {
  if (!Array.isArray(value)) throw place.refusal('Expected a list')
  const items: readonly unknown[] = value
  const results = [...items] // not grown one by one: that leaves room for items that never come
  const { path } = place
  const depth = path.length
  path.push(0)
  for (let i = 0; i < results.length; i += 1) {
    path[depth] = i
    results[i] = convert(results[i], place)
  }
  path.pop()
  return results as T[] // each item was converted
}

function holdsSame<T>(value: unknown, items: readonly T[]): value is readonly T[] {
  return Array.isArray(value) && items.every((item, i) => item === value[i])
}
