import { UnexpectedModelBehavior } from '../../errors/index.ts'
import type {
  FinishReason,
  ModelResponseInput,
  ResponsePartInput,
  ResponseState,
  ToolCallPartInput,
} from '../../messages/index.ts'
import type { RequestUsageInput } from '../../usage/index.ts'
import {
  filledText,
  present,
  presentOrNull,
  type RawObject,
  rawCounters,
  rawNumber,
  rawObject,
  rawObjects,
  rawText,
  timestampOf,
} from '../raw.ts'
import type { ReadContext } from '../read-context.ts'
import { readNativeItem } from './read-native-item.ts'
import { readToolSearches } from './read-tool-search.ts'

const finishReasons: Readonly<Record<string, FinishReason>> = {
  max_output_tokens: 'length',
  content_filter: 'content_filter',
  completed: 'stop',
  cancelled: 'error',
  failed: 'error',
}

/** Reads the body of an answer of OpenAI's Responses API, or of a response fetched by its id. */
export function readOpenAiResponse(body: unknown, context: ReadContext): ModelResponseInput {
  const response = rawObject(body)
  if (typeof response['id'] !== 'string' || !Array.isArray(response['output'])) {
    throw new UnexpectedModelBehavior(
      `Invalid response from ${context.providerName} responses endpoint: no id or no output`,
    )
  }
  const items = rawObjects(response['output'])
  const refusal = refusalOf(items)
  const timestamp = timestampOf(response['created_at'])
  const { providerDetails, ...facts } = readFacts(response, refusal)
  return {
    parts: refusal === undefined ? readItems(items, context) : [],
    usage: readResponsesUsage(response['usage']),
    modelName: rawText(response['model']) ?? null,
    providerName: context.providerName,
    providerResponseId: response['id'],
    ...facts,
    providerDetails: present({ ...providerDetails, timestamp }),
  }
}

/** How a response ended, and what is known of it besides what it says. */
export interface EndFacts {
  readonly finishReason: FinishReason | null
  readonly state: ResponseState
  readonly providerDetails: Readonly<Record<string, unknown>>
}

/** @param refusal what the model said instead of an answer */
export function readFacts(response: RawObject, refusal: string | undefined): EndFacts {
  const reason = rawText(rawObject(response['incomplete_details'])['reason'] ?? response['status'])
  return {
    finishReason: refusal === undefined ? (finishReasons[reason ?? ''] ?? null) : 'content_filter',
    state: stateOf(response),
    providerDetails: present({
      finish_reason: refusal === undefined ? reason : undefined,
      refusal,
      ...jobDetails(response),
      moderation: response['moderation'],
      error: response['error'],
    }),
  }
}

/** What is known from the first moment. */
export function jobDetails(response: RawObject): Readonly<Record<string, unknown>> {
  return present({
    conversation_id: rawObject(response['conversation'])['id'],
    background: response['background'] === true ? true : undefined,
  })
}

/** Only work that goes on in the background can be asked about again. */
function stateOf(response: RawObject): ResponseState {
  if (response['status'] !== 'queued' && response['status'] !== 'in_progress') return 'complete'
  return response['background'] === true ? 'suspended' : 'incomplete'
}

function contents(item: RawObject): readonly RawObject[] {
  return item['type'] === 'message' ? rawObjects(item['content']) : []
}

function refusalOf(items: readonly RawObject[]): string | undefined {
  const refusals = items.flatMap(contents).filter((content) => content['type'] === 'refusal')
  return rawText(refusals.at(-1)?.['refusal'])
}

function readItems(items: readonly RawObject[], context: ReadContext): ResponsePartInput[] {
  const searches = readToolSearches(items, context.providerName)
  return items.flatMap((item) => searches.get(item) ?? readItem(item, context))
}

function readItem(item: RawObject, context: ReadContext): ResponsePartInput[] {
  switch (item['type']) {
    case 'message':
      return readMessage(item, context)
    case 'reasoning':
      return readReasoning(item, context.providerName)
    case 'function_call':
      return [readCall(item, context.providerName)]
    case 'compaction':
      return [readCompaction(item, context.providerName)]
    default:
      return readNative(item, context.providerName)
  }
}

