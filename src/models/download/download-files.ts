import {
  BinaryContent,
  type FileUrl,
  isYouTubeVideo,
  type ModelMessage,
  type RequestPart,
  toolReturnMedia,
} from '../../messages/index.ts'
import { type Clock, systemClock } from '../clock.ts'
import { ConcurrencyLimiter } from '../concurrency-limiter.ts'
import { type DownloadedFile, downloadFile, type DownloadTerms } from './download-file.ts'
import type { FileNetwork } from './network.ts'
import { nodeNetwork } from './node-network.ts'

/** Which files are downloaded, and how far a download may go. */
export interface DownloadOptions {
  /** Files that the provider cannot fetch by itself. Those with `forceDownload` are downloaded anyway. */
  readonly needsDownload?: (file: FileUrl) => boolean
  /** Most bytes of one file. Default 50 MiB. */
  readonly maxBytes?: number
  /** For one file, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /** Default: the time of the machine. */
  readonly clock?: Clock
  /** Default: that of Node.js. */
  readonly network?: FileNetwork
  /** What was downloaded before, by the very object in the messages; what is downloaded now is added. */
  readonly cache?: WeakMap<FileUrl, BinaryContent>
}

/** Most downloads at once. */
const maxConcurrent = 8

/**
 * The messages with files by address replaced by the files, where `forceDownload` or the provider wants that: in user
 * prompts, and in what tools returned. Messages that stay as they are are shared. An address is asked once, however
 * often it is mentioned; videos of YouTube are no files and stay. Media types that are known already are kept.
 *
 * Only public addresses are asked, through all redirects, unless a file says `forceDownload: 'allow-local'`; metadata
 * servers of clouds never are.
 *
 * @throws {FileDownloadError} when a file cannot be had; the other downloads are called off
 */
export async function downloadFiles(
  messages: readonly ModelMessage[],
  options: DownloadOptions = {},
): Promise<readonly ModelMessage[]> {
  const { needsDownload = () => false } = options
  const files = messages
    .flatMap(filesIn)
    .filter(
      (file) => (file.forceDownload !== false || needsDownload(file)) && !isYouTubeVideo(file),
    )
  if (files.length === 0) return messages
  const contents = await contentsOf(files, options)
  return messages.map((message) => withContents(message, contents))
}

type Contents = ReadonlyMap<unknown, BinaryContent>

async function contentsOf(files: readonly FileUrl[], options: DownloadOptions): Promise<Contents> {
  const { cache = new WeakMap<FileUrl, BinaryContent>() } = options
  const missing = files.filter((file) => !cache.has(file))
  const found = await downloaded(missing, options)
  const contents = new Map<unknown, BinaryContent>()
  for (const file of files) {
    const download = found.get(placeOf(file))
    const content = cache.get(file) ?? (download && contentOf(file, download))
    if (content === undefined) continue
    cache.set(file, content)
    contents.set(file, content)
  }
  return contents
}

/** Two addresses are the same file only if they may lead to the same places. */
function placeOf({ url, forceDownload }: FileUrl): string {
  return `${forceDownload === 'allow-local'} ${url}`
}

async function downloaded(
  files: readonly FileUrl[],
  options: DownloadOptions,
): Promise<ReadonlyMap<string, DownloadedFile>> {
  const places = new Map(files.map((file) => [placeOf(file), file]))
  const controller = new AbortController()
  const { signal = controller.signal } = options
  const terms: Omit<DownloadTerms, 'allowsLocal'> = {
    maxBytes: options.maxBytes ?? 50 * 1024 ** 2,
    timeoutMs: options.timeoutMs ?? 30_000,
    clock: options.clock ?? systemClock,
    network: options.network ?? nodeNetwork,
    signal: AbortSignal.any([signal, controller.signal]),
  }
  const limiter = new ConcurrencyLimiter({ maxConcurrent })
  const downloads = [...places].map(async ([place, { url, forceDownload }]) => {
    const release = await limiter.acquire(() => terms.signal)
    try {
      const allowsLocal = forceDownload === 'allow-local'
      return [place, await downloadFile(url, { ...terms, allowsLocal })] as const
    } finally {
      release()
    }
  })
  try {
    return new Map(await Promise.all(downloads))
  } catch (error) {
    controller.abort(error)
    await Promise.allSettled(downloads)
    throw error
  }
}

function contentOf(file: FileUrl, { bytes, mediaType }: DownloadedFile): BinaryContent {
  const { vendorMetadata, identifier } = file
  const type = file.mediaType ?? mediaType ?? 'application/octet-stream'
  return BinaryContent(bytes, type, { vendorMetadata, identifier })
}

function filesIn(message: ModelMessage): readonly FileUrl[] {
  if (message.kind === 'response') return []
  return message.parts.flatMap((part) => mediaOf(part).filter(isFileUrl))
}

/** Items that models see as media. What lies deeper in the result of a tool is data to them. */
function mediaOf(part: RequestPart): readonly unknown[] {
  if (part.partKind === 'tool-return') return toolReturnMedia(part)
  return part.partKind === 'user-prompt' && typeof part.content !== 'string' ? part.content : []
}

const urlKinds: readonly unknown[] = ['image-url', 'audio-url', 'video-url', 'document-url']

function isFileUrl(item: unknown): item is FileUrl {
  return typeof item === 'object' && item !== null && 'kind' in item && urlKinds.includes(item.kind)
}

function withContents(message: ModelMessage, contents: Contents): ModelMessage {
  if (message.kind === 'response') return message
  if (!message.parts.some((part) => mediaOf(part).some((item) => contents.has(item))))
    return message
  return { ...message, parts: message.parts.map((part) => partWith(part, contents)) }
}

function partWith(part: RequestPart, contents: Contents): RequestPart {
  if (part.partKind === 'user-prompt' && typeof part.content !== 'string') {
    return { ...part, content: part.content.map((item) => contents.get(item) ?? item) }
  }
  if (part.partKind !== 'tool-return') return part
  const items: unknown = part.content
  const swapped = (item: unknown): unknown => contents.get(item) ?? item
  return { ...part, content: Array.isArray(items) ? items.map(swapped) : swapped(items) }
}
