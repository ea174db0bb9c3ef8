import {
  type ModelRequest,
  type RequestPart,
  retryPromptText,
  toolReturnMedia,
  toolReturnObject,
  type ToolReturnPart,
  type UserContent,
} from '../../messages/index.ts'
import type { RawObject } from '../raw.ts'
import { mediaPart, resultMedia } from './media-part.ts'
import type { GoogleTarget } from './target.ts'

/** What a request adds to the conversation, as contents of the user. */
export function userContents(request: ModelRequest, target: GoogleTarget): RawObject[] {
  const contents: RawObject[][] = []
  let open: RawObject[] | undefined
  for (const part of request.parts.flatMap((each) => partsOf(each, target))) {
    // What follows the result of a call begins a new content: Google takes one that has results for the model's own.
    const isAfterResult = open?.at(-1)?.['functionResponse'] !== undefined
    if (open === undefined || (isAfterResult && part['functionResponse'] === undefined)) {
      open = []
      contents.push(open)
    }
    open.push(part)
  }
  return contents.map((parts) => ({ role: 'user', parts }))
}

function partsOf(part: RequestPart, target: GoogleTarget): RawObject[] {
  switch (part.partKind) {
    case 'user-prompt':
      return typeof part.content === 'string'
        ? [{ text: part.content }]
        : part.content.flatMap((item) => contentParts(item, target))
    case 'tool-return':
      return resultParts(part, target)
    case 'retry-prompt': {
      const text = retryPromptText(part)
      if (part.toolName === null) return [{ text }]
      return [functionResponse(part.toolName, part.toolCallId, { error: text })]
    }
    case 'speech':
      if (part.transcript !== null) return [{ text: part.transcript }]
      return part.audio === null ? [] : [mediaPart(part.audio, target)]
    case 'system-prompt':
      // What stands for the system cannot change in mid-conversation.
      return [{ text: `<system>${part.content}</system>` }]
    case 'tool-availability-delta':
      return []
  }
}

/** Cache points say nothing to Google: what is cached has a name, see `googleCachedContent`. */
function contentParts(item: UserContent, target: GoogleTarget): RawObject[] {
  if (typeof item === 'string') return [{ text: item }]
  if (item.kind === 'text-content') return [{ text: item.content }]
  return item.kind === 'cache-point' ? [] : [mediaPart(item, target)]
}

/** Media that the model takes in results goes there; other media follows, and the result says where it is. */
function resultParts(part: ToolReturnPart, target: GoogleTarget): RawObject[] {
  const { mediaInResults } = target.traits
  const fits = (type: string | null): boolean => mediaInResults.includes(type ?? '')
  const media = toolReturnMedia(part)
  const inside = media.filter(({ mediaType }) => fits(mediaType))
  const behind = media.filter(({ mediaType }) => !fits(mediaType))
  const response = toolReturnObject(part)
  const references = behind.map(({ identifier }) => `See file ${identifier}.`)
  const refersToFiles = references.length > 0 && part.outcome !== 'failed'
  const result = functionResponse(
    part.toolName,
    part.toolCallId,
    refersToFiles ? { output: [response, ...references] } : response,
    inside.map((each) => resultMedia(each, target)),
  )
  const files = behind.flatMap((each) => [
    { text: `This is file ${each.identifier}:` },
    mediaPart(each, target),
  ])
  return [result, ...files]
}

function functionResponse(
  name: string,
  id: string,
  response: RawObject,
  parts: readonly RawObject[] = [],
): RawObject {
  return { functionResponse: { id, name, response, ...(parts.length > 0 && { parts }) } }
}
