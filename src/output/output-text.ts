import type { ModelResponse } from '../messages/index.ts'

/** The text of a response as far as it can be output: what comes after the last native tool call. */
export function outputText({ parts }: Pick<ModelResponse, 'parts'>): string {
  let text = ''
  let compaction = ''
  for (const part of parts) {
    if (part.partKind === 'builtin-tool-call') text = ''
    else if (part.partKind === 'text') text += part.content
    else if (part.partKind === 'speech') text += part.transcript ?? ''
    else if (part.partKind === 'compaction') compaction += part.content ?? ''
  }
  return text === '' ? compaction : text
}
