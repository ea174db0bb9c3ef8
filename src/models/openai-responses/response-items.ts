import type {
  CompactionPart,
  ModelResponse,
  ResponsePart,
  TextPart,
  ThinkingPart,
  ToolCallPart,
} from '../../messages/index.ts'
import { present, type RawObject, rawText } from '../raw.ts'
import { nativeCallItem, type SearchItems, searchItems, statusOf } from './native-items.ts'
import type { Target } from './target.ts'

/** An item that later parts of the same response may still add to. */
type GrowingItem = Record<string, unknown>

/**
 * What the model said, as the items that it came in: what shares an id becomes one item again. Items stand for things
 * that OpenAI knows by their ids, so parts of others, and all parts when no ids are sent, go as plain messages.
 */
export function responseItems(
  message: ModelResponse,
  target: Target,
  describe: (toolName: string) => RawObject | undefined,
): RawObject[] {
  const writer = new ItemWriter(target, message.providerName, describe)
  for (const part of message.parts) writer.add(part)
  return writer.items
}

/** Old histories hold the ids of the call and of its item in one, with a bar between them. */
export function callIdOf(toolCallId: string): string {
  return toolCallId.split('|', 1)[0] ?? ''
}

class ItemWriter {
  readonly items: GrowingItem[] = []
  readonly #target: Target
  readonly #messageProvider: string | null
  readonly #search: SearchItems
  #text: GrowingItem | undefined
  #reasoning: GrowingItem | undefined
  /** The latest native call of each kind. */
  readonly #native = new Map<string, GrowingItem>()

  constructor(
    target: Target,
    messageProvider: string | null,
    describe: (toolName: string) => RawObject | undefined,
  ) {
    this.#target = target
    this.#messageProvider = messageProvider
    this.#search = searchItems(target.sendsIds, describe)
  }

  add(part: ResponsePart): void {
    switch (part.partKind) {
      case 'text':
        return this.#addText(part)
      case 'thinking':
        return this.#addThinking(part)
      case 'tool-call':
        return this.#push(this.#call(part))
      case 'builtin-tool-call':
        return this.#addNativeCall(part)
      case 'builtin-tool-return':
        return this.#addNativeReturn(part)
      case 'compaction':
        return this.#push(this.#compaction(part))
      case 'speech':
        return this.#push(part.transcript === null ? undefined : said(part.transcript))
      // Its native call stands for it.
      case 'file':
        return
    }
  }

  #push(item: GrowingItem | undefined): void {
    if (item !== undefined) this.items.push(item)
  }

  #addText(part: TextPart): void {
    const phase = this.#phaseOf(part)
    if (!part.id || !this.#sendsIdOf(part)) return this.#push({ ...said(part.content), ...phase })
    if (this.#text?.['id'] !== part.id) {
      const { id } = part
      this.#text = { type: 'message', role: 'assistant', id, status: 'completed', content: [] }
      this.#push(this.#text)
    }
    append(this.#text, 'content', { type: 'output_text', text: part.content, annotations: [] })
    Object.assign(this.#text, phase)
  }

  #phaseOf({ providerName, providerDetails }: TextPart): { readonly phase?: string } {
    const phase = rawText(providerDetails?.['phase'])
    const isKnown = phase === 'commentary' || phase === 'final_answer'
    const { marksPhases, system } = this.#target
    return isKnown && marksPhases && providerName === system ? { phase } : {}
  }

  #addThinking(part: ThinkingPart): void {
    const isOwn = part.providerName === this.#target.system
    const plain = isOwn ? plainThinking(part) : []
    if (!part.id || !(this.#sendsIdOf(part) || plain.length > 0)) {
      return this.#push(said(`<think>\n${part.content}\n</think>`))
    }
    const signature = isOwn && this.#target.reasoning !== undefined ? part.signature : null
    const says = Boolean(signature) || part.content !== '' || plain.length > 0
    if (this.#reasoning?.['id'] !== part.id && says) {
      const { id } = part
      this.#reasoning = { type: 'reasoning', id, summary: [], encrypted_content: signature || null }
      this.#push(this.#reasoning)
    }
    if (!says) return
    if (part.content !== '') {
      append(this.#reasoning, 'summary', { type: 'summary_text', text: part.content })
    }
    if (plain.length > 0) {
      const content = plain.map((text) => ({ type: 'reasoning_text', text }))
      Object.assign(this.#reasoning ?? {}, { content })
    }
  }

  #call(part: ToolCallPart): GrowingItem {
    const { toolName, args, toolCallId, providerName, providerDetails } = part
    const id = toolCallId.split('|')[1] ?? part.id
    const isOwn = providerName === this.#target.system
    return {
      type: 'function_call',
      name: toolName,
      arguments: typeof args === 'string' ? args || '{}' : JSON.stringify(args ?? {}),
      call_id: callIdOf(toolCallId),
      ...(id && this.#sendsIdOf(part) && { id }),
      ...present({ namespace: isOwn ? providerDetails?.['namespace'] : undefined }),
    }
  }

  #addNativeCall(part: Extract<ResponsePart, { partKind: 'builtin-tool-call' }>): void {
    if (part.toolName === 'tool_search') {
      if (this.#isOwn(part)) this.#push(this.#search.call(part))
      return
    }
    if (!this.#sendsIdOf(part)) return
    const item = nativeCallItem(part)
    if (item === undefined) return
    this.#native.set(part.toolName, item)
    this.#push(item)
  }

  /** What the tools found stays at OpenAI; only how it ended goes with the call. */
  #addNativeReturn(part: Extract<ResponsePart, { partKind: 'builtin-tool-return' }>): void {
    if (part.toolName === 'tool_search') {
      if (this.#isOwn(part)) this.#push(this.#search.output(part))
      return
    }
    const item = this.#native.get(part.toolName)
    const status = statusOf(part.content)
    if (item !== undefined && 'status' in item && status !== undefined) item['status'] = status
  }

  #compaction({ id, providerName, providerDetails }: CompactionPart): GrowingItem | undefined {
    const sealed = providerDetails?.['encrypted_content']
    if (providerName !== this.#target.system || sealed === undefined) return undefined
    return { type: 'compaction', id, encrypted_content: sealed }
  }

  #sendsIdOf(part: { readonly providerName: string | null }): boolean {
    return this.#target.sendsIds && this.#isOwn(part)
  }

  #isOwn({ providerName }: { readonly providerName: string | null }): boolean {
    return (providerName ?? this.#messageProvider) === this.#target.system
  }
}

function said(content: string): GrowingItem {
  return { role: 'assistant', content }
}

function plainThinking({ providerDetails }: ThinkingPart): readonly string[] {
  const plain = providerDetails?.['raw_content']
  return Array.isArray(plain) ? plain.filter((text) => typeof text === 'string') : []
}

function append(item: GrowingItem | undefined, key: string, entry: RawObject): void {
  const list = item?.[key]
  if (Array.isArray(list)) list.push(entry)
}
