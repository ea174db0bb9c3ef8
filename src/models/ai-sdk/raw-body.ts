import { readAnthropicMessage } from '../anthropic/read-response.ts'
import { readGoogleContent } from '../google/read-response.ts'
import { readChatCompletion } from '../openai-chat/read-response.ts'
import { readOpenAiResponse } from '../openai-responses/read-response.ts'
import { rawObject } from '../raw.ts'
import type { ReadResponse } from '../read-context.ts'
import type { Family } from './family.ts'

/**
 * The reader of a body, known by its shape: compatible servers answer in the same shape through packages of any name.
 * `undefined` for a shape that nobody here reads.
 */
export function readerOf(body: unknown): ReadResponse | undefined {
  const { object, type, candidates, promptFeedback, choices, usageMetadata } = rawObject(body)
  if (object === 'response') return readOpenAiResponse
  if (object === 'chat.completion' && Array.isArray(choices)) return readChatCompletion
  if (type === 'message') return readAnthropicMessage
  const isGoogle = [candidates, promptFeedback].some((field) => typeof field === 'object')
  return isGoogle || usageMetadata !== undefined ? readGoogleContent : undefined
}

const readers: Readonly<Record<Exclude<Family, 'other'>, ReadResponse>> = {
  'openai-chat': readChatCompletion,
  'openai-responses': readOpenAiResponse,
  anthropic: readAnthropicMessage,
  google: readGoogleContent,
}

/** The reader of a body in doubt: the one of the family that sent it. */
export function readerOfFamily(family: Family): ReadResponse | undefined {
  return family === 'other' ? undefined : readers[family]
}
