import {
  type MultiModalContent,
  type ToolReturnPart,
  toolReturnMedia,
  toolReturnText,
  type UserContent,
} from '../../messages/index.ts'

/** A tool message holds text only: media is named in it, and follows in a message of the user. */
export interface TextResult {
  readonly text: string
  readonly attachments: readonly UserContent[]
}

export function textResult(part: ToolReturnPart): TextResult {
  const media = toolReturnMedia(part)
  if (media.length === 0) return { text: toolReturnText(part), attachments: [] }
  const attachments = media.flatMap((each) => [`This is file ${each.identifier}:`, each])
  return { text: textWithNames(part, media), attachments }
}

function textWithNames(part: ToolReturnPart, media: readonly MultiModalContent[]): string {
  if (part.outcome === 'failed') {
    const error = { error: toolReturnText({ ...part, outcome: 'success' }) }
    return JSON.stringify([error, ...media.map(nameOf)])
  }
  if (!Array.isArray(part.content)) return media.map(nameOf).join('')
  const texts = part.content.map((content: unknown) => {
    const [single] = toolReturnMedia({ content: [content] })
    return single === undefined ? toolReturnText({ ...part, content }) : nameOf(single)
  })
  return JSON.stringify(texts)
}

function nameOf({ identifier }: MultiModalContent): string {
  return `See file ${identifier}.`
}
