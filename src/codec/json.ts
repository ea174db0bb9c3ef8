import type { Codec, Place } from './shape.ts'

/** Writes one key of an object as JSON text, and the brace or comma before it. The latest text that recurs is kept. */
export class KeyText {
  readonly wire: string
  readonly key: string
  readonly #lead: string
  readonly #codec: Codec<unknown>
  #held: string | undefined
  #text = ''

  constructor(wire: string, key: string, codec: Codec<unknown>, isFirst: boolean) {
    this.wire = wire
    this.key = key
    this.#codec = codec
    this.#lead = `${isFirst ? '{' : ','}${JSON.stringify(wire)}:`
  }

  of(held: unknown, place: Place): string {
    const lead = this.#lead
    if (held === null || held === undefined) return `${lead}null`
    const { takesText, recurs } = this.#codec
    if (typeof held !== 'string' || (takesText !== true && recurs !== true)) {
      return lead + jsonOf(this.#codec, held, place)
    }
    if (recurs !== true) return lead + JSON.stringify(held)
    if (held !== this.#held) {
      this.#text = lead + jsonOf(this.#codec, held, place)
      this.#held = held
    }
    return this.#text
  }
}

/** A value in the wire form as JSON text. */
export function jsonOf(codec: Codec<unknown>, value: unknown, place: Place): string {
  if (codec.json !== undefined) return codec.json(value, place)
  const written = codec.write === undefined ? value : codec.write(value, place)
  if (typeof written === 'number' && Number.isSafeInteger(written)) return `${written}`
  const text: unknown = JSON.stringify(written) // undefined for what JSON does not know
  return typeof text === 'string' ? text : 'null'
}
