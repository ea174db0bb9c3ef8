import {
  callArguments,
  type ModelResponse,
  type NativeToolCallPart,
  type NativeToolReturnPart,
  type ResponsePart,
} from '../../messages/index.ts'
import { filledText, isRawObject, type RawObject } from '../raw.ts'
import { type GoogleTarget, isOwn } from './target.ts'

/** Accepted in place of a signature for calls that Google's models did not make. Base64 of Google's own words for it. */
const anySignature = 'c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I='

/** A response of any model, as a content of this one; none when nothing of it can be sent. */
export function modelContent(response: ModelResponse, target: GoogleTarget): RawObject[] {
  const parts: RawObject[] = []
  let signatureBefore: string | undefined
  let needsSignature = true
  for (const part of response.parts) {
    const signature = signatureOf(part, response, target) ?? signatureBefore
    signatureBefore = signatureForNext(part, target)
    const content = contentOf(part, target)
    if (content === undefined) continue
    // Google asks for a signature at the first call of a turn only.
    const isFirstCall = part.partKind === 'tool-call' && needsSignature
    if (isFirstCall) needsSignature = false
    const thoughtSignature = signature ?? (isFirstCall ? anySignature : undefined)
    parts.push({ ...content, ...(thoughtSignature !== undefined && { thoughtSignature }) })
  }
  return parts.length === 0 ? [] : [{ role: 'model', parts }]
}

function signatureOf(
  part: ResponsePart,
  response: ModelResponse,
  target: GoogleTarget,
): string | undefined {
  if (!isOwn(response.providerName, target) && !isOwn(part.providerName, target)) return undefined
  return wireSignature(part.providerDetails?.['thought_signature'])
}

/** Older histories have the signature on the thinking, but it belongs to what came after. */
function signatureForNext(part: ResponsePart, target: GoogleTarget): string | undefined {
  if (part.partKind !== 'thinking' || !isOwn(part.providerName, target)) return undefined
  return wireSignature(part.signature)
}

function wireSignature(signature: unknown): string | undefined {
  return filledText(signature)?.replaceAll('+', '-').replaceAll('/', '_')
}

function contentOf(part: ResponsePart, target: GoogleTarget): RawObject | undefined {
  switch (part.partKind) {
    case 'text':
      return { text: part.content }
    case 'thinking':
      return part.content === '' ? undefined : { text: part.content, thought: true }
    case 'tool-call': {
      const { toolCallId: id, toolName: name } = part
      return { functionCall: { id, name, args: callArguments(part) } }
    }
    case 'builtin-tool-call':
    case 'builtin-tool-return':
      return isOwn(part.providerName, target) ? nativeContent(part, target) : undefined
    case 'file':
      return { inlineData: { data: part.content.data, mime_type: part.content.mediaType } }
    case 'compaction':
      return part.content === null ? undefined : { text: part.content }
    case 'speech':
      return part.transcript === null ? undefined : { text: part.transcript }
  }
}

const toolTypes: Readonly<Record<string, string>> = {
  web_search: 'GOOGLE_SEARCH_WEB',
  web_fetch: 'URL_CONTEXT',
  file_search: 'FILE_SEARCH',
}

/** Only what Google itself listed: it refuses calls that were told from metadata, whose ids are made up. */
function nativeContent(
  part: NativeToolCallPart | NativeToolReturnPart,
  { traits }: GoogleTarget,
): RawObject | undefined {
  const isCall = part.partKind === 'builtin-tool-call'
  if (part.toolName === 'code_execution') {
    if (isCall) return { executableCode: callArguments(part) }
    return isRawObject(part.content) ? { codeExecutionResult: part.content } : undefined
  }
  const { toolCallId: id } = part
  const tool_type = toolTypes[part.toolName]
  if (tool_type === undefined || !traits.combinesTools || id.startsWith('pyd_ai_')) return undefined
  if (isCall) return { toolCall: { id, tool_type, args: callArguments(part) } }
  const response = isRawObject(part.content) ? part.content : { result: part.content }
  return { toolResponse: { id, tool_type, response } }
}
