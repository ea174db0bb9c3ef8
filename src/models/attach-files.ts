import type { BinaryContent, FileUrl, ModelMessage, UserContent } from '../messages/index.ts'
import type { ModelCall } from './model.ts'

/** What was downloaded before, by the very object in the messages. */
export type DownloadedFiles = WeakMap<FileUrl, BinaryContent>

/**
 * The call with files in place of addresses, where a file says `forceDownload` or the provider wants it so. What
 * downloads is imported when there is something to download. Called by adapters, before the time of the request begins.
 *
 * @param needsDownload whether the provider takes the file as data only; what it takes in no way is its to refuse
 * @throws {FileDownloadError} when a file cannot be had
 */
export async function attachFiles(
  call: ModelCall,
  cache: DownloadedFiles,
  needsDownload: (file: FileUrl) => boolean = () => false,
): Promise<ModelCall> {
  const isWanted = (item: unknown): boolean =>
    isFileUrl(item) && (item.forceDownload !== false || needsDownload(item))
  if (!call.messages.some((message) => hasFile(message, isWanted))) return call
  const { downloadFiles } = await import('./download/download-files.ts')
  const { signal, clock } = call
  const terms = { needsDownload, cache, signal, ...(clock && { clock }) }
  const messages = await downloadFiles(call.messages, terms)
  return { ...call, signal, messages }
}

function hasFile(message: ModelMessage, isWanted: (item: unknown) => boolean): boolean {
  if (message.kind === 'response') return false
  return message.parts.some((part) => {
    if (part.partKind === 'user-prompt') {
      return typeof part.content !== 'string' && part.content.some(isWanted)
    }
    return part.partKind === 'tool-return' && mayHoldFiles(part.content, isWanted)
  })
}

function mayHoldFiles(value: unknown, isWanted: (item: unknown) => boolean): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (isWanted(value)) return true
  return Object.values(value).some((inner) => mayHoldFiles(inner, isWanted))
}

const kinds: ReadonlySet<unknown> = new Set<Extract<UserContent, FileUrl>['kind']>([
  'image-url',
  'audio-url',
  'video-url',
  'document-url',
])

function isFileUrl(item: unknown): item is FileUrl {
  return (
    typeof item === 'object' &&
    item !== null &&
    'url' in item &&
    'kind' in item &&
    kinds.has(item.kind)
  )
}
