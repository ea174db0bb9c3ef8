import { BinaryContent, generateToolCallId, type ResponsePartInput } from '../../messages/index.ts'

import {
  filledText,
  isRawObject,
  present,
  presentOrNull,
  type RawObject,
  rawObject,
  rawObjects,
  rawText,
} from '../raw.ts'

/** Our names of the tools that Google runs and lists. */
const toolNames: Readonly<Record<string, string>> = {
  GOOGLE_SEARCH_WEB: 'web_search',
  GOOGLE_SEARCH_IMAGE: 'web_search',
  URL_CONTEXT: 'web_fetch',
  FILE_SEARCH: 'file_search',
}

/** The parts of an answer, or of a piece of one. */
export function partsOf(candidate: RawObject): readonly RawObject[] {
  return rawObjects(rawObject(candidate['content'])['parts'])
}

/** Whether Google itself tells which of its tools were called. */
export function listsToolUse(parts: readonly RawObject[]): boolean {
  return parts.some((part) => isRawObject(part['toolCall']) || isRawObject(part['toolResponse']))
}

/** A file search whose findings stand elsewhere. */
export function lacksFiles(part: ResponsePartInput): boolean {
  if (part.partKind !== 'builtin-tool-return') return false
  return part.toolName === 'file_search' && part.content === null
}

/** Google lists a file search with an empty result; what was found stands in the metadata. */
export function withFiles(part: ResponsePartInput, files: unknown): ResponsePartInput {
  if (part.partKind !== 'builtin-tool-return' || !lacksFiles(part)) return part
  return { ...part, content: files }
}

/** Reads the parts of one answer in order; a result belongs to the code before it. */
export function googlePartReader(
  providerName: string,
): (part: RawObject) => readonly ResponsePartInput[] {
  let codeCallId = ''
  return (part) => {
    const signature = filledText(part['thoughtSignature'])
    if (part['executableCode'] !== undefined) codeCallId = generateToolCallId()
    const read = readContent(part, codeCallId)
    if (read === undefined || (read.isEmpty && signature === undefined)) return []
    const providerDetails = presentOrNull({ thought_signature: signature })
    const isOurs = read.isNative || providerDetails !== null
    return [{ ...read.part, ...(isOurs && { providerName, providerDetails }) }]
  }
}

interface PartRead {
  readonly part: ResponsePartInput
  /** Only the provider's own tools name their provider even without a signature. */
  readonly isNative?: boolean
  readonly isEmpty?: boolean
}

function readContent(part: RawObject, codeCallId: string): PartRead | undefined {
  const { executableCode, codeExecutionResult, functionCall, inlineData, toolCall, toolResponse } =
    part
  if (isRawObject(executableCode))
    return native('call', 'code_execution', codeCallId, present(executableCode))
  if (isRawObject(codeExecutionResult))
    return native('return', 'code_execution', codeCallId, present(codeExecutionResult))
  if (isRawObject(toolCall)) return listed('call', toolCall, toolCall['args'])
  if (isRawObject(toolResponse)) return listed('return', toolResponse, toolResponse['response'])
  if (isRawObject(functionCall)) return { part: readCall(functionCall) }
  if (isRawObject(inlineData)) return readFile(inlineData)
  const content = rawText(part['text'])
  if (content === undefined) return undefined
  const partKind = part['thought'] === true ? 'thinking' : 'text'
  return { part: { partKind, content }, isEmpty: content === '' }
}

function native(
  side: 'call' | 'return',
  toolName: string,
  toolCallId: string,
  data: RawObject | null,
): PartRead {
  const part: ResponsePartInput =
    side === 'call'
      ? { partKind: 'builtin-tool-call', toolName, toolCallId, args: data }
      : { partKind: 'builtin-tool-return', toolName, toolCallId, content: data }
  return { part, isNative: true }
}

function listed(side: 'call' | 'return', use: RawObject, data: unknown): PartRead {
  const type = rawText(use['toolType']) ?? ''
  const toolName = toolNames[type] ?? type.toLowerCase()
  const id = filledText(use['id']) ?? generateToolCallId()
  return native(side, toolName, id, isRawObject(data) ? data : null)
}

function readCall(call: RawObject): ResponsePartInput {
  const toolCallId = filledText(call['id'])
  return {
    partKind: 'tool-call',
    toolName: rawText(call['name']) ?? '',
    args: isRawObject(call['args']) ? call['args'] : null,
    ...(toolCallId !== undefined && { toolCallId }),
  }
}

function readFile({ data, mimeType }: RawObject): PartRead {
  const content = BinaryContent(
    rawText(data) ?? '',
    rawText(mimeType) ?? 'application/octet-stream',
  )
  return { part: { partKind: 'file', content } }
}
