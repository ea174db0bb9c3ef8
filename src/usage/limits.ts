import { UsageLimitExceeded, UserError } from '../errors/index.ts'
import { compareDecimals, decimalFromNumber, isDecimal } from './decimal.ts'
import { type RequestUsage, type RunUsage, totalTokens } from './usage.ts'

/** How much a run, with the runs inside of it, may use. `null` means no limit; what is left out has its default. */
export interface UsageLimits {
  /** Model requests. Default 50: a stop for agents that run in circles. */
  readonly requestLimit?: number | null
  /** Function tool calls that return normally. Default `null`, like all that follow. */
  readonly toolCallsLimit?: number | null
  readonly inputTokensLimit?: number | null
  readonly outputTokensLimit?: number | null
  /** Input and output tokens together. */
  readonly totalTokensLimit?: number | null
  /** Input tokens of any single request: how large the context may get. */
  readonly perRequestInputTokensLimit?: number | null
  /** In US dollars; requests whose price is not known count nothing. A string is compared exactly. */
  readonly costLimit?: string | number | null
}

/** {@link UsageLimits} with nothing left out. Frozen plain data. */
export interface ResolvedLimits extends Required<UsageLimits> {
  readonly costLimit: string | null
}

/** The limits of a run for which none were given. */
export const defaultLimits: ResolvedLimits = Object.freeze({
  requestLimit: 50,
  toolCallsLimit: null,
  inputTokensLimit: null,
  outputTokensLimit: null,
  totalTokensLimit: null,
  perRequestInputTokensLimit: null,
  costLimit: null,
})

/**
 * Checks limits and completes them from `base`.
 *
 * @throws {UserError} when a limit is negative or no number, or the name of one is not known.
 */
export function resolveLimits(
  limits: UsageLimits | undefined,
  base: ResolvedLimits = defaultLimits,
): ResolvedLimits {
  if (limits === undefined) return base
  if (isResolved.has(limits)) return limits as ResolvedLimits
  const { costLimit = base.costLimit, ...counts } = limits
  for (const [name, limit] of Object.entries(counts)) checkLimit(name, limit)
  const resolved = { ...base, ...defined(counts), costLimit: checkedCostLimit(costLimit) }
  isResolved.add(resolved)
  return Object.freeze(resolved)
}

/** Limits that say everything already, so that an agent's are worked out once for all its runs. */
const isResolved = new WeakSet<UsageLimits>()

/**
 * To be called before a request is sent. `reservedRequests` are those under way elsewhere that are not in `usage` yet.
 *
 * @throws {UsageLimitExceeded}
 */
export function checkBeforeRequest(
  usage: RunUsage,
  limits: ResolvedLimits,
  reservedRequests = 0,
): void {
  const { requestLimit, inputTokensLimit, totalTokensLimit, costLimit } = limits
  if (requestLimit !== null && usage.requests + reservedRequests >= requestLimit) {
    exceeded(`The next request would exceed the request_limit of ${requestLimit}`)
  }
  refuse(nextRequest, 'input_tokens', usage.inputTokens, inputTokensLimit)
  refuse(nextRequest, 'total_tokens', totalTokens(usage), totalTokensLimit)
  if (isAbove(usage.cost, costLimit)) {
    exceeded(`${nextRequest} the \`cost_limit\` of ${costLimit} (\`cost\`=${usage.cost})`)
  }
}

/**
 * To be called when a response has come and been counted: `usage` includes `requestUsage`.
 *
 * @throws {UsageLimitExceeded}
 */
export function checkAfterResponse(
  usage: RunUsage,
  requestUsage: RequestUsage,
  limits: ResolvedLimits,
): void {
  const { perRequestInputTokensLimit: perRequest, costLimit } = limits
  refuse('Exceeded', 'input_tokens', usage.inputTokens, limits.inputTokensLimit)
  refuse('Exceeded', 'output_tokens', usage.outputTokens, limits.outputTokensLimit)
  refuse('Exceeded', 'total_tokens', totalTokens(usage), limits.totalTokensLimit)
  if (isAbove(usage.cost, costLimit)) {
    exceeded(`Exceeded the \`cost_limit\` of ${costLimit} (\`usage.cost\`=${usage.cost})`)
  }
  refuse('Exceeded', 'per_request_input_tokens', requestUsage.inputTokens, perRequest)
}

/**
 * To be called once for all function tool calls of a response, before any of them runs.
 *
 * @throws {UsageLimitExceeded} when `count` more calls would be too many; none may run then.
 */
export function checkBeforeTools(usage: RunUsage, limits: ResolvedLimits, count: number): void {
  if (count === 0) return
  refuse(
    'The next tool call(s) would exceed',
    'tool_calls',
    usage.toolCalls + count,
    limits.toolCallsLimit,
  )
}

const nextRequest = 'The next request would exceed'

function refuse(what: string, counter: string, count: number, limit: number | null): void {
  if (limit === null || count <= limit) return
  const name = counter.replace('per_request', 'request')
  exceeded(`${what} the ${counter}_limit of ${limit} (${name}=${count})`)
}

function exceeded(message: string): never {
  throw new UsageLimitExceeded(message)
}

function isAbove(cost: string | null, limit: string | null): boolean {
  return cost !== null && limit !== null && compareDecimals(cost, limit) > 0
}

/** Without the keys that are there but hold `undefined`, which untyped callers write. */
function defined<T extends object>(values: T): Partial<T> {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as Partial<T> // fromEntries forgets which keys it was given
}

function checkLimit(name: string, limit: unknown): void {
  if (!Object.hasOwn(defaultLimits, name)) {
    throw new UserError(`There is no usage limit called \`${name}\``, {
      hint: `Use one of ${Object.keys(defaultLimits).join(', ')}`,
    })
  }
  if (limit === null || limit === undefined || (typeof limit === 'number' && limit >= 0)) return
  throw new UserError(
    `\`${name}\` must be a number from 0 up, or null for no limit; got ${shown(limit)}`,
  )
}

function checkedCostLimit(limit: unknown): string | null {
  if (limit === null) return null
  const text =
    typeof limit === 'number' && Number.isFinite(limit) ? decimalFromNumber(limit) : limit
  if (typeof text === 'string' && isDecimal(text) && compareDecimals(text, '0') >= 0) return text
  throw new UserError(
    `\`costLimit\` must be a decimal from 0 up such as '0.50', or null for no limit; got ${shown(limit)}`,
  )
}

function shown(value: unknown): string {
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? typeof value)
}
