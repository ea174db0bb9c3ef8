const date = String.raw`\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])`
const time = String.raw`(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?`
const zone = String.raw`(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)`
const label = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?'
const byte = String.raw`(?:25[0-5]|2[0-4]\d|1?\d?\d)`

const isDate = matcher(date)
const isDateTime = matcher(`${date}[Tt ]${time}${zone}`)
const isIpv4 = matcher(String.raw`(?:${byte}\.){3}${byte}`)

/** Tells whether a text has the format. */
export type Format = (text: string) => boolean

/**
 * The formats that are checked, as RFC 3339, 5321, 1123, 4122 and their like define them. Others are notes to the
 * reader, as JSON Schema has it.
 */
export const formats: ReadonlyMap<string, Format> = new Map<string, Format>([
  ['date', (text) => isDate(text) && isOnCalendar(text)],
  ['date-time', (text) => isDateTime(text) && isOnCalendar(text)],
  ['time', matcher(`${time}${zone}?`)],
  [
    'duration',
    matcher(
      String.raw`P(?=.)(?:\d+W|(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?)`,
    ),
  ],
  ['email', matcher(String.raw`[^\s@"(),:;<>[\]\\]{1,64}@${label}(?:\.${label})+`)],
  ['hostname', matcher(String.raw`(?=.{1,253}$)${label}(?:\.${label})*`)],
  ['ipv4', isIpv4],
  ['ipv6', isIpv6],
  ['uri', (text) => /^[A-Za-z][A-Za-z0-9+.-]*:\S+$/.test(text) && URL.canParse(text)],
  ['uuid', matcher('[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}')],
  ['regex', isRegex],
])

function matcher(source: string): Format {
  const pattern = new RegExp(`^(?:${source})$`)
  return (text) => pattern.test(text)
}

/** Whether the month has that day; `Date` would roll over to the next one. */
function isOnCalendar(text: string): boolean {
  const [year, month, day] = text.slice(0, 10).split('-').map(Number)
  const moment = new Date(0)
  moment.setUTCFullYear(year ?? 0, (month ?? 0) - 1, day)
  return moment.getUTCDate() === day
}

function isIpv6(text: string): boolean {
  const [head = '', tail, more] = text.split('::')
  if (more !== undefined) return false
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'))
  const all = [...groups(head), ...groups(tail ?? '')]
  const last = all.at(-1) ?? ''
  const length = all.length + (isIpv4(last) ? 1 : 0)
  const areHex = all.every(
    (group) => /^[0-9a-fA-F]{1,4}$/.test(group) || (group === last && isIpv4(last)),
  )
  return areHex && (tail === undefined ? length === 8 : length < 8)
}

function isRegex(text: string): boolean {
  try {
    new RegExp(text, 'u')
    return true
  } catch {
    return false
  }
}
