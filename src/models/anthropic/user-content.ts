import { UserError } from '../../errors/index.ts'
import {
  type BinaryContent,
  type FileUrl,
  type MultiModalContent,
  standardBase64Of,
  type UploadedFile,
  type UserContent,
} from '../../messages/index.ts'
import { contentOfDataUrl, isTextType, textOf, uploadedElsewhere } from '../media.ts'
import type { RawObject } from '../raw.ts'
import { markLast } from './caching.ts'

/** Adds to the blocks of a message what a user said. `before` are those of the message before it. */
export function addUserContent(
  blocks: RawObject[],
  content: string | readonly UserContent[],
  system: string,
  before: RawObject[],
): void {
  for (const item of typeof content === 'string' ? [content] : content) {
    if (typeof item === 'string') addText(blocks, item)
    else if (item.kind === 'text-content') addText(blocks, item.content)
    else if (item.kind === 'cache-point') markLast(blocks.length > 0 ? blocks : before, item.ttl)
    else blocks.push(mediaBlock(item, system))
  }
}

/** Whether a file by address is taken as data only. */
export function needsDownload({ kind, mediaType }: FileUrl): boolean {
  return kind === 'document-url' && mediaType !== 'application/pdf'
}

/** Empty text is refused by the provider. */
export function addText(blocks: RawObject[], text: string): void {
  if (text !== '') blocks.push({ type: 'text', text })
}

/** An image or a document; there are no others. `system` is the provider's name, for files that it holds. */
export function mediaBlock(media: MultiModalContent, system: string): RawObject {
  switch (media.kind) {
    case 'binary':
      return binaryBlock(media)
    case 'uploaded-file':
      return uploadedBlock(media, system)
    case 'image-url':
    case 'document-url':
      return urlBlock(media)
    case 'audio-url':
    case 'video-url':
      throw unsupported(media.kind.replace('-url', ''))
  }
}

function binaryBlock(media: BinaryContent): RawObject {
  const { mediaType } = media
  // All but drawings: SVG is an image.
  if (isTextType(mediaType) && !mediaType.startsWith('image/')) {
    const source = { type: 'text', media_type: 'text/plain', data: textOf(media) }
    return { type: 'document', source }
  }
  const type = blockType(mediaType, ['application/pdf'])
  const source = { type: 'base64', media_type: mediaType, data: standardBase64Of(media) }
  return { type, source }
}

function uploadedBlock(file: UploadedFile, system: string): RawObject {
  if (file.providerName !== system) throw uploadedElsewhere(file, system)
  const type = blockType(file.mediaType, ['text/', 'application/'])
  return { type, source: { type: 'file', file_id: file.fileId } }
}

function urlBlock(media: FileUrl): RawObject {
  const { url, kind } = media
  const data = contentOfDataUrl(url)
  if (data !== undefined) return binaryBlock(data)
  return { type: kind === 'image-url' ? 'image' : 'document', source: { type: 'url', url } }
}

function blockType(mediaType: string, documents: readonly string[]): 'image' | 'document' {
  if (mediaType.startsWith('image/')) return 'image'
  if (documents.some((start) => mediaType.startsWith(start))) return 'document'
  throw unsupported(mediaType)
}

function unsupported(what: string): UserError {
  return new UserError(`Anthropic's models do not take ${what}`, {
    hint: 'They take images, PDF and text',
  })
}
