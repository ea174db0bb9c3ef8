import { ValidationError } from '../errors/index.ts'
import type { Place } from './shape.ts'

/**
 * JSON text with integers that no double can hold. They are `bigint` in memory, and on the wire what `JSON.rawJSON`
 * makes, which `JSON.stringify` prints digit by digit. A runtime without it refuses such integers.
 */

/** Where a number of so many digits can start that it may not be exact. Strings may match too; that only costs time. */
export const maybeLarge = /[[:,\s]-?\d{16}/
const wholeNumber = /^-?\d+$/
/** Longer ones are refused: reading them takes more than linear time. */
const mostDigits = 4300

/**
 * @throws {ValidationError} when the text is not JSON, or holds a large integer this runtime cannot read exactly
 */
export function parseJson(text: string): unknown {
  try {
    return maybeLarge.test(text) ? JSON.parse(text, exactly) : JSON.parse(text)
  } catch (error) {
    if (error instanceof ValidationError) throw error
    throw new ValidationError('Not JSON', [], { cause: error })
  }
}

/** What `JSON.stringify` prints as exactly this integer. */
export function rawInteger(value: bigint, place: Place): unknown {
  if (BigInt.asIntN(54, value) === value) return Number(value)
  const raw = rawJson(String(value))
  if (raw !== undefined) return raw
  throw place.refusal(`This runtime cannot write the integer ${value} exactly`)
}

/** A double that is whole but too large for an integer: printed with an exponent, so that it is not read as one. */
export function rawDouble(value: number): unknown {
  return rawJson(value.toExponential()) ?? value
}

/** Whether the object is raw JSON: only that makes frozen objects without prototype and with this key. */
export function isRawJson(
  value: Readonly<Record<string, unknown>>,
): value is { readonly rawJSON: string } {
  return (
    typeof value['rawJSON'] === 'string' &&
    Object.getPrototypeOf(value) === null &&
    Object.isFrozen(value)
  )
}

export function numberOf(value: { readonly rawJSON: string }): unknown {
  return wholeNumber.test(value.rawJSON) ? BigInt(value.rawJSON) : JSON.parse(value.rawJSON)
}

/** For `JSON.parse`, which tells what stood there. */
export function exactly(key: string, value: unknown, ...[context]: readonly unknown[]): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
  if (Number.isFinite(value) && !Number.isInteger(value)) return value
  const source = sourceOf(context)
  if (source === null || source.length > mostDigits) {
    throw new ValidationError(`The integer ${value} cannot be read exactly`, [key])
  }
  return wholeNumber.test(source) ? BigInt(source) : value
}

function sourceOf(context: unknown): string | null {
  const isContext = typeof context === 'object' && context !== null && 'source' in context
  return isContext && typeof context.source === 'string' ? context.source : null
}

/** `undefined` where the runtime has no raw JSON. */
function rawJson(json: string): unknown {
  const make: unknown = Reflect.get(JSON, 'rawJSON') // ES2026, not yet known to the compiler
  if (typeof make !== 'function') return undefined
  const raw: unknown = Reflect.apply(make, JSON, [json])
  return raw
}
