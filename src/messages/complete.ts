import type {
  ModelMessage,
  ModelMessageInput,
  ModelRequest,
  ModelRequestInput,
  ModelResponse,
  ModelResponseInput,
} from './message.ts'
import type { UserContent, UserContentInput } from './user-content.ts'
import { message, messages, request, response } from './wire/messages.ts'
import { Place } from '../codec/index.ts'
import { userContent } from './wire/user-content.ts'

/**
 * Fills in what a request left out. One that is complete comes back as the same object, and so do its complete parts.
 *
 * @param timestamp ISO time for parts that have none; the request's own stays null
 * @throws {ValidationError} when a part is of no known kind or lacks what has no default
 */
export function completeRequest(input: ModelRequestInput, timestamp: string): ModelRequest {
  return request.complete(input, new Place(timestamp))
}

/** {@link completeRequest} for a response; `timestamp` is also its own. */
export function completeResponse(input: ModelResponseInput, timestamp: string): ModelResponse {
  return response.complete(input, new Place(timestamp))
}

/** {@link completeRequest} or {@link completeResponse}, by `kind`. */
export function completeMessage(input: ModelMessageInput, timestamp: string): ModelMessage {
  return message.complete(input, new Place(timestamp))
}

/**
 * {@link completeMessage} for a history.
 *
 * @param root what errors call the history, in front of the index of the message
 * @throws {ValidationError} also when it is no array
 */
export function completeMessages(
  input: readonly ModelMessageInput[],
  timestamp: string,
  root = 'messageHistory',
): readonly ModelMessage[] {
  const place = new Place(timestamp)
  place.path.push(root)
  if (Array.isArray(input)) return [...messages.complete(input, place)]
  throw place.refusal('Expected an array of messages', {
    hint:
      typeof input === 'string'
        ? 'Read JSON text with `messagesFromJson(text)`'
        : 'Pass messages, for instance `result.allMessages()`; `[]` starts anew',
  })
}

/**
 * Fills in what an item of a user prompt left out: media types by extension, identifiers by hash.
 *
 * @throws {ValidationError} when it is of no known kind or lacks what has no default
 */
export function completeUserContent(input: UserContentInput): UserContent {
  return userContent.complete(input, new Place())
}
