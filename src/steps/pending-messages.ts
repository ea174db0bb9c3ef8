import type { PendingMessages } from '../../machines/index.ts'
import { UserError } from '../errors/index.ts'
import {
  completeMessage,
  completeRequest,
  completeUserContent,
  type ModelMessage,
  type ModelMessageInput,
  type RequestPart,
  type RequestPartInput,
  type UserContentInput,
  UserPromptPart,
} from '../messages/index.ts'
import type { Enqueued, EnqueuedItem, EnqueueOptions } from '../tools/index.ts'
import { requestOf } from './request-of.ts'
import { uuidV7 } from './uuid-v7.ts'

/**
 * What is enqueued, as messages; `null` when there is nothing in it.
 *
 * @throws {UserError} when it does not end in a request
 * @throws {ValidationError} for an item that is none
 */
export function pendingMessages(
  content: Enqueued,
  { priority = 'asap' }: EnqueueOptions = {},
  timestamp: string,
): PendingMessages | null {
  if (!['asap', 'when_idle'].includes(priority)) {
    throw new UserError(`\`priority\` is '${priority}'`, { hint: "Use 'asap' or 'when_idle'" })
  }
  const items = isList(content) ? content : [content]
  const messages = messagesFrom(items, timestamp)
  const last = messages.at(-1)
  if (last === undefined) return null
  if (last.kind === 'request') {
    return { enqueueId: uuidV7(Date.parse(timestamp)), priority, messages }
  }
  throw new UserError(
    'Enqueued content must end with a `ModelRequest` (or user content / `ModelRequestPart` items that form one), so the agent has a request to respond to.',
  )
}

function messagesFrom(items: readonly EnqueuedItem[], timestamp: string): readonly ModelMessage[] {
  const messages: ModelMessage[] = []
  let parts: RequestPart[] = []
  let said: UserContentInput[] = []
  const endPrompt = (): void => {
    if (said.length > 0) parts.push(promptOf(said, timestamp))
    said = []
  }
  const endRequest = (): void => {
    endPrompt()
    if (parts.length > 0) messages.push(requestOf(parts))
    parts = []
  }
  for (const item of items) {
    if (isMessage(item)) {
      endRequest()
      messages.push(completeMessage(item, timestamp))
    } else if (isPart(item)) {
      endPrompt()
      parts.push(...completeRequest({ parts: [item] }, timestamp).parts)
    } else said.push(item)
  }
  endRequest()
  return messages
}

function promptOf(said: readonly UserContentInput[], timestamp: string): UserPromptPart {
  const [only, second] = said
  const isText = second === undefined && typeof only === 'string'
  return UserPromptPart(isText ? only : said.map(completeUserContent), timestamp)
}

function isMessage(item: EnqueuedItem): item is ModelMessageInput {
  return isRecord(item) && 'parts' in item
}

function isPart(item: EnqueuedItem): item is RequestPartInput {
  return isRecord(item) && 'partKind' in item
}

function isRecord(item: unknown): item is object {
  return typeof item === 'object' && item !== null
}

function isList(content: Enqueued): content is readonly EnqueuedItem[] {
  return Array.isArray(content)
}
