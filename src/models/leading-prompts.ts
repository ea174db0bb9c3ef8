import type { ModelMessage, ModelRequest } from '../messages/index.ts'

/**
 * The system prompts with which a conversation begins: they stand for the whole of it, apart from the messages. Later ones
 * are part of the conversation.
 */
export function leadingPrompts(messages: readonly ModelMessage[]): readonly string[] {
  const prompts: string[] = []
  for (const part of firstRequest(messages)?.parts ?? []) {
    if (part.partKind !== 'system-prompt') break
    prompts.push(part.content)
  }
  return prompts
}

/** The messages without their {@link leadingPrompts}. */
export function withoutLeadingPrompts(messages: readonly ModelMessage[]): readonly ModelMessage[] {
  const count = leadingPrompts(messages).length
  const first = firstRequest(messages)
  if (first === undefined || count === 0) return messages
  const rest: ModelRequest = { ...first, parts: first.parts.slice(count) }
  return messages.map((message) => (message === first ? rest : message))
}

function firstRequest(messages: readonly ModelMessage[]): ModelRequest | undefined {
  return messages.find((message) => message.kind === 'request')
}
