/**
 * The conversation as the page shows it: one entry a message, results beside the calls that they answer. Entries of
 * messages that did not change are the same objects, so that nothing is drawn again.
 */
import { fieldOf, isObject, type JsonObject, objectsOf, textOf } from './json.ts'

/** A piece of a message. */
export type Block =
  | {
      readonly kind: 'text' | 'thinking' | 'user' | 'system' | 'retry' | 'note'
      readonly text: string
    }
  | { readonly kind: 'call'; readonly call: CallView }
  | { readonly kind: 'file'; readonly file: FileView }

export interface CallView {
  readonly toolCallId: string
  readonly toolName: string
  readonly args: unknown
  /** Place among the calls of its response that the run answers; `null`: the provider answers it. */
  readonly index: number | null
  readonly result: ResultView | null
}

export interface ResultView {
  readonly outcome: 'success' | 'failed' | 'denied' | 'interrupted' | 'retry'
  readonly content: unknown
}

export interface FileView {
  readonly mediaType: string
  readonly identifier: string
  /** Only of pictures that a browser draws. */
  readonly dataUrl: string | null
  /** Shown, never followed. */
  readonly address: string | null
}

export interface Entry {
  readonly key: string
  readonly kind: 'request' | 'response'
  /** Its place in the log. */
  readonly at: number
  readonly message: JsonObject
  readonly blocks: readonly Block[]
  readonly isPartial: boolean
}

interface Cached {
  readonly next: JsonObject | undefined
  readonly entry: Entry
}

const cache = new WeakMap<JsonObject, Cached>()

/** The entry of one message of a log. */
export function entryAt(log: readonly JsonObject[], at: number): Entry | undefined {
  const [message, next] = [log[at], log[at + 1]]
  if (message === undefined) return undefined
  const known = cache.get(message)
  if (known !== undefined && known.next === next && known.entry.at === at) return known.entry
  const entry = entryOf(message, at, next)
  cache.set(message, { next, entry })
  return entry
}

function entryOf(message: JsonObject, at: number, next: JsonObject | undefined): Entry {
  const kind = message['kind'] === 'response' ? 'response' : 'request'
  const parts = objectsOf(message['parts'])
  const state = textOf(message['state'])
  return {
    key: `${at}-${kind}`,
    kind,
    at,
    message,
    blocks: kind === 'response' ? responseBlocks(parts, answersIn(next)) : requestBlocks(parts),
    isPartial: state !== '' && state !== 'complete',
  }
}

function answersIn(next: JsonObject | undefined): readonly JsonObject[] {
  return next?.['kind'] === 'request' ? objectsOf(next['parts']).filter(isAnswer) : []
}

function isAnswer(part: JsonObject): boolean {
  const kind = fieldOf(part, 'partKind')
  return kind === 'tool-return' || (kind === 'retry-prompt' && fieldOf(part, 'toolName') != null)
}

export function responseBlocks(
  parts: readonly JsonObject[],
  answers: readonly JsonObject[],
): readonly Block[] {
  const open = [...answers]
  let calls = 0
  return parts.flatMap((part) => {
    if (fieldOf(part, 'partKind') !== 'tool-call') return responseBlock(part, parts)
    const found = open.findIndex((answer) => fieldOf(answer, 'toolCallId') === idOf(part))
    const [answer] = found === -1 ? [] : open.splice(found, 1)
    return callBlock(part, calls++, answer === undefined ? null : resultView(answer))
  })
}

function responseBlock(part: JsonObject, parts: readonly JsonObject[]): readonly Block[] {
  switch (fieldOf(part, 'partKind')) {
    case 'text':
      return textBlock('text', part['content'])
    case 'thinking':
      return textBlock('thinking', part['content'])
    case 'builtin-tool-call': {
      const answer = parts.find(
        (other) =>
          fieldOf(other, 'partKind') === 'builtin-tool-return' &&
          fieldOf(other, 'toolCallId') === idOf(part),
      )
      return callBlock(part, null, answer === undefined ? null : resultView(answer))
    }
    case 'builtin-tool-return':
      return []
    case 'file':
      return [{ kind: 'file', file: fileView(part['content']) }]
    case 'speech':
      return textBlock('text', part['transcript'] ?? '(speech)')
    default:
      return textBlock('note', part['content'] ?? textOf(fieldOf(part, 'partKind')))
  }
}

function requestBlocks(parts: readonly JsonObject[]): readonly Block[] {
  return parts.flatMap((part): readonly Block[] => {
    const kind = fieldOf(part, 'partKind')
    if (isAnswer(part)) return []
    if (kind === 'user-prompt') return userBlocks(part['content'])
    if (kind === 'system-prompt') return textBlock('system', part['content'])
    if (kind === 'retry-prompt') return textBlock('retry', retryText(part['content']))
    if (kind === 'speech') return textBlock('user', part['transcript'] ?? '(speech)')
    const added = fieldOf(part, 'toolsAdded')
    return textBlock('note', Array.isArray(added) ? `Tools added: ${added.join(', ')}` : kind)
  })
}

function userBlocks(content: unknown): readonly Block[] {
  if (!Array.isArray(content)) return textBlock('user', content)
  return content.flatMap((item: unknown): readonly Block[] => {
    if (!isObject(item)) return textBlock('user', item)
    if (item['kind'] === 'cache-point') return []
    if (item['kind'] === 'text-content') return textBlock('user', item['content'])
    return [{ kind: 'file', file: fileView(item) }]
  })
}

type TextKind = Extract<Block, { readonly text: string }>['kind']

function textBlock(kind: TextKind, content: unknown): readonly Block[] {
  const text = typeof content === 'string' ? content : JSON.stringify(content ?? null, null, 2)
  return text === '' || text === 'null' ? [] : [{ kind, text }]
}

function callBlock(part: JsonObject, index: number | null, result: ResultView | null): Block[] {
  const toolName = textOf(fieldOf(part, 'toolName'))
  const { args } = part
  return [{ kind: 'call', call: { toolCallId: idOf(part), toolName, args, index, result } }]
}

function idOf(part: JsonObject): string {
  return textOf(fieldOf(part, 'toolCallId'))
}

const outcomes = ['success', 'failed', 'denied', 'interrupted', 'retry'] as const

/** What answers a call. */
export function resultView(part: JsonObject): ResultView {
  if (fieldOf(part, 'partKind') === 'retry-prompt')
    return { outcome: 'retry', content: retryText(part['content']) }
  const outcome = outcomes.find((known) => known === part['outcome']) ?? 'success'
  return { outcome, content: part['content'] }
}

function retryText(content: unknown): string {
  if (typeof content === 'string') return content
  return objectsOf(content)
    .map(({ loc, msg }) => `${Array.isArray(loc) ? loc.join('.') : ''}: ${textOf(msg)}`)
    .join('\n')
}

const drawn = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif']

function fileView(value: unknown): FileView {
  const file = isObject(value) ? value : {}
  const mediaType = textOf(fieldOf(file, 'mediaType'))
  const data = textOf(file['data'])
  const base64 = data.replaceAll('-', '+').replaceAll('_', '/')
  return {
    mediaType: mediaType || textOf(file['kind']),
    identifier: textOf(file['identifier']) || textOf(fieldOf(file, 'fileId')),
    dataUrl: drawn.includes(mediaType) && data !== '' ? `data:${mediaType};base64,${base64}` : null,
    address: typeof file['url'] === 'string' ? file['url'] : null,
  }
}
