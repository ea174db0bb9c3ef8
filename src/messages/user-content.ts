import { base64ToBytes, bytesToBase64, normaliseBase64, standardBase64 } from '../codec/index.ts'
import { identifierOfBase64, identifierOfText } from './identifier.ts'
import { inferMediaType, uploadedFileMediaType } from './media-type.ts'

/** What a user prompt is made of, besides plain text. */
export type UserContent = string | TextContent | FileUrl | BinaryContent | UploadedFile | CachePoint

/** Media by address; the provider or the adapter fetches it. */
export type FileUrl = ImageUrl | AudioUrl | VideoUrl | DocumentUrl

/** Media that may also stand inside the content of a tool return. */
export type MultiModalContent = FileUrl | BinaryContent | UploadedFile

/** Text with data of the application's own beside it; the model sees the text only. */
export interface TextContent {
  readonly content: string
  readonly metadata: unknown
  readonly kind: 'text-content'
}

/** What media by address has in common. */
export interface FileUrlFields {
  readonly url: string
  /** Whether the adapter downloads the file instead of handing on the URL; `'allow-local'` also permits private addresses. */
  readonly forceDownload: boolean | 'allow-local'
  /** Read by single providers, such as `{ detail: 'high' }`. */
  readonly vendorMetadata: Readonly<Record<string, unknown>> | null
  /** `null` when the address does not tell; such content cannot be written as JSON. */
  readonly mediaType: string | null
  /** How the model may refer to the file. Default: six hex digits of a hash of the address. */
  readonly identifier: string
}

/** A picture by address. */
export interface ImageUrl extends FileUrlFields {
  readonly kind: 'image-url'
}

/** Sound by address. */
export interface AudioUrl extends FileUrlFields {
  readonly kind: 'audio-url'
}

/** A film by address. */
export interface VideoUrl extends FileUrlFields {
  readonly kind: 'video-url'
}

/** Any other file by address, such as a PDF. */
export interface DocumentUrl extends FileUrlFields {
  readonly kind: 'document-url'
}

/** Media inline. */
export interface BinaryContent {
  /** Base64 in the URL-safe alphabet, with padding. `bytesOf` decodes it, `standardBase64Of` respells it. */
  readonly data: string
  readonly mediaType: string
  readonly vendorMetadata: Readonly<Record<string, unknown>> | null
  readonly kind: 'binary'
  /** How the model may refer to the file. Default: six hex digits of a hash of the bytes. */
  readonly identifier: string
}

/** A file that the provider already holds. */
export interface UploadedFile {
  readonly fileId: string
  readonly providerName: string
  readonly vendorMetadata: Readonly<Record<string, unknown>> | null
  readonly kind: 'uploaded-file'
  readonly mediaType: string
  readonly identifier: string
}

/** Asks providers that can to cache the prompt up to here. */
export interface CachePoint {
  readonly kind: 'cache-point'
  readonly ttl: '5m' | '1h'
}

/** `T` where only the fields of `TRequired` must be given. */
export type InputOf<T, TRequired extends keyof T> = Pick<T, TRequired> & Partial<Omit<T, TRequired>>

/** `TextContent` as callers may write it. Default: no metadata. */
export type TextContentInput = InputOf<TextContent, 'content' | 'kind'>
/** `FileUrl` as callers may write it; defaults as in {@link FileUrlOptions}. */
export type FileUrlInput =
  | InputOf<ImageUrl, 'url' | 'kind'>
  | InputOf<AudioUrl, 'url' | 'kind'>
  | InputOf<VideoUrl, 'url' | 'kind'>
  | InputOf<DocumentUrl, 'url' | 'kind'>
/** `data` may be base64 in either alphabet, with or without padding. */
export type BinaryContentInput = InputOf<BinaryContent, 'data' | 'mediaType' | 'kind'>
/** `UploadedFile` as callers may write it; defaults as in the factory. */
export type UploadedFileInput = InputOf<UploadedFile, 'fileId' | 'providerName' | 'kind'>
/** `CachePoint` as callers may write it. Default: five minutes. */
export type CachePointInput = InputOf<CachePoint, 'kind'>

