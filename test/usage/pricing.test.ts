import { describe, expect, it } from 'vitest'
import { loadPricing, type PricedRequest, priceOf, RequestUsage } from '../../src/usage/index.ts'

const usage = RequestUsage({ inputTokens: 1234, outputTokens: 567, cacheReadTokens: 100 })
const timestamp = '2026-01-01T00:00:00Z'

describe('prices', () => {
  it.each<{ why: string; request: Partial<PricedRequest>; cost: string | null }>([
    { why: 'by the name of the provider', request: { providerName: 'openai' }, cost: '0.00863' },
    {
      why: 'by the address of the provider',
      request: { providerUrl: 'https://api.openai.com/v1' },
      cost: '0.00863',
    },
    { why: 'by the model alone', request: {}, cost: '0.00863' },
    { why: 'not for an unknown provider', request: { providerName: 'nobody' }, cost: null },
    {
      why: 'not for an address nobody knows',
      request: { providerUrl: 'http://localhost:1/v1' },
      cost: null,
    },
    { why: 'not for an unknown model', request: { modelName: 'gpt-none' }, cost: null },
  ])('are found $why', async ({ request, cost }) => {
    expect(await priceOf({ modelName: 'gpt-4o', usage, timestamp, ...request })).toBe(cost)
  })

  it('are unknown for counters that contradict each other', async () => {
    const wrong = RequestUsage({ inputTokens: 1, cacheReadTokens: 5 })
    expect(await priceOf({ modelName: 'gpt-4o', providerName: 'openai', usage: wrong })).toBeNull()
  })

  it('are loaded once and then answered at once', async () => {
    const pricing = await loadPricing()
    expect(await loadPricing()).toBe(pricing)
    expect(pricing?.cost({ modelName: 'gpt-4o', providerName: 'openai', usage, timestamp })).toBe(
      '0.00863',
    )
  })
})
