/**
 * UUIDs that sort by the time they were made, also within one millisecond: version 7 with a counter that starts at
 * random and only grows.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9562#section-5.7 the layout
 * @see https://www.rfc-editor.org/rfc/rfc9562#section-6.2 method 1, a counter of fixed length
 */

/** 12 bits of `rand_a` and the first 30 of `rand_b`. */
const COUNTER_BITS = 42
const COUNTER_END = 2 ** COUNTER_BITS

let lastMs = 0
let counter = 0
const random = new Uint32Array(64)
let unused = 0

/** @param nowMs milliseconds since the epoch */
export function uuidV7(nowMs: number): string {
  if (nowMs > lastMs) {
    lastMs = nowMs
    counter = randomWord() * 2 ** 9 // half of the counter's room is left to grow
  } else {
    counter += 1
  }
  if (counter >= COUNTER_END) {
    lastMs += 1
    counter = randomWord() * 2 ** 9
  }
  const time = hex(lastMs, 12)
  const high = hex(Math.floor(counter / 2 ** 30), 3)
  const low = counter % 2 ** 30
  const variant = hex(0x8000 + Math.floor(low / 2 ** 16), 4)
  const rest = hex(low % 2 ** 16, 4) + hex(randomWord(), 8)
  // Joined, because engines keep what is added up in pieces: five times the size, for as long as a run is held.
  return [time.slice(0, 8), time.slice(8), `7${high}`, variant, rest].join('-')
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}

function randomWord(): number {
  if (unused === 0) {
    crypto.getRandomValues(random)
    unused = random.length
  }
  unused -= 1
  return random[unused] ?? 0
}
