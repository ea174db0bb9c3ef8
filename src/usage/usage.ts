import { UserError } from '../errors/index.ts'
import { addDecimals, decimalFromNumber, isDecimal } from './decimal.ts'

/** What one request to a model used. Frozen; counters are whole numbers, 0 when the provider does not tell. */
export interface RequestUsage {
  /** All tokens the model read, cached ones included. */
  readonly inputTokens: number
  /** The part of `inputTokens` that was written to the provider's cache. */
  readonly cacheWriteTokens: number
  /** The part of `inputTokens` that was read from the provider's cache. */
  readonly cacheReadTokens: number
  /** All tokens the model wrote, thinking included. */
  readonly outputTokens: number
  readonly inputAudioTokens: number
  readonly cacheAudioReadTokens: number
  readonly outputAudioTokens: number
  /** Further counters under the provider's own names. */
  readonly details: Readonly<Record<string, number>>
  /** In US dollars, a decimal such as `'0.00125'`; `null` when no price is known. */
  readonly cost: string | null
  /** Numeric fields of the wire that have no name here; kept and written back. */
  readonly extra?: Readonly<Record<string, number>>
}

/** What a run used so far, runs inside of it included. Frozen. */
export interface RunUsage extends RequestUsage {
  /** Answered model requests. */
  readonly requests: number
  /** Function tools that returned normally; failures, retries and output tools do not count. */
  readonly toolCalls: number
}

/** Usage as callers may write it: what is left out is 0, no details, no known cost. */
export type RequestUsageInput = Partial<Omit<RequestUsage, 'cost'>> & {
  readonly cost?: string | number | null
}

/** {@link RequestUsageInput} for a whole run. */
export type RunUsageInput = RequestUsageInput & Partial<Pick<RunUsage, 'requests' | 'toolCalls'>>

const noDetails: Readonly<Record<string, number>> = Object.freeze({})

/** Nothing used: the usage of a response before its provider has told. */
export const emptyRequestUsage: RequestUsage = Object.freeze({
  inputTokens: 0,
  cacheWriteTokens: 0,
  cacheReadTokens: 0,
  outputTokens: 0,
  inputAudioTokens: 0,
  cacheAudioReadTokens: 0,
  outputAudioTokens: 0,
  details: noDetails,
  cost: null,
})

/** Nothing used: where a run starts. */
export const emptyRunUsage: RunUsage = Object.freeze({
  ...emptyRequestUsage,
  requests: 0,
  toolCalls: 0,
})

/**
 * Completes and freezes the usage of one request.
 *
 * @throws {UserError} when a counter is no finite number or the cost no decimal.
 */
export function RequestUsage(input: RequestUsageInput = {}): RequestUsage {
  return Object.freeze(complete(emptyRequestUsage, input))
}

/**
 * Completes and freezes the usage of a run.
 *
 * @throws {UserError} when a counter is no finite number or the cost no decimal.
 */
export function RunUsage(input?: RunUsageInput): RunUsage {
  return input === undefined ? emptyRunUsage : Object.freeze(complete(emptyRunUsage, input))
}

/**
 * The sum of both: every counter, every key of `details` and `extra`, and the costs, exactly. A `null` cost is skipped.
 * The usage of a request added to a run's leaves `requests` and `toolCalls` alone: the loop counts those.
 */
export function addUsage(a: RunUsage, b: RequestUsage | RunUsage): RunUsage
/** The same for two requests. */
export function addUsage(a: RequestUsage, b: RequestUsage): RequestUsage
export function addUsage(
  a: RequestUsage | RunUsage,
  b: RequestUsage | RunUsage,
): RequestUsage | RunUsage {
  const sum: Writable<RequestUsage> & Partial<Writable<RunUsage>> = {
    inputTokens: a.inputTokens + b.inputTokens,
    cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    inputAudioTokens: a.inputAudioTokens + b.inputAudioTokens,
    cacheAudioReadTokens: a.cacheAudioReadTokens + b.cacheAudioReadTokens,
    outputAudioTokens: a.outputAudioTokens + b.outputAudioTokens,
    details: addCounters(a.details, b.details),
    cost: addCosts(a.cost, b.cost),
  }
  if (a.extra !== undefined || b.extra !== undefined) {
    sum.extra = addCounters(a.extra ?? noDetails, b.extra ?? noDetails)
  }
  if ('requests' in a) {
    sum.requests = a.requests + ('requests' in b ? b.requests : 0)
    sum.toolCalls = a.toolCalls + ('requests' in b ? b.toolCalls : 0)
  }
  return Object.freeze(sum)
}

type Writable<TFacts> = { -readonly [TKey in keyof TFacts]: TFacts[TKey] }

/** Tokens read and written. */
export function totalTokens(usage: RequestUsage): number {
  return usage.inputTokens + usage.outputTokens
}

/** The share of input tokens that came from the provider's cache, 0 to 1; `null` when nothing was read. */
export function cacheHitRatio(usage: RequestUsage): number | null {
  return usage.inputTokens === 0 ? null : usage.cacheReadTokens / usage.inputTokens
}

function addCosts(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b
  return addDecimals(a, b)
}

function addCounters(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  if (isEmpty(b)) return a
  if (isEmpty(a)) return b
  const sums = new Map(Object.entries(a))
  for (const [key, count] of Object.entries(b)) sums.set(key, (sums.get(key) ?? 0) + count)
  return Object.freeze(Object.fromEntries(sums)) // own properties only, whatever the keys are called
}

function isEmpty(counters: Readonly<Record<string, number>>): boolean {
  for (const key in counters) if (Object.hasOwn(counters, key)) return false
  return true
}

function complete<T extends RequestUsage>(empty: T, input: RunUsageInput): T {
  const { cost = null, details, extra, ...counters } = input
  for (const [key, count] of Object.entries(counters)) checkCount(key, count)
  return {
    ...empty,
    ...counters,
    details: details === undefined ? empty.details : frozenCounters('details', details),
    cost: checkedCost(cost),
    ...(extra !== undefined && { extra: frozenCounters('extra', extra) }),
  }
}

function frozenCounters(
  name: string,
  counters: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  for (const [key, count] of Object.entries(counters)) checkCount(`${name}.${key}`, count)
  return Object.freeze({ ...counters })
}

function checkCount(name: string, count: unknown): void {
  if (typeof count === 'number' && Number.isFinite(count)) return
  throw new UserError(`Usage needs a finite number for \`${name}\`, got ${String(count)}`)
}

function checkedCost(cost: string | number | null): string | null {
  if (typeof cost === 'number' && Number.isFinite(cost)) return decimalFromNumber(cost)
  if (cost === null || (typeof cost === 'string' && isDecimal(cost))) return cost
  throw new UserError(`The \`cost\` of usage must be a decimal such as '0.00125', got ${cost}`)
}