/** `UserContent` as callers may write it: what has a default may be left out. */
export type UserContentInput =
  | string
  | TextContentInput
  | FileUrlInput
  | BinaryContentInput
  | UploadedFileInput
  | CachePointInput

/** What a factory of a URL takes besides the address. */
export interface FileUrlOptions {
  /** Default `false`. */
  readonly forceDownload?: boolean | 'allow-local'
  readonly vendorMetadata?: Readonly<Record<string, unknown>> | null
  /** Default: by the extension of the path. */
  readonly mediaType?: string | null
  readonly identifier?: string
}

/** `metadata` stays with the application; the model does not see it. */
export function TextContent(content: string, metadata: unknown = null): TextContent {
  return { content, metadata, kind: 'text-content' }
}

/** From an `https:` address and the like, or a data URL. */
export function ImageUrl(url: string, options: FileUrlOptions = {}): ImageUrl {
  return fileUrl('image-url', url, options)
}

/** From an `https:` address and the like, or a data URL. */
export function AudioUrl(url: string, options: FileUrlOptions = {}): AudioUrl {
  return fileUrl('audio-url', url, options)
}

/** From an `https:` address and the like, or a data URL. */
export function VideoUrl(url: string, options: FileUrlOptions = {}): VideoUrl {
  return fileUrl('video-url', url, options)
}

/** From an `https:` address and the like, or a data URL. */
export function DocumentUrl(url: string, options: FileUrlOptions = {}): DocumentUrl {
  return fileUrl('document-url', url, options)
}

/**
 * From bytes, or from their base64 in either alphabet.
 *
 * @throws {ValidationError} when a string is not base64
 */
export function BinaryContent(
  data: Uint8Array | string,
  mediaType: string,
  options: {
    readonly vendorMetadata?: Readonly<Record<string, unknown>> | null
    readonly identifier?: string
  } = {},
): BinaryContent {
  const base64 = typeof data === 'string' ? normaliseBase64(data, ['data']) : bytesToBase64(data)
  return {
    data: base64,
    mediaType,
    vendorMetadata: options.vendorMetadata ?? null,
    kind: 'binary',
    identifier: options.identifier ?? identifierOfBase64(base64),
  }
}

/**
 * The bytes themselves.
 *
 * @throws {ValidationError} when the data is not base64
 */
export function bytesOf(content: Pick<BinaryContent, 'data'>): Uint8Array<ArrayBuffer> {
  return base64ToBytes(content.data)
}

/** The data in the alphabet of data URLs and most providers (`+` and `/`). */
export function standardBase64Of(content: Pick<BinaryContent, 'data'>): string {
  return standardBase64(content.data)
}

/** `providerName` says whose file it is, in the words of a response's `providerName`. */
export function UploadedFile(
  fileId: string,
  providerName: string,
  options: {
    readonly vendorMetadata?: Readonly<Record<string, unknown>> | null
    /** Default: by the extension of the id, else `application/octet-stream`. */
    readonly mediaType?: string
    readonly identifier?: string
  } = {},
): UploadedFile {
  return {
    fileId,
    providerName,
    vendorMetadata: options.vendorMetadata ?? null,
    kind: 'uploaded-file',
    mediaType: options.mediaType ?? uploadedFileMediaType(fileId),
    identifier: options.identifier ?? identifierOfText(fileId),
  }
}

/** `ttl` is how long the provider keeps what it cached. */
export function CachePoint(ttl: CachePoint['ttl'] = '5m'): CachePoint {
  return { kind: 'cache-point', ttl }
}

function fileUrl<TKind extends FileUrl['kind']>(
  kind: TKind,
  url: string,
  options: FileUrlOptions,
): FileUrlFields & { readonly kind: TKind } {
  return {
    url,
    forceDownload: options.forceDownload ?? false,
    vendorMetadata: options.vendorMetadata ?? null,
    kind,
    mediaType: options.mediaType ?? inferMediaType(kind, url),
    identifier: options.identifier ?? identifierOfText(url),
  }
}
