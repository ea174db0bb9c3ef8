/**
 * Reads the events of a streamed response, one by one.
 *
 * Owns what later events refer to. Is told raw events in order; tells pieces of the response, and how the stream stands.
 *
 *   S1. Nothing is held back: what an event says is told at once.
 *   S2. `failure` is what the provider reported instead of an end.
 *   S3. Events of unknown types are passed over: the API grows.
 */
import type { ResponseDelta, TextPiece } from '../../streaming/index.ts'
import {
  filledText,
  isRawObject,
  present,
  presentOrNull,
  type RawObject,
  rawNumber,
  rawObject,
  rawObjects,
  rawText,
  timestampOf,
} from '../raw.ts'
import type { ReadContext } from '../read-context.ts'
import type { PendingJob } from './background.ts'
import { readNativeItem, readPartialImage } from './read-native-item.ts'
import {
  filledList,
  jobDetails,
  readFacts,
  readResponsesUsage,
  wantsAnnotations,
} from './read-response.ts'
import { beginItem, callKey, endItem, fileKey, itemKey, resultKey } from './read-stream-item.ts'
import { lateSearchResult } from './read-tool-search.ts'

type Read = (event: RawObject) => ResponseDelta[]

export class StreamReader {
  /** Whether the provider said that the response is over. */
  isFinished = false
  /** Whether any event was one of the API's. */
  hasBegun = false
  /** Whether work goes on at the provider when the stream breaks off. */
  isBackground: boolean
  responseId: string | undefined
  failure: RawObject | undefined // S2
  readonly #context: ReadContext
  readonly #phases = new Map<unknown, unknown>()
  readonly #annotations = new Map<unknown, unknown[]>()
  readonly #plainThinking = new Map<unknown, string[]>()
  readonly #argsBegun = new Set<unknown>()
  readonly #listed = new Set<unknown>()
  /** Keys of the parts of text and thinking that have begun. */
  readonly #begun = new Set<string>()
  /** Items that have begun and are neither text nor thinking. */
  readonly #openCalls = new Set<unknown>()
  /** Of the latest event; the stream can be had again from there. */
  #sequenceNumber: number | undefined
  #refusal: string | undefined

  /** @param job what the stream goes on with, if it is not the beginning */
  constructor(context: ReadContext, job?: PendingJob) {
    this.#context = context
    this.isBackground = job !== undefined
    this.responseId = job?.responseId
    this.#sequenceNumber = job?.sequenceNumber
  }

  /** @param name of the event, for servers that say there what it is */
  read(event: unknown, name = ''): ResponseDelta[] {
    const fields = rawObject(event)
    const type = rawText(fields['type']) ?? (isRawObject(fields['error']) ? 'error' : name)
    this.hasBegun ||= type.startsWith('response.')
    this.#sequenceNumber = rawNumber(fields['sequence_number']) ?? this.#sequenceNumber
    return this.#readers[type]?.(fields) ?? [] // S3
  }

  /** The stream ends, and work goes on in the background. */
  suspension(): ResponseDelta {
    // The rest of a call cannot be told without its beginning: such a response has to be told anew as a whole.
    const last_sequence_number = this.#openCalls.size === 0 ? this.#sequenceNumber : undefined
    const providerDetails = { background: true, ...present({ last_sequence_number }) }
    return { kind: 'response', state: 'suspended', providerDetails }
  }

