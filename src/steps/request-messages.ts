import {
  type MessageLog,
  type ModelMessage,
  type RequestPart,
  UserPromptPart,
  WireHistory,
} from '../messages/index.ts'
import type { StepPorts } from './ports.ts'

/** The history as the model is to see it: repaired, merged, and with system prompts only where the model takes them. */
export function messagesFor({ memo, setup }: StepPorts, log: MessageLog): readonly ModelMessage[] {
  memo.wire ??= {
    history: new WireHistory(),
    looked: 0,
    hasLateSystemPrompts: false,
    first: undefined,
    isFirstMixed: false,
  }
  const { wire } = memo
  for (let i = Math.max(1, wire.looked); i < log.length && !wire.hasLateSystemPrompts; i += 1) {
    wire.hasLateSystemPrompts = log.items[i]?.parts.some(isSystemPrompt) ?? false
  }
  wire.looked = log.length
  const messages = wire.history.view(log)
  const first = messages[0]
  if (first !== wire.first) {
    wire.first = first
    wire.isFirstMixed = isFirstMixed(first)
  }
  const isMixed = wire.hasLateSystemPrompts || wire.isFirstMixed
  return isMixed && !setup.model.profile.supportsInlineSystemPrompts
    ? messages.map((message, i) => withoutLateSystemPrompts(message, i === 0))
    : messages
}

/** What is remembered of the last view, so that a long history is not looked through for every request. */
export interface WireMemo {
  readonly history: WireHistory
  looked: number
  hasLateSystemPrompts: boolean
  first: ModelMessage | undefined
  isFirstMixed: boolean
}

function isSystemPrompt(part: ModelMessage['parts'][number]): boolean {
  return part.partKind === 'system-prompt'
}

/** A system prompt behind other parts of the first request. */
function isFirstMixed(first: ModelMessage | undefined): boolean {
  const parts: readonly ModelMessage['parts'][number][] = first?.parts ?? []
  return parts.findLastIndex(isSystemPrompt) >= leading(parts)
}

/** How many system prompts stand at the beginning. */
function leading(parts: readonly ModelMessage['parts'][number][]): number {
  const end = parts.findIndex((part) => !isSystemPrompt(part))
  return end < 0 ? parts.length : end
}

function withoutLateSystemPrompts(message: ModelMessage, isFirst: boolean): ModelMessage {
  if (message.kind === 'response' || !message.parts.some(isSystemPrompt)) return message
  const kept = isFirst ? leading(message.parts) : 0
  return {
    ...message,
    parts: message.parts.map((part, i) => (i < kept ? part : asUserPrompt(part))),
  }
}

function asUserPrompt(part: RequestPart): RequestPart {
  if (part.partKind !== 'system-prompt') return part
  return UserPromptPart(`<system>${part.content}</system>`, part.timestamp)
}
