import {
  type ModelMessage,
  type ModelRequest,
  type RequestPart,
  retryPromptText,
  type SpeechPart,
  type UserContent,
} from '../../messages/index.ts'
import type { ModelCall } from '../model.ts'
import type { RawObject } from '../raw.ts'
import { assistantMessage } from './assistant-message.ts'
import type { ChatTarget } from './target.ts'
import { textResult } from './tool-result.ts'
import { userContent } from './user-content.ts'

/** A history as chat messages; the instructions follow the leading system prompts. */
export function chatMessages(call: ModelCall, target: ChatTarget): RawObject[] {
  const messages = call.messages.flatMap((message) => messagesOf(message, target))
  const chat = target.dialect.missesThinking ? withAllThinking(messages, call) : messages
  const first = chat.findIndex((message) => message['role'] !== target.systemRole)
  const at = first < 0 ? chat.length : first
  return chat.toSpliced(at, 0, ...instructionMessages(call, target))
}

function instructionMessages({ parameters }: ModelCall, target: ChatTarget): RawObject[] {
  return parameters.instructionParts
    .filter(({ content }) => content.trim() !== '')
    .map(({ content }) => ({ role: target.systemRole, content }))
}

function messagesOf(message: ModelMessage, target: ChatTarget): RawObject[] {
  if (message.kind === 'request') return requestMessages(message, target)
  const assistant = assistantMessage(message, target)
  return assistant === undefined ? [] : [assistant]
}

function requestMessages({ parts }: ModelRequest, target: ChatTarget): RawObject[] {
  const attachments: UserContent[] = []
  const messages = parts.flatMap((part) => partMessages(part, target, attachments))
  if (attachments.length === 0) return messages
  return [...messages, { role: 'user', content: userContent(attachments, target) }]
}

/** @param attachments collects what has to follow all results, since nothing may stand between them */
function partMessages(
  part: RequestPart,
  target: ChatTarget,
  attachments: UserContent[],
): RawObject[] {
  switch (part.partKind) {
    case 'system-prompt':
      return [{ role: target.systemRole, content: part.content }]
    case 'user-prompt':
      return [{ role: 'user', content: userContent(part.content, target) }]
    case 'tool-return': {
      const result = textResult(part)
      attachments.push(...result.attachments)
      return [{ role: 'tool', tool_call_id: part.toolCallId, content: result.text }]
    }
    case 'retry-prompt': {
      const content = retryPromptText(part)
      if (part.toolName === null) return [{ role: 'user', content }]
      return [{ role: 'tool', tool_call_id: part.toolCallId, content }]
    }
    case 'speech':
      return speechMessages(part, target)
    case 'tool-availability-delta':
      return []
  }
}

function speechMessages({ transcript, audio }: SpeechPart, target: ChatTarget): RawObject[] {
  if (transcript !== null) return [{ role: 'user', content: transcript }]
  return audio === null ? [] : [{ role: 'user', content: userContent([audio], target) }]
}

/** Turns with calls that came without thinking, such as those of another model, get an empty one. */
function withAllThinking(messages: RawObject[], { messages: history }: ModelCall): RawObject[] {
  const isThinking = history.some(({ parts }) => parts.some((part) => part.partKind === 'thinking'))
  if (!isThinking) return messages
  return messages.map((message) =>
    'tool_calls' in message ? { reasoning_content: '', ...message } : message,
  )
}
