const general =
  /^(\d{4}-\d\d-\d\d)(?:[Tt _](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?(?: ?([Zz]|[+-]\d\d(?::?\d\d)?))?$/
const digitsOnly = /^-?\d+(?:\.\d+)?$/
/** Numbers beyond it, which as seconds would lie behind the year 2603, are milliseconds. */
const mostSeconds = 2e10
/** Codes of characters. */
const zero = 48
const hyphen = 45
const point = 46
const colon = 58
const letterT = 84
const letterZ = 90

/**
 * A time from outside, as messages write it: `Z` for UTC, other offsets kept, none kept as none, six digits behind the
 * point unless they are zero. Numbers are seconds since 1970, or milliseconds if that large.
 *
 * @returns `null` when it is no time
 */
export function parseTimestamp(value: unknown): string | null {
  if (typeof value === 'number') return fromEpoch(value)
  if (typeof value !== 'string') return null
  return quickly(value) ?? (digitsOnly.test(value) ? fromEpoch(Number(value)) : fromText(value))
}

/** What `parseTimestamp` makes of a time in memory; text that is no time stays as it is. */
export function normaliseTimestamp(text: string): string {
  return quickly(text) ?? fromText(text) ?? text
}

/** A date as messages write it; `null` when it is invalid. */
export function timestampOf(date: Date): string | null {
  return Number.isNaN(date.getTime()) ? null : normaliseTimestamp(date.toISOString())
}

/**
 * The two spellings that all but a few times have, without a pattern or a calendar: what messages write, and what
 * `toISOString` does. `null` for any other.
 */
function quickly(text: string): string | null {
  const { length } = text
  if (length !== 20 && length !== 24 && length !== 27) return null
  if (!isMoment(text) || text.charCodeAt(length - 1) !== letterZ) return null
  if (length === 20) return text
  if (text.charCodeAt(19) !== point || !hasDigits(text, 20, length - 1)) return null
  if (length === 24) return text.endsWith('.000Z') ? wholeSeconds(text) : `${text.slice(0, 23)}000Z`
  return text.endsWith('.000000Z') ? wholeSeconds(text) : text
}

function wholeSeconds(text: string): string {
  return `${text.slice(0, 19)}Z`
}

/** Whether the text begins with a day of the calendar and a time of day. */
function isMoment(text: string): boolean {
  return (
    text.charCodeAt(10) === letterT &&
    isDay(text) &&
    text.charCodeAt(13) === colon &&
    text.charCodeAt(16) === colon &&
    isUpTo(23, twoDigits(text, 11)) &&
    isUpTo(59, twoDigits(text, 14)) &&
    isUpTo(59, twoDigits(text, 17))
  )
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

/** Whether the text begins with a day of the calendar. */
function isDay(text: string): boolean {
  if (text.charCodeAt(4) !== hyphen || text.charCodeAt(7) !== hyphen) return false
  const century = twoDigits(text, 0)
  const year = twoDigits(text, 2)
  const month = twoDigits(text, 5)
  const day = twoDigits(text, 8)
  if (century < 0 || year < 0 || month < 1 || month > 12 || day < 1) return false
  return day <= 28 || day <= daysIn(month, century * 100 + year)
}

function daysIn(month: number, year: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** -1 where no two digits are. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - zero
  const ones = text.charCodeAt(at + 1) - zero
  return isUpTo(9, tens) && isUpTo(9, ones) ? tens * 10 + ones : -1
}

function hasDigits(text: string, from: number, to: number): boolean {
  for (let i = from; i < to; i += 1) if (!isUpTo(9, text.charCodeAt(i) - zero)) return false
  return true
}

function isUpTo(most: number, value: number): boolean {
  return value >= 0 && value <= most
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
