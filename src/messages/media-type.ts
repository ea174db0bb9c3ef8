import type { FileUrl } from './user-content.ts'

/** Media types by extension, for media that comes without one. */
const types: ReadonlyMap<string, string> = new Map([
  // images
  ['avif', 'image/avif'],
  ['bmp', 'image/bmp'],
  ['gif', 'image/gif'],
  ['heic', 'image/heic'],
  ['heif', 'image/heif'],
  ['ico', 'image/vnd.microsoft.icon'],
  ['jpe', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['jpg', 'image/jpeg'],
  ['png', 'image/png'],
  ['svg', 'image/svg+xml'],
  ['tif', 'image/tiff'],
  ['tiff', 'image/tiff'],
  ['webp', 'image/webp'],
  // audio
  ['aac', 'audio/aac'],
  ['aif', 'audio/aiff'],
  ['aiff', 'audio/aiff'],
  ['flac', 'audio/flac'],
  ['m4a', 'audio/mp4'],
  ['mp3', 'audio/mpeg'],
  ['oga', 'audio/ogg'],
  ['ogg', 'audio/ogg'],
  ['opus', 'audio/opus'],
  ['wav', 'audio/wav'],
  // video
  ['3gp', 'video/3gpp'],
  ['3gpp', 'video/3gpp'],
  ['three_gp', 'video/3gpp'],
  ['avi', 'video/x-msvideo'],
  ['flv', 'video/x-flv'],
  ['mkv', 'video/x-matroska'],
  ['mov', 'video/quicktime'],
  ['mp4', 'video/mp4'],
  ['mpeg', 'video/mpeg'],
  ['mpg', 'video/mpeg'],
  ['webm', 'video/webm'],
  ['wmv', 'video/x-ms-wmv'],
  // documents
  ['asciidoc', 'text/x-asciidoc'],
  ['css', 'text/css'],
  ['csv', 'text/csv'],
  ['doc', 'application/msword'],
  ['docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  ['htm', 'text/html'],
  ['html', 'text/html'],
  ['js', 'text/javascript'],
  ['json', 'application/json'],
  ['md', 'text/markdown'],
  ['pdf', 'application/pdf'],
  ['ppt', 'application/vnd.ms-powerpoint'],
  ['pptx', 'application/vnd.openxmlformats-officedocument.presentationml.presentation'],
  ['rtf', 'application/rtf'],
  ['toml', 'application/toml'],
  ['tsv', 'text/tab-separated-values'],
  ['txt', 'text/plain'],
  ['xls', 'application/vnd.ms-excel'],
  ['xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
  ['xml', 'text/xml'],
  ['yaml', 'application/yaml'],
  ['yml', 'application/yaml'],
  ['zip', 'application/zip'],
])

const youTube = /^https?:\/\/(?:www\.|m\.)?(?:youtube\.com|youtu\.be)(?:[/?#:]|$)/i

/** The media type an address tells, by its extension or, for data URLs, in so many words; `null` when it does not. */
export function inferMediaType(kind: FileUrl['kind'], url: string): string | null {
  if (isYouTubeVideo({ kind, url })) return 'video/mp4'
  return typeOfAddress(url)
}

/** Whether this is the page of a video, which providers know how to watch, and not a file. */
export function isYouTubeVideo({ kind, url }: Pick<FileUrl, 'kind' | 'url'>): boolean {
  return kind === 'video-url' && youTube.test(url)
}

/** What an uploaded file is taken for when its sender did not say. */
export function uploadedFileMediaType(fileId: string): string {
  return typeOfAddress(fileId) ?? 'application/octet-stream'
}

function typeOfAddress(address: string): string | null {
  const stated = /^data:([^;,/]+\/[^;,]+)/i.exec(address)?.[1]
  if (stated !== undefined) return stated
  const path = address.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '')
  const extension = /\.(\w+)$/.exec(path)?.[1]
  return types.get(extension?.toLowerCase() ?? '') ?? null
}
