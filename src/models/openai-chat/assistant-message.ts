import type {
  ModelResponse,
  ResponsePart,
  ThinkingPart,
  ToolCallPart,
} from '../../messages/index.ts'
import { type RawObject, rawObjects } from '../raw.ts'
import type { ChatTarget } from './target.ts'

/** A response of any model, for this one to read as its own; `undefined` when nothing of it can be sent. */
export function assistantMessage(
  response: ModelResponse,
  target: ChatTarget,
): RawObject | undefined {
  const message = new Message(target)
  for (const part of response.parts) message.add(part)
  return message.body
}

class Message {
  readonly #target: ChatTarget
  readonly #texts: string[] = []
  readonly #thinking = new Map<string, string[]>()
  readonly #thinkingDetails: RawObject[] = []
  readonly #calls: RawObject[] = []

  constructor(target: ChatTarget) {
    this.#target = target
  }

  /** What the provider did by its own tools, and files, are not taken back. */
  add(part: ResponsePart): void {
    switch (part.partKind) {
      case 'text':
        return void this.#texts.push(part.content)
      case 'thinking':
        return this.#addThinking(part)
      case 'tool-call':
        return void this.#calls.push(toolCall(part))
      case 'compaction':
        return this.#addText(part.content)
      case 'speech':
        return this.#addText(part.transcript)
      case 'builtin-tool-call':
      case 'builtin-tool-return':
      case 'file':
    }
  }

  get body(): RawObject | undefined {
    if (this.#texts.length === 0 && this.#calls.length === 0) return undefined
    const thinking: Record<string, string> = {}
    for (const [field, texts] of this.#thinking) thinking[field] = texts.join('\n\n')
    return {
      role: 'assistant',
      ...thinking,
      ...(this.#thinkingDetails.length > 0 && { reasoning_details: this.#thinkingDetails }),
      content: this.#texts.length > 0 ? this.#texts.join('\n\n') : null,
      ...(this.#calls.length > 0 && { tool_calls: this.#calls }),
    }
  }

  #addText(text: string | null): void {
    if (text !== null && text !== '') this.#texts.push(text)
  }

  /** Thinking returns to the field it came in, at its own provider; to anyone else it is marked text. */
  #addThinking(part: ThinkingPart): void {
    const { dialect, system } = this.#target
    const isOwn = part.providerName === system
    if (isOwn && dialect.hasThinkingDetails) {
      this.#thinkingDetails.push(...rawObjects(part.providerDetails?.['reasoning_details']))
    }
    const field = this.#fieldOf(part, isOwn)
    if (field === undefined) this.#texts.push(`<think>\n${part.content}\n</think>`)
    else this.#thinking.set(field, [...(this.#thinking.get(field) ?? []), part.content])
  }

  #fieldOf({ id }: ThinkingPart, isOwn: boolean): string | undefined {
    const { thinkingGoesTo } = this.#target.dialect
    if (thinkingGoesTo !== undefined) return thinkingGoesTo === 'tags' ? undefined : thinkingGoesTo
    return isOwn && id !== null && id !== '' && id !== 'content' ? id : undefined
  }
}

function toolCall({ args, toolCallId, toolName }: ToolCallPart): RawObject {
  const text = typeof args === 'string' ? args : JSON.stringify(args ?? {})
  return {
    id: toolCallId,
    type: 'function',
    function: { name: toolName, arguments: text === '' ? '{}' : text },
  }
}
