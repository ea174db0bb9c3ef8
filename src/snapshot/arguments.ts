import { type Codec, record } from '../codec/index.ts'

/** Arguments as a model wrote them: a JSON text, an object, or none. */
export const toolArguments: Codec<string | Readonly<Record<string, unknown>> | null> = {
  read: (value, place) =>
    typeof value === 'string' || value === null ? value : record.read(value, place),
  write: (value, place) =>
    typeof value === 'string' || value === null ? value : record.write?.(value, place),
}
