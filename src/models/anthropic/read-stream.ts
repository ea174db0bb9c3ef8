/**
 * Reads the events of a streamed message.
 *
 * Owns what is known of the blocks that are still open. Is told the events in their order; tells pieces of the response.
 *
 *   S1. Every piece carries the index of its block as its key.
 *   S2. Arguments of calls come as text; those of a search are put into our words when they are complete, those of
 *       an MCP tool are wrapped as they come, and those of code that break off are completed.
 *   S3. Only `message_stop` ends a message.
 */
import { ModelAPIError, UnexpectedModelBehavior } from '../../errors/index.ts'
import type { ResponsePartInput } from '../../messages/index.ts'
import type { ResponseDelta } from '../../streaming/index.ts'
import { present, type RawObject, rawNumber, rawObject, rawText } from '../raw.ts'
import { completedObject } from './complete-json.ts'
import {
  isCodeCall,
  isMadeUp,
  isSearchCall,
  mcpToolName,
  readServerToolUse,
} from './read-native-block.ts'
import { readBlock, readCompaction, readDetails, readEnd } from './read-response.ts'
import { readAnthropicUsage } from './read-usage.ts'

/** A call whose arguments are still being written. */
interface OpenCall {
  readonly block: RawObject
  args: string
}

type CallInput = Extract<ResponsePartInput, { partKind: 'tool-call' | 'builtin-tool-call' }>
type Deltas = Generator<ResponseDelta, void, undefined>

export class AnthropicStreamReader {
  readonly #modelName: string
  readonly #providerName: string
  readonly #serverTools: ReadonlySet<string> | undefined
  readonly #calls = new Map<number, OpenCall>()
  readonly #mcpTools = new Map<unknown, string>()
  #usage: RawObject = {}
  #hasBegun = false
  #isWhole = false

  /** @param serverTools names of the tools that the provider was let run; default: any */
  constructor(modelName: string, providerName: string, serverTools?: ReadonlySet<string>) {
    this.#modelName = modelName
    this.#providerName = providerName
    this.#serverTools = serverTools
  }

  /** What an event adds to the response; nothing for events of no known kind. */
  *read(event: unknown): Deltas {
    const raw = rawObject(event)
    const index = rawNumber(raw['index']) ?? 0
    switch (raw['type']) {
      case 'message_start':
        return yield this.#begin(rawObject(raw['message']))
      case 'content_block_start':
        return yield* this.#beginBlock(index, rawObject(raw['content_block']))
      case 'content_block_delta':
        return yield* this.#grow(index, rawObject(raw['delta']))
      case 'content_block_stop':
        return yield* this.#endBlock(index)
      case 'message_delta':
        return yield this.#end(raw)
      case 'message_stop':
        this.#isWhole = true
    }
  }

  /**
   * There are no more events.
   *
   * @throws {UnexpectedModelBehavior} when there was no message at all
   * @throws {ModelAPIError} when the message broke off, worth a retry
   */
  finish(): void {
    if (!this.#hasBegun) {
      throw new UnexpectedModelBehavior('Streamed response ended without content or tool calls')
    }
    if (this.#isWhole) return // S3
    throw new ModelAPIError(this.#modelName, 'The stream ended before the message did', {
      provider: this.#providerName,
      isRetryable: true,
    })
  }

  #begin(message: RawObject): ResponseDelta {
    this.#hasBegun = true
    return {
      kind: 'response',
      providerName: this.#providerName,
      modelName: rawText(message['model']) ?? this.#modelName,
      providerResponseId: rawText(message['id']) ?? null,
      usage: this.#addUsage(message['usage']),
      providerDetails: readDetails(message),
    }
  }

  #end(event: RawObject): ResponseDelta {
    const delta = rawObject(event['delta'])
    const { input_transformations } = event
    return {
      kind: 'response',
      usage: this.#addUsage(event['usage']),
      ...(delta['stop_reason'] != null && readEnd(delta)),
      providerDetails: readDetails({ ...delta, input_transformations }),
    }
  }

  /** Counts are of the whole message up to now; those that are left out stay as they were. */
  #addUsage(usage: unknown): ReturnType<typeof readAnthropicUsage> {
    this.#usage = { ...this.#usage, ...present(rawObject(usage)) }
    return readAnthropicUsage(this.#usage)
  }

  *#beginBlock(key: number, block: RawObject): Deltas {
    if (isMadeUp(block, this.#serverTools)) return
    const part = readBlock(block, this.#providerName, this.#mcpTools)
    switch (part?.partKind) {
      case 'text':
        if (part.content !== '') yield { ...part, kind: 'text', key }
        return
      case 'thinking':
        return yield { ...part, kind: 'thinking', key }
      case 'tool-call':
      case 'builtin-tool-call':
        return yield* this.#beginCall(key, block, part)
      case 'builtin-tool-return':
      case 'compaction':
      case 'file':
      case 'speech':
        return yield { kind: 'part', key, part }
      case undefined: // what is not known yet is passed over
    }
  }

  *#beginCall(key: number, block: RawObject, part: CallInput): Deltas {
    const isMcp = block['type'] === 'mcp_tool_use'
    if (isMcp) this.#mcpTools.set(block['id'], mcpToolName(block))
    // Gateways that do not stream arguments send them here.
    const isWhole = Object.keys(rawObject(block['input'])).length > 0
    if (isWhole) return yield { kind: 'part', key, part }
    this.#calls.set(key, { block, args: '' })
    yield { kind: 'part', key, part: { ...part, args: null } }
    if (!isMcp) return
    const wrapped = JSON.stringify({ ...rawObject(part.args), tool_args: null })
    yield { kind: 'tool-call', key, args: wrapped.slice(0, -'null}'.length) } // S2
  }

  *#grow(key: number, delta: RawObject): Deltas {
    const providerName = this.#providerName
    const text = (name: string): string => rawText(delta[name]) ?? ''
    switch (delta['type']) {
      case 'text_delta':
        return yield { kind: 'text', key, content: text('text') }
      case 'thinking_delta':
        return yield { kind: 'thinking', key, content: text('thinking') }
      case 'signature_delta':
        return yield { kind: 'thinking', key, signature: text('signature') }
      case 'compaction_delta':
        if (text('content') === '') return
        return yield { kind: 'part', key, part: readCompaction(delta, providerName) }
      case 'input_json_delta': {
        const call = this.#calls.get(key)
        if (call === undefined) return
        call.args += text('partial_json')
        yield { kind: 'tool-call', key, args: text('partial_json') }
      }
    }
  }

  /** The arguments of a call are complete (S2). */
  *#endBlock(key: number): Deltas {
    const { block, args = '' } = this.#calls.get(key) ?? {}
    this.#calls.delete(key)
    if (block?.['type'] === 'mcp_tool_use') {
      yield { kind: 'tool-call', key, args: args === '' ? '{}}' : '}' }
    } else if (block !== undefined && isSearchCall(block)) {
      const part = readServerToolUse({ ...block, input: parsed(args) }, this.#providerName)
      yield { kind: 'part', key, part }
    } else if (block !== undefined && isCodeCall(block) && parsed(args) === undefined) {
      const input = completedObject(args)
      if (input === undefined) return
      yield { kind: 'part', key, part: readServerToolUse({ ...block, input }, this.#providerName) }
    }
  }
}

/** What the model wrote need not be JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
