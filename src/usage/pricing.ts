import type { calcPrice } from '@pydantic/genai-prices'
import { decimalFromNumber } from './decimal.ts'
import type { RequestUsage } from './usage.ts'

/** What a price is looked up by. */
export interface PricedRequest {
  /** As the provider named the model that answered. */
  readonly modelName: string
  readonly providerName?: string | null
  /** Tells more than the name; asked first. */
  readonly providerUrl?: string | null
  readonly usage: RequestUsage
  /** When the request was answered, as prices change. Default: now. */
  readonly timestamp?: string | Date
}

/** A price list in memory. */
export interface Pricing {
  /** In US dollars, as a decimal; `null` when the list does not know the model or cannot make sense of the usage. */
  cost(request: PricedRequest): string | null
}

interface PriceList {
  readonly calcPrice: typeof calcPrice
}

let loading: Promise<Pricing | null> | undefined

/**
 * Loads the price list of the optional peer `@pydantic/genai-prices`, once per process (some 50 ms); `null` when it is
 * not installed. Only remote models cost money: do not ask for others. Start it beside the first request.
 */
export function loadPricing(): Promise<Pricing | null> {
  loading ??= import('@pydantic/genai-prices').then(pricingFrom, () => null)
  return loading
}

/**
 * The price of one request in US dollars, as a decimal; loads the price list first. `null` when there is no list, or when
 * it does not know the model or cannot make sense of the usage.
 */
export async function priceOf(request: PricedRequest): Promise<string | null> {
  const pricing = await loadPricing()
  return pricing === null ? null : pricing.cost(request)
}

function pricingFrom(list: PriceList): Pricing {
  return {
    cost: ({ providerName, providerUrl, ...request }) => {
      const byUrl = providerUrl ? lookUp(list, request, { providerApiUrl: providerUrl }) : null
      if (byUrl !== null) return byUrl
      if (providerUrl && !providerName) return null // a server of one's own is not the model's maker
      return lookUp(list, request, providerName ? { providerId: providerName } : {})
    },
  }
}

function lookUp(
  list: PriceList,
  { modelName, usage, timestamp }: PricedRequest,
  provider: { providerApiUrl?: string; providerId?: string },
): string | null {
  const options = { ...provider, timestamp: new Date(timestamp ?? Date.now()) }
  try {
    const price = list.calcPrice(counters(usage), modelName, options)
    // the list calculates with floats, whose last digits are noise
    return price === null ? null : decimalFromNumber(price.total_price, 14)
  } catch {
    return null // it throws on counters that contradict each other
  }
}

/** The counters the list knows, by its names; 0 is left out, as some models have no price for it. */
function counters(usage: RequestUsage): Record<string, number> {
  const all = {
    input_tokens: usage.inputTokens,
    cache_write_tokens: usage.cacheWriteTokens,
    cache_read_tokens: usage.cacheReadTokens,
    output_tokens: usage.outputTokens,
    input_audio_tokens: usage.inputAudioTokens,
    cache_audio_read_tokens: usage.cacheAudioReadTokens,
    output_audio_tokens: usage.outputAudioTokens,
  }
  return Object.fromEntries(Object.entries(all).filter(([, count]) => count !== 0))
}
