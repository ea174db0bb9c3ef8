import { coerceToSchema } from '../schema/index.ts'
import { alternativeOf, type ObjectOutput } from './object-output.ts'
import { type OpenValue, partAt, valueAt, verdict } from './open-value.ts'

/**
 * The structured output that a growing value comes to so far; `undefined` when there is none yet, when what is whole in
 * it does not fit, or when a function is to make the output.
 *
 * What fits is completed like a whole value. Where only something to come is missing, it is the value as the model
 * wrote it, with its spelling mended. A string counts before it is whole only where any text may stand: not as a number
 * or a date, nor as a literal that it is not yet.
 */
export async function partialObject(
  output: ObjectOutput,
  open: OpenValue,
): Promise<{ readonly value: unknown } | undefined> {
  if (output.execute !== undefined || open.value === undefined) return undefined
  if (output.alternatives !== undefined) {
    const chosen = alternativeOf(output.alternatives, open.settledValue)
    const data = chosen && partAt(open, chosen.loc)
    return data && partialObject(chosen.output, data)
  }
  const given = await fitted(output, open)
  if (given !== 'needs-whole-text') return given
  const settled = { ...open, value: open.settledValue, isText: false }
  const rest = settled.value === undefined ? undefined : await fitted(output, settled)
  return rest === 'needs-whole-text' ? undefined : rest
}

async function fitted(
  output: ObjectOutput,
  open: OpenValue,
): Promise<{ readonly value: unknown } | 'needs-whole-text' | undefined> {
  const loc = output.wrapperKey === undefined ? [] : [output.wrapperKey]
  if (loc.length > 0 && partAt(open, loc) === undefined) return undefined
  const result = await output.validate(open.value)
  if (result.ok) {
    const growing = open.isText ? valueAt(result.value, open.openPath?.slice(loc.length) ?? []) : ''
    return isTextOrNone(growing) ? { value: result.value } : 'needs-whole-text'
  }
  const verdicts = new Set(result.issues.map((issue) => verdict(issue, open)))
  if (verdicts.has('wrong')) return undefined
  if (verdicts.has('needs-whole-text')) return 'needs-whole-text'
  const mended = coerceToSchema(output.jsonSchema, open.value)
  const growing = open.isText ? valueAt(mended, open.openPath ?? []) : ''
  return isTextOrNone(growing) ? { value: valueAt(mended, loc) } : 'needs-whole-text'
}

/** A schema may rename its keys: then nothing is found, and nothing can be said against it. */
function isTextOrNone(value: unknown): boolean {
  return value === undefined || typeof value === 'string'
}
