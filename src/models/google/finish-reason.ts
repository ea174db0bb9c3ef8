import type { FinishReason } from '../../messages/index.ts'

/** Reasons that are not listed, such as `OTHER`, say nothing a run could act on. */
const finishReasons: Readonly<Record<string, FinishReason>> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  SAFETY: 'content_filter',
  RECITATION: 'content_filter',
  BLOCKLIST: 'content_filter',
  PROHIBITED_CONTENT: 'content_filter',
  SPII: 'content_filter',
  MODEL_ARMOR: 'content_filter',
  IMAGE_SAFETY: 'content_filter',
  IMAGE_PROHIBITED_CONTENT: 'content_filter',
  LANGUAGE: 'error',
  MALFORMED_FUNCTION_CALL: 'error',
  UNEXPECTED_TOOL_CALL: 'error',
  NO_IMAGE: 'error',
}

/** Google's reason in our words; `null` for one that is not known. */
export function finishReasonOf(reason: string | undefined): FinishReason | null {
  return finishReasons[reason ?? ''] ?? null
}
