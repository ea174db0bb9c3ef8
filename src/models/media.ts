import { UserError } from '../errors/index.ts'
import { BinaryContent, bytesOf, standardBase64Of, type UploadedFile } from '../messages/index.ts'

const textTypes = /^(text\/|application\/(json|xml|x-yaml|yaml|toml)\b|.*\+(json|xml)\b)/

/** Whether the bytes are text. Drawings in SVG are. */
export function isTextType(mediaType: string): boolean {
  return textTypes.test(mediaType)
}

export function textOf(content: BinaryContent): string {
  return new TextDecoder().decode(bytesOf(content))
}

/** A text file for models that are told it as part of the prompt, with marks where it begins and ends. */
export function fencedText(content: BinaryContent): string {
  const { identifier: id, mediaType } = content
  const begin = `-----BEGIN FILE id="${id}" type="${mediaType}"-----`
  return [begin, textOf(content), `-----END FILE id="${id}"-----`].join('\n')
}

export function dataUrlOf(content: BinaryContent): string {
  return `data:${content.mediaType};base64,${standardBase64Of(content)}`
}

/** What an address holds that is the data itself; `undefined` for any other. */
export function contentOfDataUrl(url: string): BinaryContent | undefined {
  const [, mediaType, data] = /^data:([^;,]+);base64,(.*)$/s.exec(url) ?? []
  return mediaType === undefined ? undefined : BinaryContent(data ?? '', mediaType)
}

/** For a file that another provider holds. */
export function uploadedElsewhere(
  { fileId, providerName }: UploadedFile,
  system: string,
): UserError {
  return new UserError(
    `The file '${fileId}' was uploaded to '${providerName}', not to '${system}'`,
    {
      hint: 'Upload it to the provider of the model, or pass BinaryContent(bytes, mediaType)',
    },
  )
}
