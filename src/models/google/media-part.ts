import { UserError } from '../../errors/index.ts'
import type {
  BinaryContent,
  FileUrl,
  MultiModalContent,
  UploadedFile,
} from '../../messages/index.ts'
import { contentOfDataUrl, uploadedElsewhere } from '../media.ts'
import { present, type RawObject, rawObject } from '../raw.ts'
import { type GoogleTarget, isOwn } from './target.ts'

/**
 * Media as a part of a content: the data itself, or where Google finds it. Both APIs fetch public addresses by
 * themselves.
 *
 * @see https://ai.google.dev/gemini-api/docs/file-input-methods
 * @throws {UserError} for a file that was uploaded elsewhere
 */
export function mediaPart(media: MultiModalContent, target: GoogleTarget): RawObject {
  const { inline, file } = locate(media, target)
  return present({ inlineData: inline, fileData: file, ...vendorFields(media) })
}

/** Media inside of the result of a call. */
export function resultMedia(media: MultiModalContent, target: GoogleTarget): RawObject {
  const { inline, file } = locate(media, target)
  return present({ inline_data: inline, file_data: file })
}

interface Located {
  readonly inline?: RawObject
  readonly file?: RawObject
}

function locate(media: MultiModalContent, target: GoogleTarget): Located {
  switch (media.kind) {
    case 'binary':
      return inlined(media)
    case 'uploaded-file':
      return uploaded(media, target)
    case 'image-url':
    case 'audio-url':
    case 'video-url':
    case 'document-url':
      return byAddress(media)
  }
}

function inlined({ data, mediaType }: BinaryContent): Located {
  return { inline: { data, mime_type: mediaType } }
}

function byAddress({ url, mediaType }: FileUrl): Located {
  const data = contentOfDataUrl(url)
  if (data !== undefined) return inlined(data)
  return { file: present({ file_uri: url, mime_type: mediaType }) }
}

function uploaded(file: UploadedFile, target: GoogleTarget): Located {
  const { fileId, providerName, mediaType } = file
  const { system, isVertex } = target
  if (!isOwn(providerName, target)) throw uploadedElsewhere(file, system)
  const scheme = isVertex ? 'gs://' : 'https://'
  if (!fileId.startsWith(scheme)) {
    throw new UserError(`The provider '${system}' does not know a file by the id '${fileId}'`, {
      hint: `Pass the file's address, which begins with ${scheme}`,
    })
  }
  return { file: { file_uri: fileId, mime_type: mediaType } }
}

/** How closely Google looks goes for any media; frames and times are for films only. */
function vendorFields(media: MultiModalContent): RawObject {
  const { media_resolution, mediaResolution, ...rest } = rawObject(media.vendorMetadata)
  const isFilm = media.kind === 'video-url' || media.mediaType?.startsWith('video/') === true
  return {
    mediaResolution: media_resolution ?? mediaResolution,
    videoMetadata: isFilm && Object.keys(rest).length > 0 ? rest : undefined,
  }
}
