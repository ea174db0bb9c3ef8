import { ValidationError } from '../errors/index.ts'
import type { RequestUsage, RunUsage } from '../usage/index.ts'
import type { ModelMessage } from './message.ts'
import type { RequestPart } from './request-parts.ts'
import type { ResponsePart } from './response-parts.ts'
import type { UserContent } from './user-content.ts'
import { parseJson, Place } from '../codec/index.ts'
import { message, messages as messageList } from './wire/messages.ts'
import { anyPart, requestPart, responsePart } from './wire/parts.ts'
import { requestUsage, runUsage } from './wire/usage.ts'
import { userContent } from './wire/user-content.ts'

/**
 * Writes a history as JSON text: compact, every field present, keys in fixed order.
 *
 * @throws {ValidationError} when media has no type, or user data refers to itself
 */
export function messagesToJson(messages: readonly ModelMessage[]): string {
  return JSON.stringify(messagesToWire(messages))
}

/**
 * Reads a history from JSON, text or UTF-8. What is missing gets its default; integers that no double can hold become
 * `bigint`.
 *
 * @throws {ValidationError} naming the place of what is not as it should be
 */
export function messagesFromJson(json: string | Uint8Array): ModelMessage[] {
  return messagesFromWire(parseJson(textOf(json)))
}

/** {@link messagesToJson} before `JSON.stringify`: plain data that shares unchanged user data with `messages`. */
export function messagesToWire(messages: readonly ModelMessage[]): unknown[] {
  const place = new Place()
  return messages.map((each, i) => {
    place.path[0] = i
    return message.write(each, place)
  })
}

/** {@link messagesFromJson} for JSON that is parsed already. User data is taken over, not copied. */
export function messagesFromWire(value: unknown): ModelMessage[] {
  return [...messageList.read(value, new Place())]
}

/** {@link messagesToWire} for one message. */
export function messageToWire(value: ModelMessage): unknown {
  return message.write(value, new Place())
}

/** {@link messagesToJson} for one message. @param index of the message, for errors to tell. Default: they tell none */
export function messageToJson(value: ModelMessage, index?: number): string {
  const place = new Place()
  if (index !== undefined) place.path.push(index)
  return message.json(value, place)
}

/** {@link messagesFromWire} for one message. */
export function messageFromWire(value: unknown): ModelMessage {
  return message.read(value, new Place())
}

/** {@link messagesToWire} for one part, of a request or of a response. */
export function partToWire(part: RequestPart | ResponsePart): unknown {
  return anyPart.write(part, new Place())
}

/** {@link messagesFromWire} for one part of a request. */
export function requestPartFromWire(value: unknown): RequestPart {
  return requestPart.read(value, new Place())
}

/** {@link messagesFromWire} for one part of a response. */
export function responsePartFromWire(value: unknown): ResponsePart {
  return responsePart.read(value, new Place())
}

/** {@link messagesToWire} for one item of a user prompt. */
export function userContentToWire(content: UserContent): unknown {
  return userContent.write(content, new Place())
}

/** {@link messagesFromWire} for one item of a user prompt. */
export function userContentFromWire(value: unknown): UserContent {
  return userContent.read(value, new Place())
}

/** The usage of a request, or of a run, which has two counters more. */
export function usageToWire(usage: RequestUsage | RunUsage): unknown {
  const { write } = 'requests' in usage ? runUsage : requestUsage
  return write(usage, new Place())
}

/** {@link usageToWire} as JSON text. */
export function usageToJson(usage: RequestUsage | RunUsage): string {
  const { json } = 'requests' in usage ? runUsage : requestUsage
  return json(usage, new Place())
}

/** Reads the usage of a request. @throws {ValidationError} naming the place of what is not as it should be */
export function usageFromWire(value: unknown): RequestUsage {
  return requestUsage.read(value, new Place())
}

/** Reads the usage of a run, which has two counters more. @throws {ValidationError} as {@link usageFromWire} */
export function runUsageFromWire(value: unknown): RunUsage {
  return runUsage.read(value, new Place())
}

function textOf(json: unknown): string {
  if (typeof json === 'string') return json
  if (json instanceof Uint8Array) return decodeUtf8(json)
  throw new ValidationError('Expected JSON as text or bytes', [], {
    hint: 'Read JSON that is parsed already with `messagesFromWire(value)`',
  })
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new ValidationError('Not UTF-8', [], { cause: error })
  }
}
