import {
  callArguments,
  type ResponsePart,
  type SpeechPart,
  type ThinkingPart,
} from '../../messages/index.ts'
import { presentOrNull, type RawObject } from '../raw.ts'
import type { MessagesTarget } from './messages.ts'
import { nativeCallBlock, nativeReturnBlock } from './native-history.ts'
import { addText } from './user-content.ts'

/** Adds a part of a response to the blocks of its message. What only other providers understand is left out. */
export function addResponsePart(
  blocks: RawObject[],
  part: ResponsePart,
  target: MessagesTarget,
): void {
  const isOwn = part.partKind !== 'speech' && part.providerName === target.system
  switch (part.partKind) {
    case 'text':
      return addText(blocks, part.content)
    case 'thinking':
      return addThinking(blocks, part, isOwn)
    case 'tool-call':
      return void blocks.push({
        type: 'tool_use',
        id: part.toolCallId,
        name: part.toolName,
        input: callArguments(part),
      })
    case 'builtin-tool-call':
      return add(blocks, isOwn ? nativeCallBlock(part, target) : undefined)
    case 'builtin-tool-return':
      return add(blocks, isOwn ? nativeReturnBlock(part, target) : undefined)
    case 'compaction': {
      const { content, providerDetails } = part
      const sealed = presentOrNull({ encrypted_content: providerDetails?.['encrypted_content'] })
      return add(blocks, isOwn ? { type: 'compaction', content, ...sealed } : undefined)
    }
    case 'speech':
      return addText(blocks, spokenText(part))
    case 'file': // Anthropic's models make none, so they get none back
  }
}

function add(blocks: RawObject[], block: RawObject | undefined): void {
  if (block !== undefined) blocks.push(block)
}

/** Without a signature of its own the provider would refuse it; as text the model can still read it. */
function addThinking(blocks: RawObject[], part: ThinkingPart, isOwn: boolean): void {
  const { id, content, signature } = part
  if (isOwn && signature) {
    const isRedacted = id === 'redacted_thinking'
    blocks.push(
      isRedacted
        ? { type: 'redacted_thinking', data: signature }
        : { type: 'thinking', thinking: content, signature },
    )
  } else if (content !== '') addText(blocks, `<thinking>\n${content}\n</thinking>`)
}

function spokenText({ transcript, interruptedAtMs }: SpeechPart): string {
  const cut = interruptedAtMs === null ? [] : [`[Interrupted after ${interruptedAtMs} ms]`]
  return [...(transcript ? [transcript] : []), ...cut].join('\n')
}
