import type { RequestUsageInput } from '../../usage/index.ts'
import { rawCounters, rawNumber, rawObject } from '../raw.ts'

/** Usage as the AI SDK counts it: cached tokens are part of the input, thinking is part of the output. */
export function readSdkUsage(value: unknown): RequestUsageInput {
  const usage = rawObject(value)
  const input = rawObject(usage['inputTokens'])
  const output = rawObject(usage['outputTokens'])
  const thinking = rawNumber(output['reasoning'])
  return {
    inputTokens: rawNumber(input['total']) ?? 0,
    cacheReadTokens: rawNumber(input['cacheRead']) ?? 0,
    cacheWriteTokens: rawNumber(input['cacheWrite']) ?? 0,
    outputTokens: rawNumber(output['total']) ?? 0,
    details: {
      ...rawCounters(usage['raw']),
      ...(thinking !== undefined && { reasoning_tokens: thinking }),
    },
  }
}
