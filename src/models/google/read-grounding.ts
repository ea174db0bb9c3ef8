import { generateToolCallId, type ResponsePartInput } from '../../messages/index.ts'
import { isRawObject, present, type RawObject, rawObject, rawObjects, rawText } from '../raw.ts'
import { snakeKeys } from './snake-keys.ts'

/**
 * Calls of Google's tools, told from the metadata about what the answer rests on: Google does not list the calls
 * themselves.
 */
export function readGrounding(candidate: RawObject, providerName: string): ResponsePartInput[] {
  return [
    ...readWebSearch(candidate, providerName),
    ...readFileSearch(candidate, providerName),
    ...readUrlContext(candidate, providerName),
  ]
}

function chunksOf(candidate: RawObject): readonly RawObject[] {
  return rawObjects(rawObject(candidate['groundingMetadata'])['groundingChunks'])
}

function readWebSearch(candidate: RawObject, providerName: string): ResponsePartInput[] {
  const queries = rawObject(candidate['groundingMetadata'])['webSearchQueries']
  if (!Array.isArray(queries) || queries.length === 0) return []
  const chunks = chunksOf(candidate)
  const pages = chunks.map((chunk) => chunk['web']).filter(isRawObject)
  const content = chunks.length === 0 ? null : snakeKeys(pages)
  return callAndReturn('web_search', { queries }, content, providerName)
}

/** The passages that a file search found; `null` for none. */
export function foundFiles(candidate: RawObject): unknown {
  const found = chunksOf(candidate).map((chunk) => chunk['retrievedContext'])
  const passages = found.filter(isRawObject).map(present)
  return passages.length === 0 ? null : snakeKeys(passages)
}

function readFileSearch(candidate: RawObject, providerName: string): ResponsePartInput[] {
  const found = foundFiles(candidate)
  return found === null ? [] : callAndReturn('file_search', {}, found, providerName)
}

/** The pages that Google read. They are told before the answer, also in a stream. */
export function readUrlContext(candidate: RawObject, providerName: string): ResponsePartInput[] {
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
