import {
  type ModelMessage,
  type RequestPart,
  type RetryPromptPart,
  retryPromptText,
  type SpeechPart,
  toolReturnMedia,
  type ToolReturnPart,
  toolReturnText,
} from '../../messages/index.ts'
import type { RawObject } from '../raw.ts'
import { callIdOf, responseItems } from './response-items.ts'
import type { Target } from './target.ts'
import { inputText, mediaContent, userContent } from './user-content.ts'

/**
 * A history as items of input.
 *
 * @param describe the tool of that name as the API is told of it, if there is one
 */
export function inputItems(
  messages: readonly ModelMessage[],
  target: Target,
  describe: (toolName: string) => RawObject | undefined,
): RawObject[] {
  return messages.flatMap((message) =>
    message.kind === 'response'
      ? responseItems(message, target, describe)
      : message.parts.flatMap((part) => requestItems(part, target)),
  )
}

function requestItems(part: RequestPart, target: Target): RawObject[] {
  switch (part.partKind) {
    case 'system-prompt':
      return [{ role: 'system', content: part.content }]
    case 'user-prompt':
      return [{ role: 'user', content: userContent(part.content, target) }]
    case 'tool-return':
      return [result(part, toolOutput(part, target))]
    case 'retry-prompt':
      return [part.toolName === null ? feedback(part) : result(part, retryPromptText(part))]
    case 'speech':
      return spokenItems(part, target)
    // The tools are among those of the request.
    case 'tool-availability-delta':
      return []
  }
}

function feedback(part: RetryPromptPart): RawObject {
  return { role: 'user', content: [inputText(retryPromptText(part))] }
}

function result({ toolCallId }: { readonly toolCallId: string }, output: unknown): RawObject {
  return { type: 'function_call_output', call_id: callIdOf(toolCallId), output }
}

/** Text, or a list in the order of the result when there is media in it; what failed says so first. */
function toolOutput(part: ToolReturnPart, target: Target): string | RawObject[] {
  const files = toolReturnMedia(part)
  if (files.length === 0) return toolReturnText(part)
  if (part.outcome === 'failed') {
    return [inputText(toolReturnText(part)), ...files.map((file) => mediaContent(file, target))]
  }
  const items: readonly unknown[] = Array.isArray(part.content) ? part.content : [part.content]
  return items.map((content) => {
    const [media] = toolReturnMedia({ content })
    return media === undefined
      ? inputText(toolReturnText({ content, outcome: part.outcome }))
      : mediaContent(media, target)
  })
}

function spokenItems({ transcript, audio }: SpeechPart, target: Target): RawObject[] {
  if (transcript !== null) return [{ role: 'user', content: transcript }]
  return audio === null ? [] : [{ role: 'user', content: [mediaContent(audio, target)] }]
}
