import type { FinishReason } from '../../messages/index.ts'
import { rawObject, rawText } from '../raw.ts'

const finishReasons: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  'content-filter': 'content_filter',
  'tool-calls': 'tool_call',
  error: 'error',
}

/** The reason in our words, and as the provider gave it. Reasons without a word of ours are `null`. */
export function readSdkFinishReason(value: unknown): {
  readonly finishReason: FinishReason | null
  readonly rawReason: string | undefined
} {
  const { unified, raw } = rawObject(value)
  const finishReason = finishReasons[rawText(unified) ?? ''] ?? null
  return { finishReason, rawReason: rawText(raw) }
}
