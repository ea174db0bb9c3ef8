/**
 * Reads a stream of the AI SDK from nothing but its own parts: for packages whose wire format has no reader here.
 *
 * Owns what has begun and not ended. Is told the parts of the stream, in order; tells the pieces of the response.
 *
 *   P1. A block has a key of its own: packages use the id of one that has ended again.
 *   P2. What a package attaches to a part replaces what it attached before, as in the AI SDK itself.
 *   P3. A block of text or thinking that stays empty counts only if something is attached to it.
 *   P4. The whole call that follows its pieces has the last word.
 */
import type { ResponsePartInput } from '../../messages/index.ts'
import type { ResponseDelta } from '../../streaming/index.ts'
import { filledText, type RawObject, rawText } from '../raw.ts'
import { type AttachedFields, attachedFields, readSdkPart } from './content.ts'
import { readSdkFinish, readSdkOrigin } from './response.ts'

interface Block {
  readonly key: string
  /** Of its start, until there is a piece that can carry it. */
  attached: AttachedFields
  hasBegun: boolean
}

interface Call {
  readonly key: string
  readonly toolName: string
  readonly isNative: boolean
  /** Pieces may be in a spelling of the provider's; then only the whole is JSON. */
  readonly isJson: boolean
  /** Arguments that were told already. */
  told: string
}

export class SdkStreamParts {
  readonly #providerName: string
  readonly #blocks = new Map<string, Block>()
  readonly #calls = new Map<string, Call>()
  readonly #sources: RawObject[] = []
  #begun = 0

  constructor(providerName: string) {
    this.#providerName = providerName
  }

  /** The pieces of one part; none for what tells nothing of the response. */
  read(part: RawObject): ResponseDelta[] {
    switch (part['type']) {
      case 'text-start':
      case 'reasoning-start':
        this.#open(part)
        return []
      case 'text-delta':
      case 'reasoning-delta':
        return this.#grow(part)
      case 'text-end':
      case 'reasoning-end':
        return this.#close(part)
      case 'tool-input-start':
        return this.#beginCall(part)
      case 'tool-input-delta':
      case 'tool-input-end':
        return this.#growCall(part)
      case 'tool-call':
        return this.#endCall(part)
      case 'tool-result':
        return this.#whole(part, `result ${idOf(part)}`)
      case 'file':
        return this.#whole(part)
      case 'source':
        this.#sources.push(part)
        return []
      case 'response-metadata':
        return [{ kind: 'response', ...readSdkOrigin(part) }]
      case 'finish':
        return [{ kind: 'response', ...readSdkFinish(part, this.#sources) }]
      default:
        return []
    }
  }

  /** P1 */
  #newKey(): string {
    this.#begun += 1
    return `part ${this.#begun}`
  }

  #open(part: RawObject): Block {
    const attached = attachedFields(part, this.#providerName)
    const block: Block = { key: this.#newKey(), attached, hasBegun: false }
    this.#blocks.set(blockId(part), block)
    return block
  }

  #grow(part: RawObject): ResponseDelta[] {
    const block = this.#blocks.get(blockId(part)) ?? this.#open(part)
    const content = rawText(part['delta']) ?? ''
    const attached = attachedFields(part, this.#providerName)
    if (content === '' && !block.hasBegun) {
      block.attached = { ...block.attached, ...attached }
      return []
    }
    return content === '' && isEmpty(attached) ? [] : [this.#piece(block, part, content, attached)]
  }

  #close(part: RawObject): ResponseDelta[] {
    const block = this.#blocks.get(blockId(part))
    if (block === undefined) return []
    this.#blocks.delete(blockId(part))
    const attached = attachedFields(part, this.#providerName)
    const news = block.hasBegun ? attached : { ...block.attached, ...attached }
    return isEmpty(news) ? [] : [this.#piece(block, part, '', attached)] // P3
  }

  #piece(block: Block, part: RawObject, content: string, attached: AttachedFields): ResponseDelta {
    const first = block.hasBegun ? {} : block.attached
    block.hasBegun = true
    const shared = { key: block.key, content, ...first, ...attached } // P2
    if (!isThinking(part)) return { kind: 'text', ...shared }
    return { kind: 'thinking', ...shared, providerName: this.#providerName }
  }

  #beginCall(part: RawObject): ResponseDelta[] {
    const toolName = rawText(part['toolName']) ?? ''
    const call: Call = {
      key: this.#newKey(),
      toolName,
      isNative: isNative(part),
      isJson: part['inputEncoding'] !== 'text',
      told: '',
    }
    this.#calls.set(idOf(part), call)
    const begun = readSdkPart(
      { ...part, type: 'tool-call', toolCallId: part['id'] },
      this.#providerName,
    )
    return begun === undefined ? [] : [pieceOf(begun, call.key)]
  }

  #growCall(part: RawObject): ResponseDelta[] {
    const call = this.#calls.get(idOf(part))
    if (call === undefined) return []
    const args = call.isJson ? filledText(part['delta']) : undefined
    const attached = attachedFields(part, this.#providerName)
    if (args === undefined && isEmpty(attached)) return []
    call.told += args ?? ''
    return [{ kind: 'tool-call', key: call.key, ...(args !== undefined && { args }), ...attached }]
  }

  #endCall(part: RawObject): ResponseDelta[] {
    const call = this.#calls.get(idOf(part))
    if (call === undefined) return this.#whole(part)
    this.#calls.delete(idOf(part))
    const { key, told } = call
    const input = rawText(part['input']) ?? told
    const isSame = part['toolName'] === call.toolName && isNative(part) === call.isNative
    if (!isSame || !input.startsWith(told)) return this.#whole(part, key) // P4
    const args = filledText(input.slice(told.length))
    const attached = attachedFields(part, this.#providerName)
    if (args === undefined && isEmpty(attached)) return []
    return [{ kind: 'tool-call', key, ...(args !== undefined && { args }), ...attached }]
  }

  #whole(part: RawObject, key: string = this.#newKey()): ResponseDelta[] {
    const whole = readSdkPart(part, this.#providerName)
    return whole === undefined ? [] : [{ kind: 'part', key, part: whole }]
  }
}

/** A call of a tool of ours grows from its first piece; one of the provider's own is a part from the start. */
function pieceOf(part: ResponsePartInput, key: string): ResponseDelta {
  if (part.partKind !== 'tool-call') return { kind: 'part', key, part }
  const { toolName, toolCallId, providerName = null, providerDetails = null } = part
  return {
    kind: 'tool-call',
    key,
    toolName,
    ...(toolCallId !== undefined && { toolCallId }),
    providerName,
    providerDetails,
  }
}

function isEmpty({ providerDetails }: AttachedFields): boolean {
  return providerDetails === undefined
}

function isNative(part: RawObject): boolean {
  return part['providerExecuted'] === true
}

function isThinking(part: RawObject): boolean {
  return String(part['type']).startsWith('reasoning')
}

/** Text and thinking may share an id. */
function blockId(part: RawObject): string {
  return `${isThinking(part) ? 'thinking' : 'text'} ${idOf(part)}`
}

function idOf(part: RawObject): string {
  return rawText(part['id'] ?? part['toolCallId']) ?? ''
}
