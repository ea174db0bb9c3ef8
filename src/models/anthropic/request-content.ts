import { UserError } from '../../errors/index.ts'
import {
  type RequestPart,
  type RetryPromptPart,
  retryPromptText,
  toolReturnMedia,
  type ToolReturnPart,
  toolReturnText,
} from '../../messages/index.ts'
import type { RawObject } from '../raw.ts'
import { addText, addUserContent, mediaBlock } from './user-content.ts'

/** Adds a part of a request to the blocks of its message. `before` are those of the message before it. */
export function addRequestPart(
  blocks: RawObject[],
  part: RequestPart,
  system: string,
  before: RawObject[],
): void {
  switch (part.partKind) {
    case 'user-prompt':
      return addUserContent(blocks, part.content, system, before)
    case 'tool-return':
      return void blocks.push(toolResult(part, system))
    case 'retry-prompt':
      return void blocks.push(retryBlock(part))
    case 'system-prompt':
      // What stands for the system cannot change in mid-conversation.
      return addText(blocks, `<system>${part.content}</system>`)
    case 'speech':
      if (part.transcript === null && part.audio !== null) {
        throw new UserError("Anthropic's models do not take spoken words without a transcript")
      }
      return addText(blocks, part.transcript ?? '')
    case 'tool-availability-delta': // the tools of the request tell
  }
}

function toolResult(part: ToolReturnPart, system: string): RawObject {
  return {
    type: 'tool_result',
    tool_use_id: part.toolCallId,
    content: resultContent(part, system),
    is_error: part.outcome === 'failed',
  }
}

/** A list is told item by item. An empty text would be refused, so nothing is told as `null`. */
function resultContent(part: ToolReturnPart, system: string): readonly RawObject[] | string {
  const blocks: RawObject[] = []
  const items: readonly unknown[] = Array.isArray(part.content) ? part.content : [part.content]
  for (const content of items) {
    const [media] = toolReturnMedia({ content })
    if (media !== undefined) blocks.push(mediaBlock(media, system))
    else if (content === null) addText(blocks, 'null')
    else addText(blocks, toolReturnText({ content, outcome: 'success' }))
  }
  return blocks.length === 0 ? '' : blocks
}

/** Feedback on a call is its result; any other is said by the user. */
function retryBlock(part: RetryPromptPart): RawObject {
  const text = retryPromptText(part)
  if (part.toolName === null) return { type: 'text', text }
  return { type: 'tool_result', tool_use_id: part.toolCallId, content: text, is_error: true }
}
