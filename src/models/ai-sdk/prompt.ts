import type {
  ModelMessage,
  ModelRequest,
  NativeToolCallPart,
  RequestPart,
  SpeechPart,
} from '../../messages/index.ts'
import { retryPromptText } from '../../messages/index.ts'
import { assistantContent } from './assistant-content.ts'
import type { PromptMessage, UserPromptContent } from './protocol.ts'
import type { PromptTarget } from './target.ts'
import { retryAnswer, type ToolAnswer, toolReturnAnswer } from './tool-results.ts'
import { mediaContent, userContent } from './user-content.ts'

/**
 * A history as the prompt of an AI SDK model, in the words of specification v4.
 *
 * @param instructions stand behind the leading system prompts; `null` for none
 */
export function toPrompt(
  messages: readonly ModelMessage[],
  instructions: string | null,
  target: PromptTarget,
): PromptMessage[] {
  const calls = nativeCalls(messages)
  const prompt = messages.flatMap((message): PromptMessage[] => {
    if (message.kind === 'request') return requestMessages(message, target)
    const content = assistantContent(message, target, calls)
    return content.length === 0 ? [] : [{ role: 'assistant', content }]
  })
  return withInstructions(joinToolMessages(prompt), instructions)
}

function nativeCalls(messages: readonly ModelMessage[]): Map<string, NativeToolCallPart> {
  const calls = new Map<string, NativeToolCallPart>()
  for (const message of messages) {
    for (const part of message.parts) {
      if (part.partKind === 'builtin-tool-call') calls.set(part.toolCallId, part)
    }
  }
  return calls
}

function requestMessages(request: ModelRequest, target: PromptTarget): PromptMessage[] {
  return request.parts.flatMap((part) => partMessages(part, target))
}

function partMessages(part: RequestPart, target: PromptTarget): PromptMessage[] {
  switch (part.partKind) {
    case 'system-prompt':
      return [{ role: 'system', content: part.content }]
    case 'user-prompt':
      return userMessage(userContent(part.content, target))
    case 'tool-return':
      return answerMessages(toolReturnAnswer(part, target))
    case 'retry-prompt':
      if (part.toolName !== null) return answerMessages(retryAnswer(part, part.toolName, target))
      return userMessage([{ type: 'text', text: retryPromptText(part) }])
    case 'speech':
      return userMessage(spokenContent(part, target))
    case 'tool-availability-delta':
      return []
  }
}

function userMessage(content: readonly UserPromptContent[]): PromptMessage[] {
  return content.length === 0 ? [] : [{ role: 'user', content }]
}

function answerMessages({ result, attachments }: ToolAnswer): PromptMessage[] {
  return [{ role: 'tool', content: [result] }, ...userMessage(attachments)]
}

function spokenContent(part: SpeechPart, target: PromptTarget): UserPromptContent[] {
  if (part.transcript !== null) return [{ type: 'text', text: part.transcript }]
  return part.audio === null ? [] : [mediaContent(part.audio, target)]
}

/**
 * Answers to the calls of one response share one message, since providers refuse anything between them; what was
 * attached to an answer follows the last of them.
 */
function joinToolMessages(messages: readonly PromptMessage[]): PromptMessage[] {
  const joined: PromptMessage[] = []
  for (const message of messages) {
    const at = message.role === 'tool' ? openToolMessage(joined) : -1
    const open = joined[at]
    if (message.role === 'tool' && open?.role === 'tool') {
      joined[at] = { role: 'tool', content: [...open.content, ...message.content] }
    } else joined.push(message)
  }
  return joined
}

/** The tool message of the current turn, `-1` when there is none. */
function openToolMessage(messages: readonly PromptMessage[]): number {
  const turn = messages.findLastIndex((message) => message.role === 'assistant')
  const at = messages.findLastIndex((message) => message.role === 'tool')
  return at > turn ? at : -1
}

function withInstructions(
  messages: readonly PromptMessage[],
  instructions: string | null,
): PromptMessage[] {
  if (instructions === null || instructions === '') return [...messages]
  const first = messages.findIndex((message) => message.role !== 'system')
  const at = first < 0 ? messages.length : first
  return messages.toSpliced(at, 0, { role: 'system', content: instructions })
}
