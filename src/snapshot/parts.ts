import { type Codec, integer, list, type Place, textOr } from '../codec/index.ts'
import { ValidationError } from '../errors/index.ts'
import {
  deferredResultsFromWire,
  deferredResultsToWire,
  messageFromWire,
  messagesFromWire,
  messagesToWire,
  messageToJson,
  messageToWire,
  type ModelMessage,
  type ModelRequest,
  type ModelResponse,
  partToWire,
  type RequestPart,
  requestPartFromWire,
  runUsageFromWire,
  usageToJson,
  usageToWire,
  userContentFromWire,
  userContentToWire,
} from '../messages/index.ts'

/** Values that are written as on the wire, wherever they stand. */
function onWire<TValue>(
  read: (value: unknown) => TValue,
  write: (value: TValue) => unknown,
  json: (value: TValue) => string = (value) => JSON.stringify(write(value)),
): Required<Pick<Codec<TValue>, 'read' | 'write' | 'json'>> {
  return {
    read: (value, place) => at(place, () => read(value)),
    // Only what this codec has read, or a run holds, is written.
    write: (value, place) => at(place, () => write(value as TValue)),
    json: (value, place) => at(place, () => json(value as TValue)),
  }
}

/** Errors of a part tell their place in the whole. */
function at<TValue>(place: Place, convert: () => TValue): TValue {
  try {
    return convert()
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error
    const { message, path, cause } = error
    const bare = path.length === 0 ? message : message.slice(0, message.lastIndexOf(' (at '))
    throw new ValidationError(bare, [...place.path, ...path], { cause })
  }
}

export const message = onWire<ModelMessage>(messageFromWire, messageToWire, (value) =>
  messageToJson(value),
)
export const messages = onWire<readonly ModelMessage[]>(messagesFromWire, messagesToWire)
export const requestPart = onWire<RequestPart>(requestPartFromWire, partToWire)
export const usage = onWire(runUsageFromWire, usageToWire, usageToJson)
export const deferredToolResults = onWire(deferredResultsFromWire, deferredResultsToWire)
export const content = textOr(list(onWire(userContentFromWire, userContentToWire)))

export const request: Codec<ModelRequest> = {
  ...message,
  read(value, place) {
    const read = message.read(value, place)
    if (read.kind === 'request') return read
    throw place.refusal('Expected a request')
  },
}

export const response: Codec<ModelResponse> = {
  ...message,
  read(value, place) {
    const read = message.read(value, place)
    if (read.kind === 'response') return read
    throw place.refusal('Expected a response')
  },
}

/** A whole number from 0. */
export const count: Codec<number> = {
  read(value, place) {
    const read = integer.read(value, place)
    if (read >= 0) return read
    throw place.refusal('Expected a number from 0')
  },
}

export const number: Codec<number> = {
  read(value, place) {
    if (typeof value === 'number' && Number.isFinite(value)) return value
    throw place.refusal('Expected a number')
  },
}

export const flag: Codec<boolean> = {
  read(value, place) {
    if (typeof value === 'boolean') return value
    throw place.refusal('Expected true or false')
  },
}

/** The other codec's value, or `null`. */
export function orNull<TValue>(codec: Codec<TValue>): Codec<TValue | null> {
  const { read, write } = codec
  return {
    read: (value, place) => (value === null ? null : read(value, place)),
    ...(write && {
      write: (value: unknown, place: Place) => (value === null ? null : write(value, place)),
    }),
  }
}
