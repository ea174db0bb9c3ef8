import { KeyText } from './json.ts'
import { JsonText } from './json-text.ts'
import { type Codec, isRecord, type Place } from './shape.ts'

type Codecs = Readonly<Record<string, Codec<unknown>>>
type ValueOf<TCodec> = TCodec extends Codec<infer TValue> ? TValue : never

/** What an {@link object} is read to. */
export type ObjectOf<TRequired extends Codecs, TOptional extends Codecs> = {
  readonly [TKey in keyof TRequired]: ValueOf<TRequired[TKey]>
} & { readonly [TKey in keyof TOptional]?: ValueOf<TOptional[TKey]> }

/**
 * An object of ours that has these keys and no others, called the same in memory. Keys that may be missing are left out,
 * never `null`; what must be there and is undefined is written as `null`. For formats that a newer version of ours could
 * have written: what is not known is refused, and not written.
 */
export function object<TRequired extends Codecs, TOptional extends Codecs>(
  required: TRequired,
  optional: TOptional,
): Required<Pick<Codec<ObjectOf<TRequired, TOptional>>, 'read' | 'write' | 'json'>> {
  const fields = new Map(Object.entries<Codec<unknown>>({ ...required, ...optional }))
  const needed = Object.keys(required)
  let made: readonly KeyText[] | undefined
  const texts = (): readonly KeyText[] =>
    (made ??= [...fields].map(([key, field]) => new KeyText(key, key, field, key === needed[0])))
  const json = (value: unknown, place: Place): string => {
    if (!isRecord(value)) throw place.refusal('Expected an object')
    const { path } = place
    const depth = path.length
    path.push('')
    let text = ''
    for (const each of texts()) {
      const held = value[each.key]
      if (held === undefined && !Object.hasOwn(required, each.key)) continue
      path[depth] = each.key
      text += each.of(held, place)
    }
    path.pop()
    return needed.length > 0 ? `${text}}` : `{${text.slice(1)}}`
  }
  return {
    read(value, place) {
      if (!isRecord(value)) throw place.refusal('Expected an object')
      for (const key of needed) {
        if (!Object.hasOwn(value, key)) throw place.refusal(`The field \`${key}\` is missing`)
      }
      const result: Record<string, unknown> = {}
      for (const key of Object.keys(value)) {
        const given = value[key]
        if (given === undefined) continue
        const field = fields.get(key)
        if (field === undefined)
          throw place.refusal(`The field \`${key.slice(0, 60)}\` is not known`)
        place.path.push(key)
        result[key] = field.read(given, place)
        place.path.pop()
      }
      // The cast: every key that is needed is there, and each value is what its codec read.
      return result as ObjectOf<TRequired, TOptional>
    },
    write: (value, place) => new JsonText(json(value, place)).toJSON(),
    json,
  }
}
