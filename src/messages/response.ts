import type { ModelResponse } from './message.ts'
import type { FilePart, ToolCallPart } from './response-parts.ts'

/**
 * The text of a response: neighbouring text parts joined as they are, a blank line where other parts stand between
 * them. `null` when there is no text part.
 */
export function responseText(response: Pick<ModelResponse, 'parts'>): string | null {
  let text: string | null = null
  let isAfterText = false
  for (const part of response.parts) {
    if (part.partKind === 'text') {
      text = text === null ? part.content : `${text}${isAfterText ? '' : '\n\n'}${part.content}`
    }
    isAfterText = part.partKind === 'text'
  }
  return text
}

/** The thinking that may be shown, parts separated by a blank line. `null` when there is no thinking part. */
export function responseThinking(response: Pick<ModelResponse, 'parts'>): string | null {
  const parts = response.parts.filter((part) => part.partKind === 'thinking')
  return parts.length === 0 ? null : parts.map(({ content }) => content).join('\n\n')
}

/** The calls the run has to answer, in order; not those of the provider's own tools. */
export function toolCallsOf(response: Pick<ModelResponse, 'parts'>): readonly ToolCallPart[] {
  const { parts } = response
  return parts.every(isToolCall) ? parts : parts.filter(isToolCall)
}

function isToolCall(part: ModelResponse['parts'][number]): part is ToolCallPart {
  return part.partKind === 'tool-call'
}

/** The files the model made, in order. */
export function filesOf(response: Pick<ModelResponse, 'parts'>): readonly FilePart[] {
  return response.parts.filter((part) => part.partKind === 'file')
}