  readonly #readers: Readonly<Record<string, Read>> = {
    'response.created': (event) => this.#created(rawObject(event['response'])),
    'response.queued': (event) => this.#pending(rawObject(event['response'])),
    'response.in_progress': (event) => this.#pending(rawObject(event['response'])),
    'response.completed': (event) => this.#ended(rawObject(event['response'])),
    'response.incomplete': (event) => this.#ended(rawObject(event['response'])),
    'response.cancelled': (event) => this.#ended(rawObject(event['response'])),
    'response.failed': (event) => this.#failed(rawObject(event['response'])),
    error: (event) => this.#error(event),
    'response.output_item.added': (event) => this.#itemAdded(rawObject(event['item'])),
    'response.output_item.done': (event) => this.#itemDone(rawObject(event['item'])),
    'response.output_text.delta': (event) => this.#text(event),
    'response.output_text.annotation.added': (event) => this.#annotation(event),
    'response.output_text.done': (event) => this.#textDone(event),
    'response.refusal.delta': (event) =>
      this.#refused((this.#refusal ?? '') + text(event['delta'])),
    'response.refusal.done': (event) => this.#refused(text(event['refusal'])),
    'response.reasoning_summary_part.added': (event) =>
      this.#thinking(event, text(rawObject(event['part'])['text'])),
    'response.reasoning_summary_text.delta': (event) => this.#thinking(event, text(event['delta'])),
    'response.reasoning_text.delta': (event) => this.#plain(event),
    'response.function_call_arguments.delta': (event) => this.#args(event, text(event['delta'])),
    'response.function_call_arguments.done': (event) => this.#argsDone(event),
    'response.code_interpreter_call_code.delta': (event) =>
      this.#nativeArgs(event, escaped(event['delta'])),
    'response.code_interpreter_call_code.done': (event) =>
      this.#nativeArgsDone(event, escaped(event['code']), '"}'),
    'response.mcp_call_arguments.delta': (event) => this.#nativeArgs(event, text(event['delta'])),
    'response.mcp_call_arguments.done': (event) =>
      this.#nativeArgsDone(event, filledText(event['arguments']) ?? '{}', '}'),
    'response.image_generation_call.partial_image': (event) => [
      { kind: 'part', key: fileKey(event['item_id']), part: readPartialImage(event) },
    ],
  }

  #created(response: RawObject): ResponseDelta[] {
    this.responseId = filledText(response['id'])
    const modelName = filledText(response['model'])
    const timestamp = timestampOf(response['created_at'])
    return [
      {
        kind: 'response',
        ...(modelName !== undefined && { modelName }),
        ...(this.responseId !== undefined && { providerResponseId: this.responseId }),
        providerDetails: present({ timestamp }),
      },
      ...this.#pending(response),
    ]
  }

  #pending(response: RawObject): ResponseDelta[] {
    this.isBackground ||= response['background'] === true
    const { usage } = response
    const providerDetails = jobDetails(response)
    return [
      {
        kind: 'response',
        ...(usage != null && { usage: readResponsesUsage(usage) }),
        ...(Object.keys(providerDetails).length > 0 && { providerDetails }),
      },
    ]
  }

  #ended(response: RawObject): ResponseDelta[] {
    this.isFinished = true
    return [
      ...this.#late(rawObjects(response['output'])),
      ...this.#pending(response),
      { kind: 'response', ...readFacts(response, this.#refusal) },
    ]
  }

  #failed(response: RawObject): ResponseDelta[] {
    this.failure = isRawObject(response['error']) ? response['error'] : response
    return this.#ended(response)
  }

  #error(event: RawObject): ResponseDelta[] {
    this.failure = isRawObject(event['error']) ? event['error'] : event
    return []
  }

  /** What only the whole response says: which search a result belongs to, and lists of tools that came without an end. */
  #late(items: readonly RawObject[]): ResponseDelta[] {
    const { providerName } = this.#context
    const result = lateSearchResult(items, providerName)
    const lists = items.filter(({ type, id }) => type === 'mcp_list_tools' && !this.#listed.has(id))
    return [
      ...(result === undefined ? [] : [whole(resultKey(result.id), result.part)]),
      ...lists.flatMap((item) => {
        const native = readNativeItem(item, providerName)
        return native === undefined ? [] : [whole(resultKey(item['id']), native.result)]
      }),
    ]
  }

  #itemAdded(item: RawObject): ResponseDelta[] {
    const { id, type } = item
    const phase = rawText(item['phase'])
    if (type === 'message' && phase !== undefined) this.#phases.set(id, phase)
    if (type !== 'message' && type !== 'reasoning') this.#openCalls.add(id)
    if (type === 'function_call' && filledText(item['arguments'])) this.#argsBegun.add(id)
    return beginItem(item, this.#context.providerName)
  }

  #itemDone(item: RawObject): ResponseDelta[] {
    const { id, type } = item
    this.#openCalls.delete(id)
    if (type === 'mcp_list_tools') this.#listed.add(id)
    if (type === 'reasoning') return this.#signature(item)
    return endItem(item, this.#context.providerName)
  }

  /** The phase comes with the first piece, so that whoever follows knows what it is part of. */
  #text({ item_id, delta }: RawObject): ResponseDelta[] {
    if (typeof delta !== 'string') return []
    const phase = this.#phases.get(item_id)
    this.#phases.delete(item_id)
    return [this.#textPiece(item_id, delta, presentOrNull({ phase }))]
  }

  #annotation({ item_id, annotation }: RawObject): ResponseDelta[] {
    if (!wantsAnnotations(this.#context)) return []
    const annotations = this.#annotations.get(item_id)
    if (annotations === undefined) this.#annotations.set(item_id, [annotation])
    else annotations.push(annotation)
    return []
  }

  /** The text is known, unless the server does not send it in pieces. */
  #textDone({ item_id, logprobs, text: all }: RawObject): ResponseDelta[] {
    const content = this.#begun.has(itemKey(item_id)) ? '' : text(all)
    const providerDetails = presentOrNull({
      annotations: this.#annotations.get(item_id),
      logprobs: filledList(logprobs),
      phase: this.#phases.get(item_id),
    })
    const isNothing = content === '' && providerDetails === null
    return isNothing ? [] : [this.#textPiece(item_id, content, providerDetails)]
  }

  #textPiece(itemId: unknown, content: string, providerDetails: RawObject | null): ResponseDelta {
    return { kind: 'text', ...this.#part(itemKey(itemId), itemId), content, providerDetails }
  }

  /** Which part a piece belongs to; its first piece also says where it comes from. */
  #part(key: string, itemId: unknown): Pick<TextPiece, 'key' | 'id' | 'providerName'> {
    if (this.#begun.has(key)) return { key }
    this.#begun.add(key)
    return { key, id: rawText(itemId) ?? null, providerName: this.#context.providerName }
  }

  #refused(refusal: string): ResponseDelta[] {
    this.#refusal = refusal
    return [{ kind: 'response', finishReason: 'content_filter', providerDetails: { refusal } }]
  }

  /** The first summary shares its part with thinking that is shown as it is, and with the signature. */
  #thinking({ item_id, summary_index }: RawObject, content: string): ResponseDelta[] {
    const key = itemKey(item_id)
    const own = summary_index === 0 ? key : `${key}-${String(summary_index)}`
    return [{ kind: 'thinking', ...this.#part(own, item_id), content }]
  }

  #plain({ item_id, content_index, delta }: RawObject): ResponseDelta[] {
    const plain = [...(this.#plainThinking.get(item_id) ?? [])]
    const index = rawNumber(content_index) ?? 0
    while (plain.length <= index) plain.push('')
    plain[index] += text(delta)
    this.#plainThinking.set(item_id, plain)
    const quietDetails = { raw_content: plain }
    return [{ kind: 'thinking', ...this.#part(itemKey(item_id), item_id), quietDetails }]
  }

  #signature({ id, encrypted_content }: RawObject): ResponseDelta[] {
    const signature = filledText(encrypted_content)
    return signature === undefined
      ? []
      : [{ kind: 'thinking', ...this.#part(itemKey(id), id), signature }]
  }

  #args({ item_id }: RawObject, args: string): ResponseDelta[] {
    this.#argsBegun.add(item_id)
    return [{ kind: 'tool-call', key: itemKey(item_id), args }]
  }

  /** Like text, arguments may not come in pieces. */
  #argsDone(event: RawObject): ResponseDelta[] {
    const args = text(event['arguments'])
    return args === '' || this.#argsBegun.has(event['item_id']) ? [] : this.#args(event, args)
  }

  #nativeArgs({ item_id }: RawObject, args: string): ResponseDelta[] {
    this.#argsBegun.add(item_id)
    return [{ kind: 'tool-call', key: callKey(item_id), args }]
  }

  /** @param all the argument, should it not have come in pieces */
  #nativeArgsDone(event: RawObject, all: string, end: string): ResponseDelta[] {
    const rest = this.#argsBegun.has(event['item_id']) ? '' : all
    return this.#nativeArgs(event, rest + end)
  }
}

function whole(key: string, part: Extract<ResponseDelta, { kind: 'part' }>['part']): ResponseDelta {
  return { kind: 'part', key, part }
}

function text(value: unknown): string {
  return rawText(value) ?? ''
}

/** As it stands between the quotes of a JSON string. */
function escaped(value: unknown): string {
  return JSON.stringify(text(value)).slice(1, -1)
}
