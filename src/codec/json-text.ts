import { writeData } from './data.ts'
import { exactly, maybeLarge } from './exact-integers.ts'
import { jsonOf } from './json.ts'
import { type Codec, isRecord, Place } from './shape.ts'

/** A value that is JSON text already. `JSON.stringify` takes it like the value itself. */
export class JsonText {
  readonly text: string

  constructor(text: string) {
    // Until a text is looked through, the engine keeps the pieces that it was put together from.
    if (text.includes('\0')) throw new TypeError('JSON holds no NUL')
    this.text = text
  }

  toJSON(): unknown {
    const { text } = this
    const mayDiffer = maybeLarge.test(text) || text.includes('e+')
    return mayDiffer ? JSON.parse(text, onWire) : JSON.parse(text)
  }
}

/** A number that `JSON.stringify` would print in another way stays as it is written. */
function onWire(key: string, value: unknown, ...contexts: readonly unknown[]): unknown {
  const exact = exactly(key, value, ...contexts)
  return typeof exact === 'object' ? exact : writeData(exact, new Place(), null)
}

/** The codec, with texts that are written once for each object: for what nobody changes, and comes again and again. */
export function writtenOnce<TValue>(codec: Codec<TValue>): Codec<TValue> {
  const texts = new WeakMap<object, string>()
  return {
    ...codec,
    json(value, place) {
      const known = isRecord(value) ? texts.get(value) : undefined
      if (known !== undefined) return known
      const text = jsonOf(codec, value, place)
      if (isRecord(value)) texts.set(value, text)
      return text
    },
  }
}
