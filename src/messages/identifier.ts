import { sha1 } from '@noble/hashes/legacy.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { base64ToBytes } from '../codec/index.ts'

const encoder = new TextEncoder()
const poolSize = 64
const idBytes = 16
let pool = new Uint8Array(0)
let next = 0

/** A tool call id for a call or prompt that came without one: `pyd_ai_` and 32 random hexadecimal digits. */
export function generateToolCallId(): string {
  if (next >= pool.length) {
    pool = crypto.getRandomValues(new Uint8Array(poolSize * idBytes))
    next = 0
  }
  next += idBytes
  return `pyd_ai_${bytesToHex(pool.subarray(next - idBytes, next))}`
}

/** How media is called when its sender gave it no name: six hexadecimal digits of the SHA-1 of an address or file id. */
export function identifierOfText(text: string): string {
  return shortHash(encoder.encode(text))
}

/** {@link identifierOfText} for media that is there as bytes. */
export function identifierOfBase64(base64: string): string {
  return shortHash(base64ToBytes(base64))
}

function shortHash(bytes: Uint8Array): string {
  return bytesToHex(sha1(bytes).subarray(0, 3))
}
