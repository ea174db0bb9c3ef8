import { describe, expect, it } from 'vitest'
import { UsageLimitExceeded, UserError } from '../../src/errors/index.ts'
import {
  checkAfterResponse,
  checkBeforeRequest,
  checkBeforeTools,
  defaultLimits,
  emptyRequestUsage,
  RequestUsage,
  resolveLimits,
  RunUsage,
  type RunUsageInput,
  type UsageLimits,
} from '../../src/usage/index.ts'

/** The message of the limit that is exceeded, up to our own hint; `null` when none is. */
function refusal(check: () => void): string | null {
  try {
    check()
    return null
  } catch (error) {
    if (!(error instanceof UsageLimitExceeded)) throw error
    return error.message.split('. Raise')[0] ?? ''
  }
}

interface Case {
  readonly limits: UsageLimits
  readonly usage: RunUsageInput
  readonly text: string | null
}

describe('before a request', () => {
  it.each<Case>([
    { limits: {}, usage: { requests: 49 }, text: null },
    {
      limits: {},
      usage: { requests: 50 },
      text: 'The next request would exceed the request_limit of 50',
    },
    { limits: { requestLimit: null }, usage: { requests: 1000 }, text: null },
    {
      limits: { requestLimit: 0 },
      usage: {},
      text: 'The next request would exceed the request_limit of 0',
    },
    { limits: { inputTokensLimit: 5 }, usage: { inputTokens: 5 }, text: null },
    {
      limits: { inputTokensLimit: 5 },
      usage: { inputTokens: 6 },
      text: 'The next request would exceed the input_tokens_limit of 5 (input_tokens=6)',
    },
    {
      limits: { totalTokensLimit: 5 },
      usage: { inputTokens: 3, outputTokens: 3 },
      text: 'The next request would exceed the total_tokens_limit of 5 (total_tokens=6)',
    },
    {
      limits: { costLimit: '0.1' },
      usage: { cost: '0.10000000000000000001' },
      text: 'The next request would exceed the `cost_limit` of 0.1 (`cost`=0.10000000000000000001)',
    },
    { limits: { costLimit: 0.1 }, usage: { cost: '0.100' }, text: null },
    { limits: { costLimit: '0' }, usage: { cost: null }, text: null },
  ])('$limits with $usage: $text', ({ limits, usage, text }) => {
    expect(refusal(() => checkBeforeRequest(RunUsage(usage), resolveLimits(limits)))).toBe(text)
  })

  it('requests that are under way count', () => {
    const limits = resolveLimits({ requestLimit: 3 })
    expect(refusal(() => checkBeforeRequest(RunUsage({ requests: 1 }), limits, 1))).toBeNull()
    expect(refusal(() => checkBeforeRequest(RunUsage({ requests: 1 }), limits, 2))).toMatch(/of 3$/)
  })
})

describe('after a response', () => {
  it.each<Case>([
    {
      limits: { inputTokensLimit: 50 },
      usage: { inputTokens: 51 },
      text: 'Exceeded the input_tokens_limit of 50 (input_tokens=51)',
    },
    {
      limits: { outputTokensLimit: 10 },
      usage: { outputTokens: 11 },
      text: 'Exceeded the output_tokens_limit of 10 (output_tokens=11)',
    },
    {
      limits: { totalTokensLimit: 100 },
      usage: { inputTokens: 100, outputTokens: 1 },
      text: 'Exceeded the total_tokens_limit of 100 (total_tokens=101)',
    },
    {
      limits: { costLimit: '0.01' },
      usage: { cost: '0.02' },
      text: 'Exceeded the `cost_limit` of 0.01 (`usage.cost`=0.02)',
    },
    { limits: { requestLimit: 1 }, usage: { requests: 1 }, text: null },
  ])('$limits with $usage: $text', ({ limits, usage, text }) => {
    const check = (): void =>
      checkAfterResponse(RunUsage(usage), emptyRequestUsage, resolveLimits(limits))
    expect(refusal(check)).toBe(text)
  })

  it('one request may be too large by itself', () => {
    const limits = resolveLimits({ perRequestInputTokensLimit: 10 })
    const run = RunUsage({ inputTokens: 100 })
    expect(
      refusal(() => checkAfterResponse(run, RequestUsage({ inputTokens: 10 }), limits)),
    ).toBeNull()
    expect(refusal(() => checkAfterResponse(run, RequestUsage({ inputTokens: 11 }), limits))).toBe(
      'Exceeded the per_request_input_tokens_limit of 10 (request_input_tokens=11)',
    )
  })
})

describe('before tools', () => {
  it('all calls of the response must fit', () => {
    const limits = resolveLimits({ toolCallsLimit: 2 })
    expect(refusal(() => checkBeforeTools(RunUsage({ toolCalls: 1 }), limits, 1))).toBeNull()
    expect(refusal(() => checkBeforeTools(RunUsage({ toolCalls: 1 }), limits, 2))).toBe(
      'The next tool call(s) would exceed the tool_calls_limit of 2 (tool_calls=3)',
    )
  })
})

describe('limits', () => {
  it('have defaults, are frozen and completed from a base', () => {
    const base = resolveLimits({ requestLimit: 3, costLimit: 0.5 })
    expect(base).toEqual({ ...defaultLimits, requestLimit: 3, costLimit: '0.5' })
    expect(resolveLimits({ requestLimit: 5 }, base)).toEqual({ ...base, requestLimit: 5 })
    expect(Object.isFrozen(base)).toBe(true)
  })

  it.each([
    { requestLimit: -1 },
    { requestLimit: NaN },
    { totalTokensLimit: '5' },
    { costLimit: '-1' },
    { costLimit: 'much' },
    { costLimit: NaN },
    { requestsLimit: 5 },
  ])('%j is refused', (limits) => {
    expect(() => resolveLimits(JSON.parse(JSON.stringify(limits, keepNaN), reviveNaN))).toThrow(
      UserError,
    )
  })
})

function keepNaN(_: string, value: unknown): unknown {
  return Number.isNaN(value) ? '<NaN>' : value
}

function reviveNaN(_: string, value: unknown): unknown {
  return value === '<NaN>' ? NaN : value
}