/** The call, the files it made and its result; nothing for an item of an unknown type. */
function readNative(item: RawObject, providerName: string): ResponsePartInput[] {
  const native = readNativeItem(item, providerName)
  return native === undefined ? [] : [native.call, ...native.files, native.result]
}

function readMessage(item: RawObject, context: ReadContext): ResponsePartInput[] {
  const texts = contents(item).filter((content) => content['type'] === 'output_text')
  return texts.map((content) => ({
    partKind: 'text',
    content: rawText(content['text']) ?? '',
    id: rawText(item['id']) ?? null,
    providerName: context.providerName,
    providerDetails: presentOrNull({
      logprobs: filledList(content['logprobs']),
      annotations: wantsAnnotations(context) ? filledList(content['annotations']) : undefined,
      phase: item['phase'],
    }),
  }))
}

/** Citations can be long, so they are kept on request: `modelSettings: { openaiIncludeRawAnnotations: true }`. */
export function wantsAnnotations({ settings }: ReadContext): boolean {
  return settings['openaiIncludeRawAnnotations'] === true
}

export function filledList(value: unknown): unknown {
  return Array.isArray(value) && value.length > 0 ? value : undefined
}

/** One part for each summary. The signature, and thinking sent as it is, belong to the first. */
function readReasoning(item: RawObject, providerName: string): ResponsePartInput[] {
  const id = rawText(item['id']) ?? null
  const signature = filledText(item['encrypted_content']) ?? null
  const plain = rawObjects(item['content']).flatMap((content) => rawText(content['text']) ?? [])
  const providerDetails = plain.length > 0 ? { raw_content: plain } : null
  const summaries = rawObjects(item['summary']).map((summary) => rawText(summary['text']) ?? '')
  if (summaries.length === 0 && signature === null && plain.length === 0) return []
  const texts = summaries.length === 0 ? [''] : summaries
  return texts.map((content, index) => ({
    partKind: 'thinking',
    content,
    id,
    providerName,
    ...(index === 0 && { signature, providerDetails }),
  }))
}

export function readCall(item: RawObject, providerName: string): ToolCallPartInput {
  const toolCallId = filledText(item['call_id'])
  return {
    partKind: 'tool-call',
    toolName: rawText(item['name']) ?? '',
    args: rawText(item['arguments']) ?? null,
    ...(toolCallId !== undefined && { toolCallId }),
    id: rawText(item['id']) ?? null,
    providerName,
    providerDetails: presentOrNull({ namespace: filledText(item['namespace']) }),
  }
}

export function readCompaction(item: RawObject, providerName: string): ResponsePartInput {
  const { id, encrypted_content, type, created_by } = item
  return {
    partKind: 'compaction',
    content: null,
    id: rawText(id) ?? null,
    providerName,
    providerDetails: present({ id, encrypted_content, type, created_by }),
  }
}

/** Cached tokens are part of `input_tokens`, thinking is part of `output_tokens`. */
export function readResponsesUsage(usage: unknown): RequestUsageInput {
  if (usage == null) return {}
  const counts = rawObject(usage)
  const input = rawObject(counts['input_tokens_details'])
  const thinking = rawNumber(rawObject(counts['output_tokens_details'])['reasoning_tokens'])
  return {
    inputTokens: rawNumber(counts['input_tokens']) ?? 0,
    cacheWriteTokens: rawNumber(input['cache_write_tokens']) ?? 0,
    cacheReadTokens: rawNumber(input['cached_tokens']) ?? 0,
    outputTokens: rawNumber(counts['output_tokens']) ?? 0,
    details: {
      ...rawCounters(counts, ['input_tokens', 'output_tokens', 'total_tokens']),
      reasoning_tokens: thinking ?? 0,
    },
    ...(thinking !== undefined && { extra: { output_reasoning_tokens: thinking } }),
  }
}
