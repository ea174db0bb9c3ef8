/** UTC as messages write it: whole seconds, or six digits behind the point. Day 29 to 31 need a calendar. */
const canonical =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{6})?Z$/
const general =
  /^(\d{4}-\d\d-\d\d)(?:[Tt _](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?(?: ?([Zz]|[+-]\d\d(?::?\d\d)?))?$/
const digitsOnly = /^-?\d+(?:\.\d+)?$/
/** Numbers beyond it, which as seconds would lie behind the year 2603, are milliseconds. */
const mostSeconds = 2e10

/**
 * A time from outside, as messages write it: `Z` for UTC, other offsets kept, none kept as none, six digits behind the
 * point unless they are zero. Numbers are seconds since 1970, or milliseconds if that large.
 *
 * @returns `null` when it is no time
 */
export function parseTimestamp(value: unknown): string | null {
  if (typeof value === 'number') return fromEpoch(value)
  if (typeof value !== 'string') return null
  if (isCanonical(value)) return value
  return digitsOnly.test(value) ? fromEpoch(Number(value)) : fromText(value)
}

/** What `parseTimestamp` makes of a time in memory; text that is no time stays as it is. */
export function normaliseTimestamp(text: string): string {
  return isCanonical(text) ? text : (fromText(text) ?? text)
}

/** A date as messages write it; `null` when it is invalid. */
export function timestampOf(date: Date): string | null {
  return Number.isNaN(date.getTime()) ? null : normaliseTimestamp(date.toISOString())
}

function isCanonical(text: string): boolean {
  return canonical.test(text) && !text.endsWith('.000000Z')
}

function fromText(text: string): string | null {
  const found = general.exec(text)
  if (found === null) return null
  const [, day = '', hour = '00', minute = '00', second = '00', fraction = '', zone = ''] = found
  if (!isDay(day) || hour > '23' || minute > '59' || second > '59') return null
  const offset = normaliseOffset(zone)
  if (offset === null) return null
  const micros = fraction.slice(0, 6).padEnd(6, '0')
  return `${day}T${hour}:${minute}:${second}${micros === '000000' ? '' : `.${micros}`}${offset}`
}

function isDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day)
}

function normaliseOffset(zone: string): string | null {
  if (zone === '' || zone === 'Z' || zone === 'z') return zone.toUpperCase()
  const [hours, minutes] = [zone.slice(1, 3), zone.slice(3).replace(':', '') || '00']
  if (hours > '23' || minutes > '59') return null
  return hours === '00' && minutes === '00' ? 'Z' : `${zone.charAt(0)}${hours}:${minutes}`
}

function fromEpoch(value: number): string | null {
  const seconds = Math.abs(value) > mostSeconds ? value / 1000 : value
  const whole = Math.floor(seconds)
  const micros = Math.round((seconds - whole) * 1e6)
  const date = new Date((whole + (micros === 1e6 ? 1 : 0)) * 1000)
  if (Number.isNaN(date.getTime()) || date.getUTCFullYear() < 1 || date.getUTCFullYear() > 9999) {
    return null
  }
  const fraction = micros % 1e6 === 0 ? '' : `.${String(micros).padStart(6, '0')}`
  return `${date.toISOString().slice(0, 19)}${fraction}Z`
}
