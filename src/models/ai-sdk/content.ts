import { BinaryContent, type ResponsePartInput } from '../../messages/index.ts'
import { isRawObject, presentOrNull, type RawObject, rawText } from '../raw.ts'

/** What only the package understands of a part; absent when it attached nothing. */
export interface AttachedFields {
  readonly providerName?: string
  readonly providerDetails?: Readonly<Record<string, unknown>>
}

/** What the package attached to a part is kept as it is, and goes back with the part. */
export function attachedFields(part: RawObject, providerName: string): AttachedFields {
  const { providerMetadata, citations } = part
  const providerDetails = presentOrNull({ provider_metadata: providerMetadata, citations })
  return providerDetails === null ? {} : { providerName, providerDetails }
}

/** A whole part of an answer of the AI SDK; `undefined` for what is no part to us, such as sources. */
export function readSdkPart(part: RawObject, providerName: string): ResponsePartInput | undefined {
  const attached = attachedFields(part, providerName)
  switch (part['type']) {
    case 'text':
      return { partKind: 'text', content: rawText(part['text']) ?? '', ...attached }
    case 'reasoning': {
      const content = rawText(part['text']) ?? ''
      return { partKind: 'thinking', content, providerName, ...attached }
    }
    case 'tool-call':
      return readCall(part, providerName, attached)
    case 'tool-result':
      return readNativeResult(part, providerName, attached)
    case 'file':
      return readFile(part, attached)
    default:
      return undefined
  }
}

function readCall(
  part: RawObject,
  providerName: string,
  attached: AttachedFields,
): ResponsePartInput {
  const call = {
    toolName: rawText(part['toolName']) ?? '',
    args: rawText(part['input']) ?? null,
    toolCallId: rawText(part['toolCallId']) ?? '',
  }
  if (part['providerExecuted'] !== true) return { partKind: 'tool-call', ...call, ...attached }
  return { partKind: 'builtin-tool-call', ...call, providerName, ...attached }
}

function readNativeResult(
  part: RawObject,
  providerName: string,
  attached: AttachedFields,
): ResponsePartInput {
  return {
    partKind: 'builtin-tool-return',
    toolName: rawText(part['toolName']) ?? '',
    content: part['result'] ?? null,
    toolCallId: rawText(part['toolCallId']) ?? '',
    outcome: part['isError'] === true ? 'failed' : 'success',
    providerName,
    ...attached,
  }
}

/** Specification v4 tags the data of a file, v3 has it bare; an address alone is no content and left out. */
function readFile(part: RawObject, attached: AttachedFields): ResponsePartInput | undefined {
  const data = isRawObject(part['data']) ? (part['data']['data'] ?? part['data']) : part['data']
  if (typeof data !== 'string' && !(data instanceof Uint8Array)) return undefined
  const mediaType = rawText(part['mediaType']) ?? 'application/octet-stream'
  return { partKind: 'file', content: BinaryContent(data, mediaType), ...attached }
}
