import { UserError } from '../../errors/index.ts'
import type {
  BinaryContent,
  MultiModalContent,
  UploadedFile,
  UserContent,
} from '../../messages/index.ts'
import { dataUrlOf, uploadedElsewhere } from '../media.ts'
import { markForCache } from '../openai-cache-marks.ts'
import type { RawObject } from '../raw.ts'
import type { Target } from './target.ts'

/** What a user said, as the content of one message. */
export function userContent(
  content: string | readonly UserContent[],
  target: Target,
): string | RawObject[] {
  if (typeof content === 'string') return content
  const items: RawObject[] = []
  for (const item of content) {
    if (typeof item === 'string') items.push(inputText(item))
    else if (item.kind === 'text-content') items.push(inputText(item.content))
    else if (item.kind !== 'cache-point') items.push(mediaContent(item, target))
    else if (target.takesCacheMarks) markForCache(items)
  }
  return items
}

export function inputText(text: string): RawObject {
  return { type: 'input_text', text }
}

/**
 * Files that have to be downloaded are taken to be so.
 *
 * @throws {UserError} for sound and films, and for files that another provider holds
 */
export function mediaContent(media: MultiModalContent, { system }: Target): RawObject {
  switch (media.kind) {
    case 'binary':
      return inlineFile(media)
    case 'uploaded-file':
      return uploadedFile(media, system)
    case 'image-url':
      return { type: 'input_image', image_url: media.url, detail: detailOf(media) }
    case 'document-url':
    case 'audio-url':
      return { type: 'input_file', file_url: media.url }
    case 'video-url':
      throw refused('films')
  }
}

function inlineFile(media: BinaryContent): RawObject {
  const { mediaType } = media
  const url = dataUrlOf(media)
  if (mediaType.startsWith('image/')) {
    return { type: 'input_image', image_url: url, detail: detailOf(media) }
  }
  if (mediaType.startsWith('audio/')) throw refused('sound')
  if (mediaType.startsWith('video/')) throw refused('films')
  return { type: 'input_file', file_data: url, filename: `filename.${extensionOf(mediaType)}` }
}

function uploadedFile(file: UploadedFile, system: string): RawObject {
  const { fileId, providerName, mediaType } = file
  if (providerName !== system) throw uploadedElsewhere(file, system)
  return mediaType.startsWith('image/')
    ? { type: 'input_image', file_id: fileId, detail: detailOf(file) }
    : { type: 'input_file', file_id: fileId }
}

function detailOf({ vendorMetadata }: MultiModalContent): unknown {
  return vendorMetadata?.['detail'] ?? 'auto'
}

/** The API knows the kind of a file by the end of its name. */
const extensions: Readonly<Record<string, string>> = {
  'text/plain': 'txt',
  'text/markdown': 'md',
  'application/msword': 'doc',
  'application/vnd.ms-excel': 'xls',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'pptx',
}

function extensionOf(mediaType: string): string {
  const [plain = ''] = mediaType.split(';')
  return extensions[plain] ?? plain.slice(plain.indexOf('/') + 1)
}

function refused(what: string): UserError {
  return new UserError(`OpenAI's Responses API takes no ${what}`)
}
