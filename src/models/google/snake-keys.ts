import { isRawObject } from '../raw.ts'

/**
 * Google's data with the spelling of keys that histories use: `retrievedUrl` as `retrieved_url`, at any depth. For
 * metadata with known keys only, never for arguments or a user's schema.
 */
export function snakeKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeKeys)
  if (!isRawObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [snakeCase(key), snakeKeys(field)]),
  )
}

function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
