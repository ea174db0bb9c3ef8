import {
  messagesFromWire,
  messagesToWire,
  type ModelMessage,
  type ModelResponse,
} from '../../src/messages/index.ts'
import { copyOf, type Json } from './recording.ts'
import { rendered } from './rendered.ts'
import type { WireVector } from './vector.ts'

/** Loads and dumps the messages: FORMAT.md section 7. */
export function runWireVector({ wire }: WireVector): Json {
  const messages = load(wire.messages)
  if (messages instanceof Error) return { error: { type: messages.name } }
  const dumped = copyOf(messagesToWire(messages))
  const again = copyOf(messagesToWire(messagesFromWire(dumped)))
  return {
    dumped,
    derived: messages.map((message) => (message.kind === 'response' ? derived(message) : {})),
    rendered: rendered(messages),
    stable: JSON.stringify(again) === JSON.stringify(dumped),
  }
}

function load(messages: readonly unknown[]): readonly ModelMessage[] | Error {
  try {
    return messagesFromWire(messages)
  } catch (error) {
    if (error instanceof Error) return error
    throw error
  }
}

function derived({ parts }: ModelResponse): Json {
  const thoughts = parts.filter((part) => part.partKind === 'thinking')
  const calls = parts.filter((part) => part.partKind === 'tool-call')
  return {
    text: joined(textStretches(parts)),
    thinking: joined(thoughts.map((part) => part.content)),
    tool_call_ids: calls.map((part) => part.toolCallId),
    files: parts.filter((part) => part.partKind === 'file').length,
  }
}

/** Adjacent text parts are one stretch. */
function textStretches(parts: ModelResponse['parts']): string[] {
  const stretches: string[] = []
  for (const [i, part] of parts.entries()) {
    if (part.partKind !== 'text') continue
    const before = parts[i - 1]?.partKind === 'text' ? (stretches.pop() ?? '') : ''
    stretches.push(before + part.content)
  }
  return stretches
}

function joined(texts: readonly string[]): string | null {
  return texts.length === 0 ? null : texts.join('\n\n')
}
