import { ValidationError } from '../errors/index.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const codes = new TextEncoder().encode(alphabet)
const values = valuesByCode()
const pad = 61 // '='
const canonical = /^[\w-]*={0,2}$/
const decoder = new TextDecoder('latin1')

/** The form binary data has in messages: URL-safe alphabet, padded. */
export function bytesToBase64(bytes: Uint8Array): string {
  const text = new Uint8Array(Math.ceil(bytes.length / 3) * 4)
  for (let from = 0, to = 0; from < bytes.length; from += 3, to += 4) {
    const [a = 0, b, c] = [bytes[from], bytes[from + 1], bytes[from + 2]]
    const bits = (a << 16) | ((b ?? 0) << 8) | (c ?? 0)
    text[to] = codes[bits >> 18] ?? pad
    text[to + 1] = codes[(bits >> 12) & 63] ?? pad
    text[to + 2] = b === undefined ? pad : (codes[(bits >> 6) & 63] ?? pad)
    text[to + 3] = c === undefined ? pad : (codes[bits & 63] ?? pad)
  }
  return decoder.decode(text)
}

/**
 * Decodes either alphabet, with or without padding.
 *
 * @throws {ValidationError} when the text is not base64
 */
export function base64ToBytes(text: string): Uint8Array<ArrayBuffer> {
  const base64 = normaliseBase64(text, [])
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0
  const bytes = new Uint8Array((base64.length / 4) * 3 - padding)
  for (let from = 0, to = 0; from < base64.length; from += 4, to += 3) {
    const bits =
      (valueAt(base64, from) << 18) |
      (valueAt(base64, from + 1) << 12) |
      (valueAt(base64, from + 2) << 6) |
      valueAt(base64, from + 3)
    bytes[to] = bits >> 16 // writes behind the end are ignored
    bytes[to + 1] = bits >> 8
    bytes[to + 2] = bits
  }
  return bytes
}

/**
 * Respells either alphabet, with or without padding, as the URL-safe one with padding.
 *
 * @throws {ValidationError} naming `path`, when the text is not base64
 */
export function normaliseBase64(text: string, path: readonly (string | number)[]): string {
  if (text.length % 4 === 0 && canonical.test(text)) return text
  const unpadded = text.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_')
  if (unpadded.length % 4 === 1 || !canonical.test(unpadded)) {
    throw new ValidationError('Binary data must be base64', path)
  }
  return unpadded.padEnd(Math.ceil(unpadded.length / 4) * 4, '=')
}

/** The same data in the alphabet of data URLs and most providers (`+` and `/`). */
export function standardBase64(text: string): string {
  return text.replaceAll('-', '+').replaceAll('_', '/')
}

function valueAt(text: string, index: number): number {
  return values[text.charCodeAt(index)] ?? 0
}

function valuesByCode(): Uint8Array {
  const table = new Uint8Array(128)
  codes.forEach((code, value) => (table[code] = value))
  return table
}
