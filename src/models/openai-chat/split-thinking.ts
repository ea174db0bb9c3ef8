import type { ResponsePartInput } from '../../messages/index.ts'

const opening = '<think>'
const closing = '</think>'

/**
 * Text whose model writes its thinking into the answer between `<think>` tags, as parts. Thinking that is never closed
 * counts as text.
 */
export function splitThinking(content: string, providerName: string): ResponsePartInput[] {
  const parts: ResponsePartInput[] = []
  const addText = (text: string): void => {
    if (text !== '') parts.push({ partKind: 'text', content: text })
  }
  let rest = content
  for (let start = rest.indexOf(opening); start >= 0; start = rest.indexOf(opening)) {
    addText(rest.slice(0, start))
    rest = rest.slice(start + opening.length)
    const end = rest.indexOf(closing)
    if (end < 0) break
    parts.push({ partKind: 'thinking', content: rest.slice(0, end), id: 'content', providerName })
    rest = rest.slice(end + closing.length)
  }
  addText(rest)
  return parts
}
