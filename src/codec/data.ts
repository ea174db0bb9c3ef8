import { bytesToBase64 } from './base64.ts'
import { timestampOf } from './timestamp.ts'
import { isRawJson, numberOf, rawDouble, rawInteger } from './exact-integers.ts'
import { isRecord, type Place } from './shape.ts'

/**
 * What becomes of an object in the content of a tool: media on its way in or out, `undefined` for anything else.
 */
export type MediaHook = (value: Readonly<Record<string, unknown>>, place: Place) => unknown

/** Deeper data is refused: it would overflow the stack of whoever walks it. */
const mostLevels = 500
/** From here on, containers are looked up among those around them. */
const suspiciousLevels = 100

/**
 * User data from the wire. It is the same object unless media was revived in it or an exact integer was met; keys stay
 * as they are.
 *
 * @throws {ValidationError} when it is nested too deeply, or holds a number beyond all doubles
 */
export function readData(value: unknown, place: Place, media: MediaHook | null): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw place.refusal('The number is too large for a double, or none')
  }
  if (typeof value !== 'object' || value === null) return value
  if (place.path.length > mostLevels) throw place.refusal('The data is nested too deeply')
  if (Array.isArray(value)) return mappedList(value, place, media, readData)
  if (!isRecord(value)) return value
  if (isRawJson(value)) return numberOf(value)
  return media?.(value, place) ?? mappedObject(value, place, media, readData)
}

/**
 * User data for the wire, as `JSON.stringify` can take it: dates become times, sets lists, maps objects, bytes base64,
 * numbers that JSON does not know null; functions, symbols and undefined go. `toJSON` is honoured.
 *
 * @returns the same object when nothing had to change; `undefined` for what JSON leaves out
 * @throws {ValidationError} when it refers to itself, is nested too deeply, or holds an integer the runtime cannot write
 */
export function writeData(value: unknown, place: Place, media: MediaHook | null): unknown {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value
  if (typeof value === 'number') return writeNumber(value)
  if (typeof value === 'bigint') return rawInteger(value, place)
  return typeof value === 'object' ? writeContainer(value, place, media) : undefined
}

function writeNumber(value: number): unknown {
  if (!Number.isFinite(value)) return null
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? rawDouble(value) : value
}

function writeContainer(value: object, place: Place, media: MediaHook | null): unknown {
  const { ancestors } = place
  if (ancestors.length > suspiciousLevels) refuseCircle(value, place)
  ancestors.push(value)
  const written = Array.isArray(value)
    ? mappedList(value, place, media, writeData)
    : isPlain(value)
      ? writePlain(value, place, media)
      : writeInstance(value, place, media)
  ancestors.pop()
  return written
}

function writePlain(
  value: Readonly<Record<string, unknown>>,
  place: Place,
  media: MediaHook | null,
): unknown {
  if (isRawJson(value)) return value
  if (typeof value['toJSON'] === 'function') return writeInstance(value, place, media)
  return media?.(value, place) ?? mappedObject(value, place, media, writeData)
}

function writeInstance(value: object, place: Place, media: MediaHook | null): unknown {
  if (value instanceof Date) return timestampOf(value)
  if (value instanceof Uint8Array) return bytesToBase64(value)
  if (value instanceof Set) return writeData([...value], place, media)
  if (value instanceof Map) return writeData(Object.fromEntries(value), place, media)
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    const json: unknown = Reflect.apply(value.toJSON, value, [String(place.path.at(-1) ?? '')])
    if (json !== value) return writeData(json, place, media)
  }
  return mappedObject({ ...value }, place, media, writeData)
}

type Convert = (item: unknown, place: Place, media: MediaHook | null) => unknown

/** The list with each item converted; the same one when no item changed. */
function mappedList(
  items: readonly unknown[],
  place: Place,
  media: MediaHook | null,
  convert: Convert,
): readonly unknown[] {
  let copy: unknown[] | null = null
  const { path } = place
  const depth = path.length
  path.push(0)
  for (let i = 0; i < items.length; i += 1) {
    path[depth] = i
    const item = convert(items[i], place, media) ?? null
    if (item !== items[i]) copy ??= [...items]
    if (copy !== null) copy[i] = item
  }
  path.pop()
  return copy ?? items
}

/** The object with each value converted and without what became undefined; the same one when nothing changed. */
function mappedObject(
  value: Readonly<Record<string, unknown>>,
  place: Place,
  media: MediaHook | null,
  convert: Convert,
): Readonly<Record<string, unknown>> {
  let copy: Record<string, unknown> | null = null
  const { path } = place
  const depth = path.length
  path.push('')
  for (const key of Object.keys(value)) {
    const given = value[key]
    path[depth] = key
    const item = convert(given, place, media)
    if (item === given && item !== undefined) continue
    copy ??= { ...value } // spreading makes `__proto__` a key like any other, and so does the assignment below
    if (item === undefined) delete copy[key]
    else copy[key] = item
  }
  path.pop()
  return copy ?? value
}

function isPlain(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function refuseCircle(value: object, place: Place): void {
  const { ancestors, path } = place
  if (ancestors.includes(value)) {
    const again = ancestors.findIndex((each, i) => ancestors.indexOf(each) < i)
    if (again !== -1) path.length = Math.max(0, path.length - ancestors.length + again)
    throw place.refusal('The data refers to itself')
  }
  if (ancestors.length > mostLevels) throw place.refusal('The data is nested too deeply')
}
