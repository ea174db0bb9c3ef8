import type { Codec, Place } from './shape.ts'

/** Longer texts are not kept. */
const mostKept = 256

/**
 * Writes one key of an object as JSON text, and the brace or comma before it. A text that comes again and again, such as
 * the id of a run, is written once.
 */
export class KeyText {
  readonly wire: string
  readonly key: string
  readonly #lead: string
  readonly #codec: Codec<unknown>
  #held = ''
  #text: string

  constructor(wire: string, key: string, codec: Codec<unknown>, isFirst: boolean) {
    this.wire = wire
    this.key = key
    this.#codec = codec
    this.#lead = `${isFirst ? '{' : ','}${JSON.stringify(wire)}:`
    this.#text = `${this.#lead}""`
  }

  /** @param held not undefined */
  of(held: unknown, place: Place): string {
    if (held === null) return `${this.#lead}null`
    if (typeof held !== 'string') return this.#lead + jsonOf(this.#codec, held, place)
    if (held === this.#held) return this.#text
    const isPlain = this.#codec.takesText === true
    const text = this.#lead + (isPlain ? JSON.stringify(held) : jsonOf(this.#codec, held, place))
    if (held.length > mostKept) return text
    this.#held = held
    this.#text = text
    return text
  }
}

/** A value in the wire form as JSON text. */
export function jsonOf(codec: Codec<unknown>, value: unknown, place: Place): string {
  if (codec.json !== undefined) return codec.json(value, place)
  const written = codec.write === undefined ? value : codec.write(value, place)
  if (typeof written === 'number' && Number.isSafeInteger(written)) return `${written}`
  return JSON.stringify(written ?? null)
}
