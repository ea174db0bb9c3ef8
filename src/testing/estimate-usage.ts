import {
  type ModelMessage,
  type RequestPart,
  type ResponsePartInput,
  retryPromptText,
  toolReturnText,
  type UserContent,
} from '../messages/index.ts'
import type { RequestUsageInput } from '../usage/index.ts'

/** What providers add to a request of no words, roughly. */
const overheadTokens = 50

/** Words end at blanks and at the punctuation of English and JSON. */
const wordEnd = /[\s",.:]+/

/**
 * Plausible numbers for tests, by the rule of the reference's test models: input is 50 plus the words of all requests,
 * output the words of all responses, this one included, with one more for each tool call. Instructions do not count;
 * a byte of media counts as one token.
 */
export function estimateUsage(
  messages: readonly ModelMessage[],
  answer: readonly ResponsePartInput[],
): RequestUsageInput {
  let inputTokens = overheadTokens
  let outputTokens = sum(answer.map(responseTokens))
  for (const message of messages) {
    if (message.kind === 'request') inputTokens += sum(message.parts.map(requestTokens))
    else outputTokens += sum(message.parts.map(responseTokens))
  }
  return { inputTokens, outputTokens }
}

function requestTokens(part: RequestPart): number {
  switch (part.partKind) {
    case 'system-prompt':
      return words(part.content)
    case 'user-prompt':
      return typeof part.content === 'string'
        ? words(part.content)
        : sum(part.content.map(contentTokens))
    case 'tool-return':
      return words(toolReturnText(part))
    case 'retry-prompt':
      return words(retryPromptText(part))
    case 'tool-availability-delta':
      return 0
    case 'speech':
      return words(part.transcript ?? '')
  }
}

function responseTokens(part: ResponsePartInput): number {
  switch (part.partKind) {
    case 'text':
    case 'thinking':
      return words(part.content)
    case 'tool-call':
    case 'builtin-tool-call':
      return 1 + words(argumentsText(part.args))
    case 'builtin-tool-return':
      return words(jsonText(part.content))
    case 'compaction':
      return words(part.content ?? '')
    case 'speech':
      return words(part.transcript ?? '')
    case 'file':
      return byteLength(part.content.data)
  }
}

function contentTokens(content: UserContent): number {
  if (typeof content === 'string') return words(content)
  if (content.kind === 'text-content') return words(content.content)
  return content.kind === 'binary' ? byteLength(content.data) : 0
}

function argumentsText(args: string | object | null | undefined): string {
  return typeof args === 'string' ? args : jsonText(args ?? {})
}

/** Empty for what is no JSON, such as a circle: an estimate is not worth an error. */
function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value, digits) ?? ''
  } catch {
    return ''
  }
}

function digits(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}

function words(text: string): number {
  return text === '' ? 0 : text.trim().split(wordEnd).length
}

function byteLength(base64: string): number {
  return Math.floor((base64.replace(/=+$/, '').length * 3) / 4)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
