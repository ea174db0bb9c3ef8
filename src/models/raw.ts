/** JSON from outside whose shape is not known yet. */
export type RawObject = Readonly<Record<string, unknown>>

export function isRawObject(value: unknown): value is RawObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object, or an empty one when it is something else. */
export function rawObject(value: unknown): RawObject {
  return isRawObject(value) ? value : {}
}

/** The objects of a list; none when it is no list. */
export function rawObjects(value: unknown): readonly RawObject[] {
  return Array.isArray(value) ? value.filter(isRawObject) : []
}

export function rawText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** Text that says something: `''` counts as missing. */
export function filledText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

export function rawNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/** The whole numbers of an object, with flags as 0 and 1; everything else is left out. */
export function rawCounters(
  value: unknown,
  leftOut: readonly string[] = [],
): Readonly<Record<string, number>> {
  const counters: Record<string, number> = {}
  for (const [key, count] of Object.entries(rawObject(value))) {
    if (leftOut.includes(key)) continue
    if (typeof count === 'boolean') counters[key] = Number(count)
    else if (Number.isInteger(count)) counters[key] = Number(count)
  }
  return counters
}

/** The entries that have a value: neither `null` nor `undefined`. */
export function present(fields: RawObject): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null))
}

/** {@link present}, or `null` when nothing is left. */
export function presentOrNull(fields: RawObject): Record<string, unknown> | null {
  const found = present(fields)
  return Object.keys(found).length === 0 ? null : found
}

/** Seconds since 1970 as an ISO timestamp. */
export function timestampOf(seconds: unknown): string | undefined {
  const count = rawNumber(seconds)
  if (count === undefined || count === 0) return undefined
  return new Date(count * 1000).toISOString().replace('.000Z', 'Z')
}
