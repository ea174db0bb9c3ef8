import type { RequestUsageInput } from '../../usage/index.ts'
import { type RawObject, rawCounters, rawNumber, rawObject, rawObjects } from '../raw.ts'

/**
 * Anthropic counts tokens written to the cache and read from it beside `input_tokens`; here they are part of it. What
 * compaction used is added: the top level leaves it out. What an advisor used is listed in `details` only: another
 * model, another price.
 */
export function readAnthropicUsage(value: unknown): RequestUsageInput {
  const usage = rawObject(value)
  const iterations = rawObjects(usage['iterations'])
  const counted = [usage, ...iterations.filter((each) => each['type'] === 'compaction')]
  const sum = (key: string): number =>
    counted.reduce((total, each) => total + (rawNumber(each[key]) ?? 0), 0)
  const cacheWriteTokens = sum('cache_creation_input_tokens')
  const cacheReadTokens = sum('cache_read_input_tokens')
  const thinking = rawNumber(rawObject(usage['output_tokens_details'])['thinking_tokens'])
  return {
    inputTokens: sum('input_tokens') + cacheWriteTokens + cacheReadTokens,
    cacheWriteTokens,
    cacheReadTokens,
    outputTokens: sum('output_tokens'),
    details: {
      ...rawCounters(usage),
      ...(thinking !== undefined && { thinking_tokens: thinking }),
      ...iterationDetails(iterations),
    },
  }
}

/** Nothing when there was one plain iteration only. */
function iterationDetails(iterations: readonly RawObject[]): Readonly<Record<string, number>> {
  const details: Record<string, number> = {}
  const add = (key: string, count: number): void => {
    details[key] = (details[key] ?? 0) + count
  }
  for (const iteration of iterations) {
    const kind = String(iteration['type']).replace(/_message$/, '')
    add(`${kind}_iterations`, 1)
    if (kind === 'message') continue
    add(`${kind}_input_tokens`, rawNumber(iteration['input_tokens']) ?? 0)
    add(`${kind}_output_tokens`, rawNumber(iteration['output_tokens']) ?? 0)
  }
  return Object.keys(details).every((key) => key === 'message_iterations') ? {} : details
}
