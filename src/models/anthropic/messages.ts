import type { ModelMessage } from '../../messages/index.ts'
import { withoutLeadingPrompts } from '../leading-prompts.ts'
import type { RawObject } from '../raw.ts'
import { addResponsePart } from './assistant-content.ts'
import { type NativeHistory, withoutUnansweredCalls } from './native-history.ts'
import { addRequestPart } from './request-content.ts'
import { addText } from './user-content.ts'

/** A message as Anthropic reads it. */
export interface WireMessage {
  readonly role: 'user' | 'assistant' | 'system'
  /** Made here and not shared: cache points may still be set. */
  readonly content: RawObject[]
}

/** For whom the messages are written. */
export interface MessagesTarget extends NativeHistory {
  /** The provider's name in histories: only its own signatures and native tools go back to it. */
  readonly system: string
  /** System prompts that come late are messages of their own; otherwise the user says them. */
  readonly takesSystemMessages: boolean
}

/** The conversation, without the system prompts it begins with. */
export function wireMessages(
  messages: readonly ModelMessage[],
  target: MessagesTarget,
): WireMessage[] {
  const wire: WireMessage[] = []
  for (const message of sinceCompaction(withoutLeadingPrompts(messages), target.system)) {
    const content: RawObject[] = []
    const prompts: RawObject[] = []
    if (message.kind === 'request') {
      const before = wire.at(-1)?.content ?? []
      for (const part of message.parts) {
        const isOrder = part.partKind === 'system-prompt' && target.takesSystemMessages
        if (isOrder) addText(prompts, part.content)
        else addRequestPart(content, part, target.system, before)
      }
    } else {
      for (const part of message.parts) addResponsePart(content, part, target)
    }
    const role = message.kind === 'request' ? 'user' : 'assistant'
    if (content.length > 0) wire.push({ role, content })
    if (prompts.length > 0) wire.push({ role: 'system', content: prompts })
  }
  return withSystemMessagesInPlace(withoutUnansweredCalls(wire))
}

/** From the last summary on: the provider does not read what it stands for. */
function sinceCompaction(
  messages: readonly ModelMessage[],
  system: string,
): readonly ModelMessage[] {
  for (const [index, message] of [...messages.entries()].toReversed()) {
    if (message.kind === 'request') continue
    const summary = message.parts.findLastIndex(
      (part) => part.partKind === 'compaction' && part.providerName === system && part.content,
    )
    if (summary < 0) continue
    return [{ ...message, parts: message.parts.slice(summary) }, ...messages.slice(index + 1)]
  }
  return messages
}

/** They are taken behind words of the user only, and right before an answer or at the end. */
function withSystemMessagesInPlace(messages: readonly WireMessage[]): WireMessage[] {
  const placed: WireMessage[] = []
  let waiting: WireMessage[] = []
  const settle = (): void => {
    if (waiting.length > 0 && placed.at(-1)?.role !== 'user') {
      placed.push({ role: 'user', content: [{ type: 'text', text: '.' }] })
    }
    placed.push(...waiting)
    waiting = []
  }
  for (const message of messages) {
    if (message.role === 'assistant') settle()
    if (message.role === 'system') waiting.push(message)
    else placed.push(message)
  }
  settle()
  return placed
}
