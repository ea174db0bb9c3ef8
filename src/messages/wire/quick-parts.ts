/**
 * The commonest parts as they commonly are, read at once: each field by its own name, which engines are good at. What is
 * not so plain, wrong or from an earlier version is `undefined` here and read by the table of its kind, which gives the
 * same wherever this gives something.
 */
import { type Codec, parseTimestamp, type Place } from '../../codec/index.ts'
import type { ToolReturnPart, UserPromptPart } from '../request-parts.ts'
import type { TextPart, ThinkingPart, ToolCallPart } from '../response-parts.ts'
import { toolContent } from './user-content.ts'

type Fields = Readonly<Record<string, unknown>>

export function quickUserPrompt({ content, timestamp }: Fields): UserPromptPart | undefined {
  const time = timeOf(timestamp)
  if (typeof content !== 'string' || time === undefined) return undefined
  return { content, timestamp: time, partKind: 'user-prompt' }
}

export function quickToolReturn(fields: Fields, place: Place): ToolReturnPart | undefined {
  const { tool_name: toolName, tool_call_id: toolCallId, content, timestamp, outcome } = fields
  const time = timeOf(timestamp)
  const isPlain =
    time !== undefined &&
    typeof toolName === 'string' &&
    typeof toolCallId === 'string' &&
    (outcome === undefined || outcome === 'success') &&
    isAbsent(fields['tool_kind']) &&
    isAbsent(fields['metadata'])
  if (!isPlain || content === undefined) return undefined
  return {
    toolName,
    content: typeof content === 'string' ? content : readAt('content', toolContent, content, place),
    toolCallId,
    toolKind: null,
    metadata: null,
    timestamp: time,
    outcome: 'success',
    partKind: 'tool-return',
  }
}

export function quickText(fields: Fields): TextPart | undefined {
  const { content } = fields
  const id = textOrNull(fields['id'])
  const providerName = textOrNull(fields['provider_name'])
  if (id === undefined || providerName === undefined) return undefined
  if (typeof content !== 'string' || !isAbsent(fields['provider_details'])) return undefined
  return { content, id, providerName, providerDetails: null, partKind: 'text' }
}

export function quickThinking(fields: Fields): ThinkingPart | undefined {
  const { content } = fields
  const id = textOrNull(fields['id'])
  const signature = textOrNull(fields['signature'])
  const providerName = textOrNull(fields['provider_name'])
  if (id === undefined || signature === undefined || providerName === undefined) return undefined
  if (typeof content !== 'string' || !isAbsent(fields['provider_details'])) return undefined
  return { content, id, signature, providerName, providerDetails: null, partKind: 'thinking' }
}

export function quickToolCall(fields: Fields): ToolCallPart | undefined {
  const { tool_name: toolName, tool_call_id: toolCallId } = fields
  const args = textOrNull(fields['args'])
  const id = textOrNull(fields['id'])
  const providerName = textOrNull(fields['provider_name'])
  const isPlain =
    typeof toolName === 'string' &&
    typeof toolCallId === 'string' &&
    isAbsent(fields['tool_kind']) &&
    isAbsent(fields['provider_details'])
  if (!isPlain || args === undefined || id === undefined || providerName === undefined) {
    return undefined
  }
  return {
    toolName,
    args,
    toolCallId,
    toolKind: null,
    id,
    providerName,
    providerDetails: null,
    partKind: 'tool-call',
  }
}

/** A text as models give it, filled in. */
export function wholeText({
  content,
  id,
  providerName,
  providerDetails,
}: Fields): object | undefined {
  if (content === undefined || id !== undefined) return undefined
  return {
    content,
    id: null,
    providerName: providerName ?? null,
    providerDetails: providerDetails ?? null,
    partKind: 'text',
  }
}

/** A call as models give it, filled in. */
export function wholeToolCall(given: Fields): object | undefined {
  const { toolName, args, toolCallId, toolKind, id, providerName, providerDetails } = given
  if (toolName === undefined || toolCallId === undefined || id !== undefined) return undefined
  return {
    toolName,
    args: args ?? null,
    toolCallId,
    toolKind: toolKind ?? null,
    id: null,
    providerName: providerName ?? null,
    providerDetails: providerDetails ?? null,
    partKind: 'tool-call',
  }
}

/** What may be left out, as memory has it; `undefined` for what is neither text nor left out. */
export function textOrNull(value: unknown): string | null | undefined {
  if (typeof value === 'string') return value
  return isAbsent(value) ? null : undefined
}

export function timeOf(value: unknown): string | undefined {
  return parseTimestamp(value) ?? undefined
}

export function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null
}

/** Reads what stands under a key by the table. */
export function readAt<T>(key: string, codec: Codec<T>, value: unknown, place: Place): T {
  place.path.push(key)
  const read = codec.read(value, place)
  place.path.pop()
  return read
}
