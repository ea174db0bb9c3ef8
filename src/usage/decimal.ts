import { UserError } from '../errors/index.ts'

/** `digits × 10^-scale`; a negative scale stands for zeros before the point. */
interface Decimal {
  readonly digits: bigint
  readonly scale: number
}

const pattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/
/** Money needs far less; more would let a hostile number such as `1E-999999` fill the memory. */
const maxLength = 400

/** Whether the text is a finite decimal that can be added: `1.50`, `-2`, `1E-7`. */
export function isDecimal(text: string): boolean {
  return parse(text) !== null
}

/** The exact sum; it keeps the larger number of decimals, so `'1.50' + '2.5'` is `'4.00'`. */
export function addDecimals(a: string, b: string): string {
  const [x, y, scale] = aligned(a, b)
  return print({ digits: x + y, scale })
}

/** Negative, zero or positive as `a` is smaller than, equal to or larger than `b`. */
export function compareDecimals(a: string, b: string): number {
  const [x, y] = aligned(a, b)
  return x < y ? -1 : x > y ? 1 : 0
}

/** A finite float as the decimal a person would write: at most `significantDigits`, no trailing zeros. */
export function decimalFromNumber(value: number, significantDigits = 17): string {
  const shortest = String(value)
  const rounded = significantDigits < 17 ? value.toPrecision(significantDigits) : shortest
  const { digits, scale } = parseOrThrow(rounded)
  return print(withoutTrailingZeros(digits, scale))
}

function withoutTrailingZeros(digits: bigint, scale: number): Decimal {
  if (digits === 0n) return { digits, scale: 0 }
  while (scale > 0 && digits % 10n === 0n) {
    digits /= 10n
    scale -= 1
  }
  return scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale }
}

function aligned(a: string, b: string): readonly [bigint, bigint, number] {
  const x = parseOrThrow(a)
  const y = parseOrThrow(b)
  const scale = Math.max(x.scale, y.scale)
  return [
    x.digits * 10n ** BigInt(scale - x.scale),
    y.digits * 10n ** BigInt(scale - y.scale),
    scale,
  ]
}

function parseOrThrow(text: string): Decimal {
  const decimal = parse(text)
  if (decimal !== null) return decimal
  throw new UserError(`A cost must be a decimal such as '0.00125', got '${text.slice(0, 40)}'`)
}

function parse(text: string): Decimal | null {
  if (text.length > maxLength) return null
  const [match, sign = '', whole = '', fraction = '', exponent = '0'] = pattern.exec(text) ?? []
  const scale = fraction.length - Number(exponent)
  if (match === undefined || whole + fraction === '' || Math.abs(scale) > maxLength) return null
  const digits = BigInt(whole + fraction)
  return { digits: sign === '-' ? -digits : digits, scale }
}

/** Plain for common sizes, with an exponent for very small and very large ones: the wire's way to write decimals. */
function print({ digits, scale }: Decimal): string {
  const sign = digits < 0n ? '-' : ''
  const text = String(digits < 0n ? -digits : digits)
  const exponent = text.length - 1 - scale
  if (scale >= 0 && exponent >= -6) return sign + withPoint(text, scale)
  const mantissa = withPoint(text, text.length - 1)
  return `${sign}${mantissa}E${exponent < 0 ? '' : '+'}${exponent}`
}

function withPoint(text: string, decimals: number): string {
  if (decimals === 0) return text
  const padded = text.padStart(decimals + 1, '0')
  return `${padded.slice(0, -decimals)}.${padded.slice(-decimals)}`
}
