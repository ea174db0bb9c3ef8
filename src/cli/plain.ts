/** A replacer for what JSON has no word for: bytes are base64, as in messages; big integers are their digits. */
export function plain(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (value instanceof Map || value instanceof Set) return [...value]
  return value
}
