import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseTimestamp } from '../../src/messages/index.ts'

describe('parseTimestamp', () => {
  it.each([
    ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05Z'],
    ['2026-01-02T03:04:05.678901Z', '2026-01-02T03:04:05.678901Z'],
    ['2026-01-02T03:04:05.120Z', '2026-01-02T03:04:05.120000Z'],
    ['2026-01-02T03:04:05.000Z', '2026-01-02T03:04:05Z'],
    ['2026-01-02T03:04:05.000000Z', '2026-01-02T03:04:05Z'],
    ['2026-01-02T03:04:05.1234567Z', '2026-01-02T03:04:05.123456Z'],
    ['2026-01-02T03:04:05+00:00', '2026-01-02T03:04:05Z'],
    ['2026-01-02T03:04:05+02:00', '2026-01-02T03:04:05+02:00'],
    ['2026-01-02T03:04:05-0330', '2026-01-02T03:04:05-03:30'],
    ['2026-01-02T03:04:05', '2026-01-02T03:04:05'],
    ['2026-01-02 03:04', '2026-01-02T03:04:00'],
    ['2026-01-31T03:04:05Z', '2026-01-31T03:04:05Z'],
    ['2028-02-29T03:04:05Z', '2028-02-29T03:04:05Z'],
    [0, '1970-01-01T00:00:00Z'],
    [1767323045, '2026-01-02T03:04:05Z'],
    [1767323045.25, '2026-01-02T03:04:05.250000Z'],
    [1767323045250, '2026-01-02T03:04:05.250000Z'],
    ['1767323045', '2026-01-02T03:04:05Z'],
    [-1, '1969-12-31T23:59:59Z'],
  ])('reads %s as %s', (given, expected) => {
    expect(parseTimestamp(given)).toBe(expected)
  })

  it.each([
    'noon',
    '',
    '2026-13-01T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '2026-01-02T24:00:00Z',
    '2026-01-02T03:04:05+25:00',
    NaN,
    Infinity,
    1e20,
    null,
    {},
    10n,
  ])('refuses %s', (given) => {
    expect(parseTimestamp(given)).toBeNull()
  })

  const digits = (length: number, most: number) =>
    fc
      .oneof(
        { weight: 4, arbitrary: fc.integer({ min: 0, max: most }).map(String) },
        {
          weight: 1,
          arbitrary: fc.constantFrom('0', '28', '29', '30', '31', '60', '99', '1x', '٣٤'),
        },
      )
      .map((text) => text.padStart(length, '0'))
  const fraction = fc.constantFrom(
    '',
    '.000',
    '.120',
    '.999',
    '.000000',
    '.000001',
    '.12345x',
    '.5',
  )
  const separator = fc.constantFrom('T', 'T', 'T', ' ', 't', '-')
  const zone = fc.constantFrom('Z', 'Z', 'Z', 'z', '+00:00', '+25:00', '', '\n')
  const spelled = fc
    .tuple(digits(4, 9999), digits(2, 13), digits(2, 32), separator, digits(2, 24), digits(2, 60))
    .chain(([year, month, day, between, hour, minute]) =>
      fc
        .tuple(digits(2, 60), fraction, zone)
        .map(([second, rest, offset]) =>
          [`${year}-${month}-${day}`, between, `${hour}:${minute}:${second}`, rest, offset].join(
            '',
          ),
        ),
    )

  it('knows the calendar, and every spelling near that of a time', () => {
    fc.assert(
      fc.property(spelled, (text) => {
        expect(parseTimestamp(text)).toBe(byCalendar(text))
      }),
      { numRuns: 5_000 },
    )
  })
})

/** What a pattern and a calendar make of a time in the spellings above. */
function byCalendar(text: string): string | null {
  const found =
    /^(\d{4}-\d\d-\d\d)[Tt ]([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{1,6}))?(?:(Z|z|\+00:00)|)$/.exec(
      text,
    )
  if (found === null) return null
  const [, day = '', hour, minute, second, fraction = '', zone] = found
  const date = new Date(`${day}T00:00:00Z`)
  if (Number.isNaN(date.getTime()) || !date.toISOString().startsWith(day)) return null
  const micros = fraction.padEnd(6, '0')
  const end = `${micros === '000000' ? '' : `.${micros}`}${zone === undefined ? '' : 'Z'}`
  return `${day}T${hour}:${minute}:${second}${end}`
}
