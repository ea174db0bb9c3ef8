import type { JsonObject } from '../schema/index.ts'

/**
 * A string of the asked format, pattern and length: `a` when nothing is asked, `b`, `c`… for other seeds. A pattern is
 * met when one of the samples happens to fit it; otherwise the string is made as if there were none. `undefined` when
 * no length will do.
 */
export function sampleString(keywords: JsonObject, seed: number): string | undefined {
  const { format, pattern, minLength = 0, maxLength = Infinity } = keywords
  const range: Range = [Number(minLength), Number(maxLength)]
  const formatted = typeof format === 'string' ? samplesOf(format, seed) : []
  const matching =
    typeof pattern === 'string' ? samplesFor(pattern, formatted, seed, range) : formatted
  const plain = letterAt(seed).repeat(Math.min(Math.max(range[0], 1), range[1]))
  return [...matching, ...formatted, plain].find((text) => isWithin(text.length, range))
}

/** Fewest and most characters. */
type Range = readonly [min: number, max: number]

/** Those of `preferred` and of everything known that match the pattern. */
function samplesFor(
  pattern: string,
  preferred: readonly string[],
  seed: number,
  range: Range,
): readonly string[] {
  const expression = expressionOf(pattern)
  const lengths = Array.from({ length: 40 }, (_, more) => range[0] + more)
  const characters = [letterAt(seed), letterAt(seed).toUpperCase(), String(seed % 10)]
  const repeated = characters.flatMap((one) =>
    lengths.filter((length) => isWithin(length, range)).map((length) => one.repeat(length)),
  )
  const known = Object.keys(formats).flatMap((format) => samplesOf(format, seed))
  return [...preferred, ...repeated, ...known].filter((text) => expression?.test(text))
}

/** `undefined` for what is no pattern here: the schema may have been written for another language. */
export function expressionOf(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern, 'u')
  } catch {
    return undefined
  }
}

function samplesOf(format: string, seed: number): readonly string[] {
  const sample = Object.hasOwn(formats, format) ? formats[format] : undefined
  return sample ? [sample(seed)] : []
}

function isWithin(length: number, [min, max]: Range): boolean {
  return length >= min && length <= max
}

/**
 * One string for each format of JSON Schema, and for others that schema libraries name.
 * @see https://json-schema.org/draft/2020-12/json-schema-validation#section-7.3
 */
const formats: Readonly<Record<string, (seed: number) => string>> = {
  date: (seed) => `2024-01-${twoDigits(1 + (seed % 28))}`,
  'date-time': (seed) => `2024-01-${twoDigits(1 + (seed % 28))}T00:00:00Z`,
  'local-date-time': (seed) => `2024-01-${twoDigits(1 + (seed % 28))}T00:00:00`,
  'local-time': (seed) => `00:00:${twoDigits(seed % 60)}`,
  time: (seed) => `00:00:${twoDigits(seed % 60)}Z`,
  duration: (seed) => `P${1 + seed}D`,
  email: (seed) => `${letterAt(seed)}@example.com`,
  'idn-email': (seed) => `${letterAt(seed)}@example.com`,
  hostname: (seed) => `${letterAt(seed)}.example.com`,
  'idn-hostname': (seed) => `${letterAt(seed)}.example.com`,
  ipv4: (seed) => `127.0.0.${1 + (seed % 254)}`,
  ipv6: (seed) => `::${(1 + seed).toString(16)}`,
  cidrv4: (seed) => `10.${seed % 256}.0.0/16`,
  cidrv6: (seed) => `2001:db8:${seed.toString(16)}::/48`,
  uri: (seed) => `https://example.com/${letterAt(seed)}`,
  'uri-reference': (seed) => `/${letterAt(seed)}`,
  iri: (seed) => `https://example.com/${letterAt(seed)}`,
  'iri-reference': (seed) => `/${letterAt(seed)}`,
  uuid: (seed) => `00000000-0000-4000-8000-${seed.toString(16).padStart(12, '0')}`,
  'json-pointer': (seed) => `/${letterAt(seed)}`,
  regex: (seed) => letterAt(seed),
  base64: () => 'YQ==',
  base64url: () => 'YQ',
  e164: (seed) => `+1555${seed.toString().padStart(7, '0')}`,
  ulid: (seed) => seed.toString().padStart(26, '0'),
  cuid: (seed) => `c${letterAt(seed).repeat(24)}`,
  ksuid: (seed) => letterAt(seed).repeat(27),
  nanoid: (seed) => letterAt(seed).repeat(21),
  xid: (seed) => letterAt(seed % 22).repeat(20),
  mac: () => '00:00:5E:00:53:01',
  emoji: () => '🙂',
}

function letterAt(seed: number): string {
  return String.fromCodePoint(97 + (seed % 26))
}

function twoDigits(number: number): string {
  return number.toString().padStart(2, '0')
}
