import { generateToolCallId, type ResponsePartInput } from '../../messages/index.ts'

import { isRawObject, type RawObject, rawObject, rawObjects, rawText } from '../raw.ts'
import { snakeKeys } from './snake-keys.ts'

/**
 * Calls of Google's tools, told from the metadata about what the answer rests on: Google does not list the calls
 * themselves.
 */
export function readGrounding(candidate: RawObject, providerName: string): ResponsePartInput[] {
  const grounding = rawObject(candidate['groundingMetadata'])
  const chunks = rawObjects(grounding['groundingChunks'])
  return [
    ...readWebSearch(grounding, chunks, providerName),
    ...readFileSearch(chunks, providerName),
    ...readUrlContext(candidate, providerName),
  ]
}

function readWebSearch(
  grounding: RawObject,
  chunks: readonly RawObject[],
  providerName: string,
): ResponsePartInput[] {
  const queries = grounding['webSearchQueries']
  if (!Array.isArray(queries) || queries.length === 0) return []
  const pages = chunks.map((chunk) => chunk['web']).filter(isRawObject)
  const content = chunks.length === 0 ? null : snakeKeys(pages)
  return callAndReturn('web_search', { queries }, content, providerName)
}

function readFileSearch(chunks: readonly RawObject[], providerName: string): ResponsePartInput[] {
  const found = chunks.map((chunk) => chunk['retrievedContext']).filter(isRawObject)
  if (found.length === 0) return []
  return callAndReturn('file_search', {}, snakeKeys(found), providerName)
}

function readUrlContext(candidate: RawObject, providerName: string): ResponsePartInput[] {
  const pages = rawObjects(rawObject(candidate['urlContextMetadata'])['urlMetadata'])
  if (pages.length === 0) return []
  const urls = pages.flatMap((page) => rawText(page['retrievedUrl']) ?? [])
  const args = urls.length === 0 ? null : { urls }
  return callAndReturn('web_fetch', args, snakeKeys(pages), providerName)
}

function callAndReturn(
  toolName: string,
  args: Readonly<Record<string, unknown>> | null,
  content: unknown,
  providerName: string,
): ResponsePartInput[] {
  const toolCallId = generateToolCallId()
  return [
    { partKind: 'builtin-tool-call', toolName, args, toolCallId, providerName },
    { partKind: 'builtin-tool-return', toolName, content, toolCallId, providerName },
  ]
}
