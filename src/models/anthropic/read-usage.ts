import type { RequestUsageInput } from '../../usage/index.ts'
import { type RawObject, rawNumber, rawObject, rawObjects } from '../raw.ts'

const counters = [
  'input_tokens',
  'output_tokens',
  'cache_creation_input_tokens',
  'cache_read_input_tokens',
] as const

/**
 * Anthropic counts tokens written to the cache and read from it beside `input_tokens`; here they are part of it. What
 * compaction used is added: the top level leaves it out. What an advisor used is listed in `details` only: another
 * model, another price.
 */
export function readAnthropicUsage(value: unknown): RequestUsageInput {
  const usage = rawObject(value)
  const iterations = rawObjects(usage['iterations'])
  const counted = [usage, ...iterations.filter(({ type }) => type === 'compaction')]
  const cacheWriteTokens = sum(counted, 'cache_creation_input_tokens')
  const cacheReadTokens = sum(counted, 'cache_read_input_tokens')
  const thinking = rawNumber(rawObject(usage['output_tokens_details'])['thinking_tokens'])
  return {
    inputTokens: sum(counted, 'input_tokens') + cacheWriteTokens + cacheReadTokens,
    cacheWriteTokens,
    cacheReadTokens,
    outputTokens: sum(counted, 'output_tokens'),
    details: {
      ...known(counters.map((key): Entry => [key, rawNumber(usage[key])])),
      ...known([['thinking_tokens', thinking || undefined]]),
      ...iterationDetails(iterations),
    },
  }
}

/** Nothing when there were plain iterations only. */
function iterationDetails(iterations: readonly RawObject[]): Readonly<Record<string, number>> {
  const others = ['compaction', 'advisor_message'].flatMap((type) => {
    const ofType = iterations.filter((iteration) => iteration['type'] === type)
    return ofType.length === 0 ? [] : [{ kind: type.replace('_message', ''), ofType }]
  })
  if (others.length === 0) return {}
  const otherCount = others.reduce((count, { ofType }) => count + ofType.length, 0)
  return {
    message_iterations: iterations.length - otherCount,
    ...known(
      others.flatMap(({ kind, ofType }): Entry[] => [
        [`${kind}_iterations`, ofType.length],
        ...counters.map((key): Entry => [`${kind}_${key}`, sum(ofType, key) || undefined]),
      ]),
    ),
  }
}

type Entry = readonly [key: string, count: number | undefined]

function known(entries: readonly Entry[]): Readonly<Record<string, number>> {
  const found: Record<string, number> = {}
  for (const [key, count] of entries) if (count !== undefined) found[key] = count
  return found
}

function sum(usages: readonly RawObject[], key: string): number {
  return usages.reduce((total, usage) => total + (rawNumber(usage[key]) ?? 0), 0)
}
