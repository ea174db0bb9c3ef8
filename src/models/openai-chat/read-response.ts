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
import { splitThinking } from './split-thinking.ts'

const finishReasons: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool_call',
  content_filter: 'content_filter',
  function_call: 'tool_call',
}

/** Names under which compatible servers send the thinking, the first one found wins. */
const thinkingFields = ['reasoning', 'reasoning_content']

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
    finishReason: refusal === undefined ? (finishReasons[rawFinish] ?? null) : 'content_filter',
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
  if (choice === undefined || !isRawObject(message) || !isNamed) {
    const reason = rawText(rawObject(completion['error'])['message']) ?? 'no choice with a message'
    throw new UnexpectedModelBehavior(
      `Invalid response from ${context.providerName} chat completions endpoint: ${reason}`,
    )
  }
  return { completion, choice, message }
}

function readParts(message: RawObject, { providerName }: ReadContext): ResponsePartInput[] {
  const field = thinkingFields.find((name) => filledText(message[name]) !== undefined)
  const parts: ResponsePartInput[] = []
  if (field !== undefined) {
    const content = rawText(message[field]) ?? ''
    parts.push({ partKind: 'thinking', content, id: field, providerName })
  }
  parts.push(...splitThinking(rawText(message['content']) ?? '', providerName))
  for (const call of rawObjects(message['tool_calls'])) {
    const toolCallId = filledText(call['id'])
    const called = rawObject(call['function'])
    parts.push({
      partKind: 'tool-call',
      toolName: rawText(called['name']) ?? '',
      args: rawText(called['arguments']) ?? null,
      ...(toolCallId !== undefined && { toolCallId }),
    })
  }
  return parts
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
