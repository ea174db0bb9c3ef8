import { parseJson } from './exact-integers.ts'
import { writeData } from './data.ts'
import { jsonOf } from './json.ts'
import { type Codec, isRecord, Place } from './shape.ts'

/** A value that is JSON text already. `JSON.stringify` takes it like the value itself. */
export class JsonText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  toJSON(): unknown {
    return writeData(parseJson(this.text), new Place(), null)
  }
}

/** The codec, with texts that are written once for each object: only for what nobody changes. */
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
