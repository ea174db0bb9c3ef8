import { type ModelMessage, retryPromptText, toolReturnText } from '../../src/messages/index.ts'
import type { Json } from './recording.ts'

type Part = ModelMessage['parts'][number]

/** The text a provider adapter would send for each tool return and retry prompt of the history. */
export function rendered(messages: readonly ModelMessage[]): Json[] {
  return messages.flatMap((message, m) =>
    message.parts.flatMap((part: Part, p) => {
      const text = textOf(part)
      return text === undefined ? [] : [{ message: m, part: p, part_kind: part.partKind, text }]
    }),
  )
}

function textOf(part: Part): string | undefined {
  if (part.partKind === 'retry-prompt') return retryPromptText(part)
  const isReturn = part.partKind === 'tool-return' || part.partKind === 'builtin-tool-return'
  return isReturn ? toolReturnText(part) : undefined
}
