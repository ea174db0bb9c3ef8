import { UnexpectedModelBehavior } from '../../errors/index.ts'
import type { FinishReason, ModelResponseInput, ResponsePartInput } from '../../messages/index.ts'
import type { RequestUsageInput } from '../../usage/index.ts'
import {
  filledText,
  isRawObject,
  present,
  type RawObject,
  rawCounters,
  rawNumber,
  rawObject,
  rawObjects,
  rawText,
  timestampOf,
} from '../raw.ts'
import type { ReadContext } from '../read-context.ts'
import { dialectOf } from './dialect.ts'
import { splitThinking } from './split-thinking.ts'

const finishReasons: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool_call',
  content_filter: 'content_filter',
  function_call: 'tool_call',
}

/** @returns `null` for one that is not known; `error` is said by OpenRouter, when the server behind it failed */
export function finishReasonOf(reason: string, { providerName }: ReadContext): FinishReason | null {
  if (reason === 'error' && providerName === 'openrouter') return 'error'
  return finishReasons[reason] ?? null
}

/** Names under which compatible servers send the thinking, the first one found wins. */
const thinkingFields = ['reasoning', 'reasoning_content']

/** The thinking of a message, or a new piece of it. */
export function thinkingOf(
  message: RawObject,
): { readonly field: string; readonly content: string } | undefined {
  for (const field of thinkingFields) {
    const content = filledText(message[field])
    if (content !== undefined) return { field, content }
  }
  return undefined
}

/** Reads the body of a `chat/completions` answer, of OpenAI or a server that speaks like it. */
export function readChatCompletion(body: unknown, context: ReadContext): ModelResponseInput {
  const { completion, choice, message } = parse(body, context)
  const rawFinish = rawText(choice['finish_reason']) ?? 'stop'
  const refusal = filledText(message['refusal'])
  return {
    parts: refusal === undefined ? readParts(message, context) : [],
    usage: readChatUsage(completion['usage']),
    modelName: rawText(completion['model']) ?? null,
    providerName: context.providerName,
    providerResponseId: rawText(completion['id']) ?? null,
    finishReason: refusal === undefined ? finishReasonOf(rawFinish, context) : 'content_filter',
    providerDetails: present({
      finish_reason: refusal === undefined ? rawFinish : undefined,
      refusal,
      logprobs: rawObject(choice['logprobs'])['content'],
      moderation: completion['moderation'],
      timestamp: timestampOf(completion['created']),
    }),
  }
}

function parse(body: unknown, context: ReadContext) {
  const completion = rawObject(body)
  const choice = rawObjects(completion['choices'])[0]
  const message = choice?.['message']
  const isNamed = [completion['id'], completion['model']].every((name) => typeof name === 'string')
  if (choice === undefined || !isRawObject(message) || !isNamed || hasFailed(choice, context)) {
    throw new UnexpectedModelBehavior(
      `Invalid response from ${context.providerName} chat completions endpoint: ${complaintOf(body)}`,
    )
  }
  return { completion, choice, message }
}

/** Routers say so when the server behind them failed; of OpenRouter's answers what there is of them is kept. */
function hasFailed({ finish_reason: reason }: RawObject, { providerName }: ReadContext): boolean {
  return reason === 'error' && providerName !== 'openrouter'
}

function complaintOf(body: unknown): string {
  if (body === undefined || body === '') return 'it is empty'
  if (typeof body === 'string') return `expected JSON, and it begins with ${body.slice(0, 80)}`
  if (!isRawObject(body)) return 'expected an object'
  const error = body['error'] ?? rawObjects(body['choices'])[0]?.['error']
  return rawText(rawObject(error)['message']) ?? 'no choice with a message'
}

function readParts(message: RawObject, context: ReadContext): ResponsePartInput[] {
  return [
    ...readThinking(message, context),
    ...splitThinking(textOf(message['content']), context.providerName),
    ...rawObjects(message['tool_calls']).map((call) => readCall(call, context)),
  ]
}

/** Some servers write the answer as a list of blocks. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  return rawObjects(content)
    .map((block) => rawText(block['text']) ?? '')
    .join('')
}

function readCall(call: RawObject, { providerName }: ReadContext): ResponsePartInput {
  const toolCallId = filledText(call['id'])
  const called = rawObject(call['function'])
  const toolName = rawText(called['name'])
  if (toolName === undefined) {
    throw new UnexpectedModelBehavior(`A tool call of ${providerName} names no function`)
  }
  return {
    partKind: 'tool-call',
    toolName,
    args: argsOf(called['arguments']),
    ...(toolCallId !== undefined && { toolCallId }),
  }
}

/** Arguments are text, but for servers that write them as the object that the text would hold. */
export function argsOf(args: unknown): string | RawObject | null {
  return isRawObject(args) ? args : (rawText(args) ?? null)
}

function readThinking(message: RawObject, { providerName }: ReadContext): ResponsePartInput[] {
  const thinking = thinkingOf(message)
  const { hasThinkingDetails } = dialectOf(providerName, '')
  const details = hasThinkingDetails ? rawObjects(message['reasoning_details']) : []
  if (thinking === undefined && details.length === 0) return []
  const { field: id, content } = thinking ?? { field: 'reasoning', content: '' }
  const providerDetails = details.length > 0 ? { reasoning_details: details } : null
  return [{ partKind: 'thinking', content, id, providerName, providerDetails }]
}

/** Cached tokens are part of `prompt_tokens`, thinking is part of `completion_tokens`. */
export function readChatUsage(usage: unknown): RequestUsageInput {
  const counts = rawObject(usage)
  const prompt = rawObject(counts['prompt_tokens_details'])
  const completion = rawObject(counts['completion_tokens_details'])
  const thinking = rawNumber(completion['reasoning_tokens'])
  return {
    inputTokens: rawNumber(counts['prompt_tokens']) ?? 0,
    cacheWriteTokens: rawNumber(prompt['cache_write_tokens']) ?? 0,
    cacheReadTokens: rawNumber(prompt['cached_tokens']) ?? 0,
    outputTokens: rawNumber(counts['completion_tokens']) ?? 0,
    inputAudioTokens: rawNumber(prompt['audio_tokens']) ?? 0,
    outputAudioTokens: rawNumber(completion['audio_tokens']) ?? 0,
    details: {
      ...rawCounters(counts, ['prompt_tokens', 'completion_tokens', 'total_tokens']),
      ...rawCounters(completion),
    },
    ...(thinking !== undefined && { extra: { output_reasoning_tokens: thinking } }),
  }
}
