import type { RequestUsageInput } from '../../usage/index.ts'
import { type RawObject, rawNumber, rawObject, rawObjects } from '../raw.ts'

type Counter = Exclude<keyof RequestUsageInput, 'details' | 'extra' | 'cost'>

/** Each piece of a stream tells what was used up to there, but some leave out what an earlier one told. */
export function mergedUsage(
  earlier: RequestUsageInput,
  later: RequestUsageInput,
): RequestUsageInput {
  const kept = totals.filter((counter) => !later[counter] && earlier[counter])
  return {
    ...later,
    ...Object.fromEntries(kept.map((counter) => [counter, earlier[counter]])),
    details: { ...earlier.details, ...later.details },
  }
}

const totals: readonly Counter[] = [
  'inputTokens',
  'cacheReadTokens',
  'outputTokens',
  'inputAudioTokens',
  'cacheAudioReadTokens',
  'outputAudioTokens',
]

/** Google's lists of counts by modality: the word for each in `details`, and the names of our counters. */
const modalityLists = [
  { field: 'promptTokensDetails', word: 'prompt', counters: ['input_*_tokens'] },
  { field: 'cacheTokensDetails', word: 'cache', counters: ['cache_*_read_tokens'] },
  { field: 'candidatesTokensDetails', word: 'candidates', counters: ['output_*_tokens'] },
  {
    field: 'toolUsePromptTokensDetails',
    word: 'tool_use_prompt',
    counters: ['input_*_tokens', 'input_*_tool_tokens'],
  },
] as const

/** Counters of the wire that have a name of their own in our usage. */
const named = ['input_audio_tokens', 'cache_audio_read_tokens', 'output_audio_tokens']

/** Thinking and what tools read are counted beside prompt and answer; here they are part of them. */
export function readGoogleUsage(value: unknown): RequestUsageInput {
  if (value == null) return {}
  const usage = rawObject(value)
  const count = (field: string): number => rawNumber(usage[field]) ?? 0
  const { details, counters } = readModalities(usage)
  addTotals(usage, counters)
  return {
    inputTokens: count('promptTokenCount') + count('toolUsePromptTokenCount'),
    cacheReadTokens: count('cachedContentTokenCount'),
    outputTokens: count('candidatesTokenCount') + count('thoughtsTokenCount'),
    inputAudioTokens: counters['input_audio_tokens'] ?? 0,
    cacheAudioReadTokens: counters['cache_audio_read_tokens'] ?? 0,
    outputAudioTokens: counters['output_audio_tokens'] ?? 0,
    details: {
      ...positive('cached_content_tokens', count('cachedContentTokenCount')),
      ...positive('thoughts_tokens', count('thoughtsTokenCount')),
      ...positive('tool_use_prompt_tokens', count('toolUsePromptTokenCount')),
      ...details,
    },
    extra: Object.fromEntries(Object.entries(counters).filter(([key]) => !named.includes(key))),
  }
}

/** A document is read as images. */
function readModalities(usage: RawObject) {
  const details: Record<string, number> = {}
  const counters: Record<string, number> = {}
  for (const list of modalityLists) {
    for (const entry of rawObjects(usage[list.field])) {
      const modality = String(entry['modality']).toLowerCase()
      const tokens = rawNumber(entry['tokenCount'])
      if (tokens === undefined) continue
      if (tokens > 0) details[`${modality}_${list.word}_tokens`] = tokens
      for (const counter of list.counters) {
        const key = counter.replace('*', modality === 'document' ? 'image' : modality)
        counters[key] = (counters[key] ?? 0) + tokens
      }
    }
  }
  return { details, counters }
}

function addTotals(usage: RawObject, counters: Record<string, number>): void {
  const thinking = rawNumber(usage['thoughtsTokenCount'])
  const tools = rawNumber(usage['toolUsePromptTokenCount'])
  if (thinking !== undefined) counters['output_reasoning_tokens'] = thinking
  if (tools !== undefined) counters['input_tool_tokens'] = tools
}

function positive(key: string, count: number): Readonly<Record<string, number>> {
  return count > 0 ? { [key]: count } : {}
}
