import {
  BinaryContent,
  type ModelResponseInput,
  type ResponsePartInput,
} from '../../messages/index.ts'
import {
  isRawObject,
  present,
  presentOrNull,
  type RawObject,
  rawObject,
  rawObjects,
  rawText,
} from '../raw.ts'
import type { ReadContext } from '../read-context.ts'
import { readSdkFinishReason } from './finish-reason.ts'
import { readSdkUsage } from './usage.ts'

/**
 * A response from nothing but the fields of the AI SDK's result: for packages whose wire format has no reader here. It
 * has what the package tells, so usage details and the thinking of plain chat endpoints may be missing.
 */
export function readSdkResult(value: unknown, context: ReadContext): ModelResponseInput {
  const result = rawObject(value)
  const response = rawObject(result['response'])
  const { finishReason, rawReason } = readSdkFinishReason(result['finishReason'])
  return {
    parts: rawObjects(result['content']).flatMap((part) => readPart(part, context.providerName)),
    usage: readSdkUsage(result['usage']),
    modelName: rawText(response['modelId']) ?? null,
    providerName: context.providerName,
    providerResponseId: rawText(response['id']) ?? null,
    finishReason,
    providerDetails: present({
      finish_reason: rawReason,
      timestamp: response['timestamp'] instanceof Date ? isoTime(response['timestamp']) : undefined,
    }),
  }
}

function isoTime(time: Date): string {
  return time.toISOString().replace('.000Z', 'Z')
}

function readPart(part: RawObject, providerName: string): ResponsePartInput[] {
  const own = ownFields(part['providerMetadata'], providerName)
  switch (part['type']) {
    case 'text':
      return [{ partKind: 'text', content: rawText(part['text']) ?? '', ...own }]
    case 'reasoning':
      return [{ partKind: 'thinking', content: rawText(part['text']) ?? '', providerName, ...own }]
    case 'tool-call':
      return [readCall(part, providerName, own)]
    case 'tool-result':
      return [readNativeResult(part, providerName, own)]
    case 'file':
      return readFile(part, own)
    default:
      return []
  }
}

type OwnFields = Pick<ResponsePartInput & { partKind: 'text' }, 'providerName' | 'providerDetails'>

/** What the package attached to a part is kept as it is, and goes back with the part. */
function ownFields(metadata: unknown, providerName: string): OwnFields {
  const providerDetails = presentOrNull({ provider_metadata: metadata })
  return providerDetails === null ? {} : { providerName, providerDetails }
}

function readCall(part: RawObject, providerName: string, own: OwnFields): ResponsePartInput {
  const call = {
    toolName: rawText(part['toolName']) ?? '',
    args: rawText(part['input']) ?? null,
    toolCallId: rawText(part['toolCallId']) ?? '',
  }
  if (part['providerExecuted'] !== true) return { partKind: 'tool-call', ...call, ...own }
  return { partKind: 'builtin-tool-call', ...call, providerName, ...own }
}

function readNativeResult(
  part: RawObject,
  providerName: string,
  own: OwnFields,
): ResponsePartInput {
  return {
    partKind: 'builtin-tool-return',
    toolName: rawText(part['toolName']) ?? '',
    content: part['result'] ?? null,
    toolCallId: rawText(part['toolCallId']) ?? '',
    outcome: part['isError'] === true ? 'failed' : 'success',
    providerName,
    ...own,
  }
}

/** Specification v4 tags the data of a file, v3 has it bare; an address alone is no content and left out. */
function readFile(part: RawObject, own: OwnFields): ResponsePartInput[] {
  const data = isRawObject(part['data']) ? (part['data']['data'] ?? part['data']) : part['data']
  if (typeof data !== 'string' && !(data instanceof Uint8Array)) return []
  const mediaType = rawText(part['mediaType']) ?? 'application/octet-stream'
  return [{ partKind: 'file', content: BinaryContent(data, mediaType), ...own }]
}
