import { ValidationError } from '../../errors/index.ts'
import {
  type Codec,
  type Complete,
  constant,
  data,
  derived,
  isRecord,
  normaliseBase64,
  nullable,
  oneOf,
  type Place,
  readData,
  record,
  required,
  type Shape,
  shape,
  text,
  textOr,
  usually,
  variants,
  writeData,
} from '../../codec/index.ts'
import { identifierOfBase64, identifierOfText } from '../identifier.ts'
import { inferMediaType, uploadedFileMediaType } from '../media-type.ts'
import type {
  AudioUrl,
  BinaryContent,
  CachePoint,
  DocumentUrl,
  FileUrl,
  ImageUrl,
  MultiModalContent,
  TextContent,
  UploadedFile,
  UserContent,
  VideoUrl,
} from '../user-content.ts'

const forceDownload: Codec<FileUrl['forceDownload']> = {
  read(value, place) {
    if (typeof value === 'boolean' || value === 'allow-local') return value
    throw place.refusal("Expected true, false or 'allow-local'")
  },
}

const base64: Codec<string> = {
  read: (value, place) => normaliseBase64(text.read(value, place), place.path),
  write: (value, place) => normaliseBase64(text.read(value, place), place.path),
  complete: (value, place) =>
    typeof value === 'string' && value.length % 4 === 0 && !/[+/]/.test(value)
      ? value // a look at every digit is for data from outside
      : normaliseBase64(text.read(value, place), place.path),
}

const address = {
  url: required('url', text),
  forceDownload: usually('force_download', forceDownload, false),
  vendorMetadata: nullable('vendor_metadata', record),
}

const imageUrl = fileUrl(
  shape<ImageUrl>({
    ...address,
    kind: constant('kind', 'image-url'),
    ...inferredFor('image-url'),
  }),
)

const audioUrl = fileUrl(
  shape<AudioUrl>({
    ...address,
    kind: constant('kind', 'audio-url'),
    ...inferredFor('audio-url'),
  }),
)

const videoUrl = fileUrl(
  shape<VideoUrl>({
    ...address,
    kind: constant('kind', 'video-url'),
    ...inferredFor('video-url'),
  }),
)

const documentUrl = fileUrl(
  shape<DocumentUrl>({
    ...address,
    kind: constant('kind', 'document-url'),
    ...inferredFor('document-url'),
  }),
)

const binary = shape<BinaryContent>({
  data: required('data', base64),
  mediaType: required('media_type', text),
  vendorMetadata: nullable('vendor_metadata', record),
  kind: constant('kind', 'binary'),
  identifier: derived('identifier', text, (filled) => identifierOfBase64(String(filled['data']))),
})

const uploadedFile = shape<UploadedFile>({
  fileId: required('file_id', text),
  providerName: required('provider_name', text),
  vendorMetadata: nullable('vendor_metadata', record),
  kind: constant('kind', 'uploaded-file'),
  mediaType: derived('media_type', text, ({ fileId }) => uploadedFileMediaType(String(fileId))),
  identifier: derived('identifier', text, (filled) => identifierOfText(String(filled['fileId']))),
})

const textContent = shape<TextContent>({
  content: required('content', text),
  metadata: nullable('metadata', data),
  kind: constant('kind', 'text-content'),
})

const cachePoint = shape<CachePoint>({
  kind: constant('kind', 'cache-point'),
  ttl: usually('ttl', oneOf('5m', '1h'), '5m'),
})

const media = {
  'image-url': imageUrl,
  'audio-url': audioUrl,
  'video-url': videoUrl,
  'document-url': documentUrl,
  'uploaded-file': uploadedFile,
  binary,
}

/** One item of a user prompt. */
export const userContent: Complete<UserContent> = textOr(
  variants<Exclude<UserContent, string>>(
    { wire: 'kind', memory: 'kind' },
    { ...media, 'text-content': textContent, 'cache-point': cachePoint },
  ),
)

/** Binary content where nothing else can stand, so that its `kind` may be left out. */
export const binaryContent: Codec<BinaryContent> = {
  write: binary.write,
  complete: binary.complete,
  read(value, place) {
    const kind = isRecord(value) ? (value['kind'] ?? 'binary') : 'binary'
    if (kind === 'binary') return binary.read(value, place)
    throw place.refusal('Expected binary content')
  },
}

/** What a tool returned: any data, with media at any depth. */
export const toolContent = {
  read: (value: unknown, place: Place) => readData(value, place, reviveMedia),
  write: (value: unknown, place: Place) => writeData(value, place, writeMedia) ?? null,
  takesText: true,
}

/** By kind of media, the field that tells it from data that happens to have such a `kind`: on the wire, in memory. */
const marks: ReadonlyMap<unknown, readonly [wire: string, memory: string]> = new Map([
  ['image-url', ['url', 'url']],
  ['audio-url', ['url', 'url']],
  ['video-url', ['url', 'url']],
  ['document-url', ['url', 'url']],
  ['binary', ['media_type', 'mediaType']],
  ['uploaded-file', ['file_id', 'fileId']],
])
const anyMedia = variants<MultiModalContent>({ wire: 'kind', memory: 'kind' }, media)

function reviveMedia(value: Readonly<Record<string, unknown>>, place: Place): unknown {
  const mark = marks.get(value['kind'])
  if (mark === undefined || typeof value[mark[0]] !== 'string') return undefined
  const depth = place.path.length
  try {
    return anyMedia.read(value, place)
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error
    place.path.length = depth
    return undefined // data that looks like media
  }
}

function writeMedia(value: Readonly<Record<string, unknown>>, place: Place): unknown {
  return isMedia(value) ? anyMedia.write(value, place) : undefined
}

/**
 * Whether data in the content of a tool is media. In memory media is complete, so what has no identifier is data,
 * whatever its `kind`.
 */
export function isMedia(value: unknown): value is MultiModalContent {
  if (!isRecord(value)) return false
  const mark = marks.get(value['kind'])
  if (mark === undefined || typeof value[mark[1]] !== 'string') return false
  return typeof value['identifier'] === 'string' && 'vendorMetadata' in value
}

function inferredFor(kind: FileUrl['kind']) {
  return {
    /** One that the address does not tell is only refused when it is written. */
    mediaType: derived<string | null>('media_type', text, ({ url }) =>
      inferMediaType(kind, String(url)),
    ),
    identifier: derived('identifier', text, ({ url }) => identifierOfText(String(url))),
  }
}

function fileUrl<T extends FileUrl>({ read, write, complete }: Shape<T>): Complete<T> {
  return {
    read,
    complete,
    write(value, place) {
      const written = write(value, place)
      if (written['media_type'] !== null) return written
      const what = String(written['kind']).replace('-url', ' URL')
      throw place.refusal(
        `Could not infer media type from ${what}: ${String(written['url'])}. Explicitly provide a \`media_type\` instead.`,
      )
    },
  }
}
