import type { JsonObject } from '../schema/index.ts'

/** The number nearest to 0 that is easy to find and fits, `seed` steps further when there is room. */
export function sampleNumber(
  keywords: JsonObject,
  isInteger: boolean,
  seed: number,
): number | undefined {
  const bounds = boundsOf(keywords, isInteger)
  const { low, high, step } = bounds
  const start = low > 0 ? Math.ceil(low / step) : high < 0 ? Math.floor(high / step) : 0
  const steps = [start + seed, start - seed, start, start + 1, start - 1]
  const candidates = [...steps.map((count) => count * step), (low + high) / 2]
  return candidates.map((value) => value + 0).find((value) => fits(value, bounds)) // -0 + 0 is 0
}

interface Bounds {
  readonly low: number
  readonly high: number
  /** The bounds themselves are out. */
  readonly aboveLow: boolean
  readonly belowHigh: boolean
  /** Multiples of this are tried. */
  readonly step: number
  /** Only multiples of `step` will do. */
  readonly isStepped: boolean
}

function boundsOf(keywords: JsonObject, isInteger: boolean): Bounds {
  const minimum = numberAt(keywords, 'minimum', -Infinity)
  const maximum = numberAt(keywords, 'maximum', Infinity)
  const above = numberAt(keywords, 'exclusiveMinimum', -Infinity)
  const below = numberAt(keywords, 'exclusiveMaximum', Infinity)
  const multipleOf = numberAt(keywords, 'multipleOf', 1)
  return {
    low: Math.max(minimum, above),
    high: Math.min(maximum, below),
    aboveLow: above >= minimum,
    belowHigh: below <= maximum,
    step: isInteger ? wholeMultiple(multipleOf) : multipleOf,
    isStepped: isInteger || multipleOf !== 1 || keywords['multipleOf'] === 1,
  }
}

function fits(value: number, bounds: Bounds): boolean {
  const { low, high, aboveLow, belowHigh, step, isStepped } = bounds
  if (aboveLow ? value <= low : value < low) return false
  if (belowHigh ? value >= high : value > high) return false
  return !isStepped || isWhole(value / step)
}

/** The smallest whole number that is a multiple of `multipleOf`, for those with few decimals. */
function wholeMultiple(multipleOf: number): number {
  const counts = Array.from({ length: 1_000 }, (_, index) => index + 1)
  return Math.round(multipleOf * (counts.find((count) => isWhole(count * multipleOf)) ?? 1))
}

function isWhole(value: number): boolean {
  return Math.abs(value - Math.round(value)) < 1e-9
}

function numberAt(keywords: JsonObject, key: string, otherwise: number): number {
  const value = keywords[key]
  return typeof value === 'number' ? value : otherwise
}
