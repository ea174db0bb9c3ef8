import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { ValidationError } from '../errors/index.ts'

const longestName = 300

/** Ids and names are columns and keys: not too long, and of characters that every database takes. */
export function isName(value: unknown): value is string {
  return (
    typeof value === 'string' && value !== '' && value.length <= longestName && isStorable(value)
  )
}

/** Whether every database takes the text as it is. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

/** The text as every database takes it. */
export function storable(text: string): string {
  return isStorable(text) ? text : text.toWellFormed().replaceAll('\0', '\uFFFD')
}

/** @throws {ValidationError} when it is no name */
export function checkName(value: unknown, ...path: readonly (string | number)[]): void {
  if (isName(value)) return
  throw new ValidationError(`Expected a text of 1 to ${longestName} characters`, path)
}

/** What stands for some data in a key: itself as JSON, or a hash of it when that is long. */
export function keyOf(...parts: readonly unknown[]): string {
  const json = JSON.stringify(parts)
  const bytes = new TextEncoder().encode(json)
  return bytes.length <= longestName ? json : `sha256:${bytesToHex(sha256(bytes))}`
}
