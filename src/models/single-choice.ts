import { type RawObject, rawObjects } from './raw.ts'

/** A choice of one is none: what it says moves up, where the schema does not say it differently already. */
export function withoutSingleChoice(schema: RawObject): RawObject {
  if (schema['type'] !== undefined) return schema
  return ['anyOf', 'oneOf'].reduce((kept, key) => {
    const { [key]: choices, ...rest } = kept
    const isSingle = Array.isArray(choices) && choices.length === 1
    const [only] = rawObjects(choices)
    return isSingle && only !== undefined ? { ...only, ...rest } : kept
  }, schema)
}
