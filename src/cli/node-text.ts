import {
  callArguments,
  type ModelMessage,
  type RequestPart,
  type ResponsePart,
  retryPromptText,
  toolReturnMedia,
  toolReturnText,
  type UserContent,
} from '../messages/index.ts'
import type { NodeOrEnd } from '../nodes/index.ts'
import { plain } from './plain.ts'

/** The state a node belongs to, as the chart calls it. */
export const stateNames: Readonly<Record<NodeOrEnd['kind'], string>> = {
  'user-prompt': 'UserPrompt',
  'model-request': 'ModelRequest',
  'call-tools': 'CallTools',
  end: 'End',
}

/** Something a node holds, with a word for what it is. */
export interface Entry {
  readonly label: string
  readonly text: string
  /** Whether it is bad news. */
  readonly isTrouble?: boolean
}

/** What a node holds, in order. */
export function entriesOf(node: NodeOrEnd): readonly Entry[] {
  switch (node.kind) {
    case 'user-prompt':
      return userPromptEntries(node)
    case 'model-request':
      return messageEntries(node.request)
    case 'call-tools':
      return messageEntries(node.response)
    case 'end':
      return [{ label: 'output', text: valueText(node.data.output) }]
  }
}

/** What a message holds, in order. */
export function messageEntries(message: ModelMessage): readonly Entry[] {
  return message.kind === 'request'
    ? message.parts.map(requestEntry)
    : message.parts.map(responseEntry)
}

function userPromptEntries({
  userPrompt,
  deferredToolResults,
}: Extract<NodeOrEnd, { kind: 'user-prompt' }>): readonly Entry[] {
  const prompt = userPrompt === null ? [] : [{ label: 'prompt', text: contentText(userPrompt) }]
  if (deferredToolResults === undefined) return prompt
  return [...prompt, { label: 'answers', text: valueText(deferredToolResults) }]
}

function requestEntry(part: RequestPart): Entry {
  switch (part.partKind) {
    case 'system-prompt':
      return { label: 'system', text: part.content }
    case 'user-prompt':
      return { label: 'user', text: contentText(part.content) }
    case 'tool-return': {
      const media = toolReturnMedia(part).map((item) => contentText([item]))
      const text = [toolReturnText(part), ...media].filter(Boolean).join('\n')
      if (part.outcome === 'success') return { label: 'result', text: `${part.toolName} → ${text}` }
      return { label: part.outcome, text: `${part.toolName} → ${text}`, isTrouble: true }
    }
    case 'retry-prompt': {
      const subject = part.toolName === null ? '' : `${part.toolName} → `
      return { label: 'retry', text: `${subject}${retryPromptText(part)}`, isTrouble: true }
    }
    case 'tool-availability-delta':
      return { label: 'new tools', text: part.toolsAdded.join(', ') }
    case 'speech':
      return { label: part.speaker, text: part.transcript ?? '(audio)' }
  }
}

function responseEntry(part: ResponsePart): Entry {
  switch (part.partKind) {
    case 'text':
      return { label: 'text', text: part.content }
    case 'thinking':
      return { label: 'thinking', text: part.content }
    case 'tool-call':
      return { label: 'call', text: `${part.toolName} ${JSON.stringify(callArguments(part))}` }
    case 'builtin-tool-call':
      return { label: 'provider', text: `${part.toolName} ${JSON.stringify(callArguments(part))}` }
    case 'builtin-tool-return':
      return { label: 'provider', text: `${part.toolName} → ${valueText(part.content)}` }
    case 'compaction':
      return { label: 'summary', text: part.content ?? '(for the provider only)' }
    case 'file':
      return { label: 'file', text: contentText([part.content]) }
    case 'speech':
      return { label: part.speaker, text: part.transcript ?? '(audio)' }
  }
}

/** What a user or a tool gave; files are said, not shown. */
export function contentText(content: string | readonly UserContent[]): string {
  if (typeof content === 'string') return content
  return content.map(itemText).filter(Boolean).join('\n')
}

function itemText(item: UserContent): string {
  if (typeof item === 'string') return item
  switch (item.kind) {
    case 'text-content':
      return item.content
    case 'binary':
      return `(${item.mediaType}, ${Math.floor((item.data.length * 3) / 4)} bytes)`
    case 'image-url':
    case 'audio-url':
    case 'video-url':
    case 'document-url':
      return `(${item.kind}) ${item.url}`
    case 'uploaded-file':
      return `(${item.mediaType}, uploaded as ${item.fileId})`
    case 'cache-point':
      return ''
  }
}

/** Any value for a person to read: text as it is, files are said, not shown, else JSON over several lines. */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return value
  const files = toolReturnMedia({ content: value })
  if (files.length > 0 && files.length === [value].flat().length) return contentText(files)
  return JSON.stringify(value, plain, 2) ?? String(value)
}
