import { UserError } from '../../errors/index.ts'
import {
  type FileUrl,
  type MultiModalContent,
  standardBase64Of,
  type UserContent,
} from '../../messages/index.ts'
import { fencedText, isTextType } from '../media.ts'
import type { PromptFile, UserPromptContent } from './protocol.ts'
import { familyOptions, type PromptTarget } from './target.ts'

/** What a user said, as the content of one user message. */
export function userContent(
  content: string | readonly UserContent[],
  target: PromptTarget,
): UserPromptContent[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  const parts: UserPromptContent[] = []
  for (const item of content) {
    if (typeof item === 'string') parts.push({ type: 'text', text: item })
    else if (item.kind === 'text-content') parts.push({ type: 'text', text: item.content })
    else if (item.kind === 'cache-point') markForCache(parts, item.ttl, target)
    else parts.push(mediaContent(item, target))
  }
  return parts
}

/** Media as a file, or as text for providers that take no text files. */
export function mediaContent(media: MultiModalContent, target: PromptTarget): UserPromptContent {
  switch (media.kind) {
    case 'binary':
      if (isTextType(media.mediaType) && !takesTextFiles(target)) {
        return { type: 'text', text: fencedText(media) }
      }
      return {
        ...file(media.mediaType, { type: 'data', data: standardBase64Of(media) }),
        ...vendorOptions(media, target),
      }
    case 'uploaded-file':
      return file(media.mediaType, {
        type: 'reference',
        reference: { [referenceKey(media.providerName)]: media.fileId },
      })
    case 'image-url':
    case 'audio-url':
    case 'video-url':
    case 'document-url':
      return fileByUrl(media, target)
  }
}

function fileByUrl(media: FileUrl, target: PromptTarget): PromptFile {
  const topLevel = media.kind === 'document-url' ? 'application' : media.kind.replace('-url', '')
  const mediaType = media.mediaType ?? topLevel
  return {
    ...file(mediaType, { type: 'url', url: new URL(media.url) }),
    ...vendorOptions(media, target),
  }
}

function file(mediaType: string, data: PromptFile['data']): PromptFile {
  return { type: 'file', mediaType, data }
}

/** Uploaded files of Google on Vertex are still Google's, for the package. */
function referenceKey(providerName: string): string {
  return providerName.startsWith('google') ? 'google' : providerName
}

function vendorOptions(media: MultiModalContent, target: PromptTarget) {
  const metadata = media.vendorMetadata ?? {}
  if (target.family === 'google') {
    return familyOptions(target, {
      videoMetadata: media.mediaType?.startsWith('video/') ? media.vendorMetadata : undefined,
    })
  }
  return familyOptions(target, { imageDetail: metadata['detail'] })
}

function takesTextFiles({ family }: PromptTarget): boolean {
  return family === 'anthropic' || family === 'google'
}

/** Only Anthropic is told where to cache; others decide for themselves. */
function markForCache(parts: UserPromptContent[], ttl: string, target: PromptTarget): void {
  if (target.family !== 'anthropic') return
  const last = parts.pop()
  if (last === undefined) {
    throw new UserError('A CachePoint has nothing in front of it to cache', {
      hint: 'Put it behind the content that is to be cached',
    })
  }
  const options = familyOptions(target, { cacheControl: { type: 'ephemeral', ttl } })
  parts.push({ ...last, ...options })
}
