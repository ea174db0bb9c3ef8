/** Messages as they commonly are, read at once; see `quick-parts.ts`. */
import { type Complete, list, type Place, record } from '../../codec/index.ts'
import { emptyRequestUsage } from '../../usage/index.ts'
import type { FinishReason, ModelRequest, ModelResponse } from '../message.ts'
import { requestPart, responsePart } from './parts.ts'
import { isAbsent, readAt, textOrNull, timeOf } from './quick-parts.ts'
import { requestUsage } from './usage.ts'

type Fields = Readonly<Record<string, unknown>>

const requestParts = list(requestPart)
const responseParts = list(responsePart)

export function quickRequest(fields: Fields, place: Place): ModelRequest | undefined {
  const { parts, timestamp, state } = fields
  const time = isAbsent(timestamp) ? null : timeOf(timestamp)
  const instructions = textOrNull(fields['instructions'])
  const runId = textOrNull(fields['run_id'])
  const conversationId = textOrNull(fields['conversation_id'])
  const isPlain =
    Array.isArray(parts) &&
    (state === undefined || state === 'complete') &&
    isAbsent(fields['metadata'])
  if (!isPlain || time === undefined || instructions === undefined) return undefined
  if (runId === undefined || conversationId === undefined) return undefined
  return {
    parts: readAt('parts', requestParts, parts, place),
    timestamp: time,
    instructions,
    kind: 'request',
    runId,
    conversationId,
    metadata: null,
    state: 'complete',
  }
}

export function quickResponse(fields: Fields, place: Place): ModelResponse | undefined {
  const { parts, usage, state, provider_details: details, provider_response_id: id } = fields
  const time = timeOf(fields['timestamp'])
  const modelName = textOrNull(fields['model_name'])
  const providerName = textOrNull(fields['provider_name'])
  const providerUrl = textOrNull(fields['provider_url'])
  const providerResponseId = textOrNull(id)
  const finishReason = quickFinishReason(fields['finish_reason'])
  const runId = textOrNull(fields['run_id'])
  const conversationId = textOrNull(fields['conversation_id'])
  const isOld =
    (id === undefined && fields['vendor_id'] !== undefined) ||
    (details === undefined && fields['vendor_details'] !== undefined)
  const isPlain =
    Array.isArray(parts) &&
    (state === undefined || state === 'complete') &&
    isAbsent(fields['metadata'])
  if (isOld || !isPlain || time === undefined || finishReason === undefined) return undefined
  if (modelName === undefined || providerName === undefined) return undefined
  if (providerUrl === undefined || providerResponseId === undefined) return undefined
  if (runId === undefined || conversationId === undefined) return undefined
  return {
    parts: readAt('parts', responseParts, parts, place),
    usage: usage === undefined ? emptyRequestUsage : readAt('usage', requestUsage, usage, place),
    modelName,
    timestamp: time,
    kind: 'response',
    providerName,
    providerUrl,
    providerDetails: isAbsent(details) ? null : readAt('provider_details', record, details, place),
    providerResponseId,
    finishReason,
    runId,
    conversationId,
    metadata: null,
    state: 'complete',
  }
}

/** A response as models give it, filled in. */
export function wholeResponse(given: Fields, place: Place): object | undefined {
  const { parts, usage, timestamp, state } = given
  if (!Array.isArray(parts) || isAbsent(usage) || timestamp !== undefined) return undefined
  return {
    parts: completeAt('parts', responseParts, parts, place),
    usage: completeAt('usage', requestUsage, usage, place),
    modelName: given['modelName'] ?? null,
    timestamp: place.now,
    kind: 'response',
    providerName: given['providerName'] ?? null,
    providerUrl: given['providerUrl'] ?? null,
    providerDetails: given['providerDetails'] ?? null,
    providerResponseId: given['providerResponseId'] ?? null,
    finishReason: given['finishReason'] ?? null,
    runId: given['runId'] ?? null,
    conversationId: given['conversationId'] ?? null,
    metadata: given['metadata'] ?? null,
    state: state === undefined ? 'complete' : state,
  }
}

function completeAt(
  key: string,
  { complete }: Complete<unknown>,
  value: unknown,
  place: Place,
): unknown {
  place.path.push(key)
  const whole = complete(value, place)
  place.path.pop()
  return whole
}

function quickFinishReason(value: unknown): FinishReason | null | undefined {
  if (value === 'stop' || value === 'tool_call') return value
  return isAbsent(value) ? null : undefined
}
