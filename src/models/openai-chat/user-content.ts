import { UserError } from '../../errors/index.ts'
import {
  type BinaryContent,
  type FileUrl,
  type MultiModalContent,
  standardBase64Of,
  type UploadedFile,
  type UserContent,
} from '../../messages/index.ts'
import { dataUrlOf, fencedText, isTextType, uploadedElsewhere } from '../media.ts'
import { markForCache, takesCacheMarks } from '../openai-cache-marks.ts'
import type { RawObject } from '../raw.ts'
import type { ChatDialect } from './dialect.ts'
import type { ChatTarget } from './target.ts'

/** What a user said, as the content of a message. Marks for the cache are left out where the server decides alone. */
export function userContent(
  content: string | readonly UserContent[],
  target: ChatTarget,
): string | RawObject[] {
  if (typeof content === 'string') return content
  const blocks: RawObject[] = []
  for (const item of content) {
    if (typeof item === 'string') blocks.push(textBlock(item))
    else if (item.kind === 'text-content') blocks.push(textBlock(item.content))
    else if (item.kind !== 'cache-point') blocks.push(mediaBlock(item, target))
    else if (takesCacheMarks(target.modelName)) markForCache(blocks)
  }
  return blocks
}

/** Whether a file by address is taken as data only. */
export function needsDownload({ kind }: FileUrl, { takesFileUrls }: ChatDialect): boolean {
  return kind === 'audio-url' || (kind === 'document-url' && takesFileUrls !== true)
}

export function textBlock(text: string): RawObject {
  return { type: 'text', text }
}

/** @throws {UserError} for media that this API takes in no way */
export function mediaBlock(media: MultiModalContent, target: ChatTarget): RawObject {
  switch (media.kind) {
    case 'binary':
      return binaryBlock(media)
    case 'uploaded-file':
      return uploadedBlock(media, target)
    case 'image-url':
    case 'audio-url':
    case 'video-url':
    case 'document-url':
      return urlBlock(media, target)
  }
}

function urlBlock(media: FileUrl, { dialect }: ChatTarget): RawObject {
  const { kind, url } = media
  if (kind === 'image-url') return imageBlock(url, media)
  if (kind === 'video-url' && dialect.takesFileUrls)
    return { type: 'video_url', video_url: { url } }
  if (kind === 'document-url' && dialect.takesFileUrls) return fileBlock(url, media.mediaType)
  throw new UserError(`Chat completions take no ${kind} '${url}'`, {
    hint: 'Download it first and pass BinaryContent(bytes, mediaType)',
  })
}

/** A data URL, since all kinds of media share that form. */
function binaryBlock(content: BinaryContent): RawObject {
  const { mediaType } = content
  if (isTextType(mediaType)) return textBlock(fencedText(content))
  if (mediaType.startsWith('image/')) return imageBlock(dataUrlOf(content), content)
  const format = audioFormats[mediaType]
  if (format !== undefined) {
    return { type: 'input_audio', input_audio: { data: standardBase64Of(content), format } }
  }
  if (/^(audio|video)\//.test(mediaType)) {
    throw new UserError(`Chat completions take no media of type '${mediaType}'`, {
      hint: 'They take sound as audio/wav or audio/mpeg, and no films',
    })
  }
  return fileBlock(dataUrlOf(content), mediaType)
}

const audioFormats: Readonly<Record<string, string>> = { 'audio/wav': 'wav', 'audio/mpeg': 'mp3' }

function imageBlock(
  url: string,
  { vendorMetadata }: Pick<MultiModalContent, 'vendorMetadata'>,
): RawObject {
  const isTold = Object.keys(vendorMetadata ?? {}).length > 0
  const detail = isTold ? { detail: vendorMetadata?.['detail'] ?? 'auto' } : {}
  return { type: 'image_url', image_url: { url, ...detail } }
}

function fileBlock(fileData: string, mediaType: string | null): RawObject {
  const filename = `filename.${extensions[mediaType ?? ''] ?? 'pdf'}`
  return { type: 'file', file: { file_data: fileData, filename } }
}

const extensions: Readonly<Record<string, string>> = {
  'application/pdf': 'pdf',
  'application/rtf': 'rtf',
  'application/msword': 'doc',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.ms-excel': 'xls',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'application/vnd.ms-powerpoint': 'ppt',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'pptx',
}

function uploadedBlock(file: UploadedFile, { system }: ChatTarget): RawObject {
  if (file.providerName !== system) throw uploadedElsewhere(file, system)
  if (file.mediaType.startsWith('image/')) {
    throw new UserError('Chat completions take no uploaded images', {
      hint: 'Pass ImageUrl(address) or BinaryContent(bytes, mediaType), or take the Responses API',
    })
  }
  return { type: 'file', file: { file_id: file.fileId } }
}
