import type { BinaryContent, FileUrl, ModelMessage, UserContent } from '../messages/index.ts'
import type { DirectFamily } from './direct-model.ts'
import type { ModelCall } from './model.ts'

/** What was downloaded before, by the very object in the messages. */
export type DownloadedFiles = WeakMap<FileUrl, BinaryContent>

type NeedsDownload = (file: FileUrl) => boolean

/** Kinds of files that a provider takes as data only. Those that it takes in no way are refused by its adapter. */
const asData: Readonly<Partial<Record<DirectFamily, NeedsDownload>>> = {
  'openai-chat': ({ kind }) => kind === 'audio-url' || kind === 'document-url',
  anthropic: ({ kind, mediaType }) => kind === 'document-url' && mediaType !== 'application/pdf',
}

/** Servers of chat completions that fetch documents themselves. */
const fetchers: ReadonlySet<string> = new Set(['openrouter'])

/** Which files a provider wants as data. */
export function needsDownloadBy(family: DirectFamily | undefined, system: string): NeedsDownload {
  const rule = family === undefined ? undefined : asData[family]
  return rule === undefined || fetchers.has(system) ? () => false : rule
}

/**
 * The call with files in place of addresses, where a file says `forceDownload` or the provider wants it so. What
 * downloads is imported when there is something to download.
 *
 * @throws {FileDownloadError} when a file cannot be had
 */
export async function attachFiles(
  call: ModelCall,
  needsDownload: NeedsDownload,
  cache: DownloadedFiles,
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
