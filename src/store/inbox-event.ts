import { isRecord, Place, writeData } from '../codec/index.ts'
import { ValidationError } from '../errors/index.ts'
import type { DeliveryAddress, InboxEvent } from './inbox.ts'

type Fields = Readonly<Record<string, unknown>>

const address = ['type', 'toolCallId', 'index', 'path', 'by']
const known = new Map<unknown, readonly string[]>([
  ['tool-call-approved', [...address, 'overrideArgs']],
  ['tool-call-denied', [...address, 'message']],
  ['tool-call-answered', [...address, 'result']],
  ['cancel', ['type', 'reason']],
  ['enqueue', ['type', 'id', 'content', 'priority']],
])

/**
 * An event that somebody sent. Data in it becomes what JSON can hold; a misspelt key is refused rather than left out,
 * since `overrideArgs` that are not seen would approve something else.
 *
 * @throws {ValidationError} when it is none
 */
export function readInboxEvent(value: unknown): InboxEvent {
  if (!isRecord(value)) throw new ValidationError('Expected an event', [])
  const keys = known.get(value['type'])
  if (keys === undefined) {
    const types = [...known.keys()].map((type) => `\`${String(type)}\``)
    throw new ValidationError(`Expected one of ${types.join(', ')}`, ['type'])
  }
  for (const key of Object.keys(value)) {
    if (keys.includes(key)) continue
    const names = keys.map((name) => `\`${name}\``).join(', ')
    throw new ValidationError(`No field of this event, which has ${names}`, [key])
  }
  return eventOf(value)
}

function eventOf(fields: Fields): InboxEvent {
  switch (fields['type']) {
    case 'tool-call-approved':
      return { type: 'tool-call-approved', ...addressOf(fields), ...overrideOf(fields) }
    case 'tool-call-denied':
      return { type: 'tool-call-denied', ...addressOf(fields), ...optionalText(fields, 'message') }
    case 'tool-call-answered':
      return { type: 'tool-call-answered', ...addressOf(fields), result: resultOf(fields) }
    case 'cancel':
      return { type: 'cancel', ...optionalText(fields, 'reason') }
    default:
      return {
        type: 'enqueue',
        ...optionalText(fields, 'id'),
        content: contentOf(fields),
        ...priorityOf(fields),
      }
  }
}

function addressOf(fields: Fields): DeliveryAddress {
  const toolCallId = fields['toolCallId']
  if (typeof toolCallId !== 'string' || toolCallId === '') {
    throw new ValidationError('Expected the id of a call', ['toolCallId'])
  }
  return { toolCallId, ...indexOf(fields), ...pathOf(fields), ...optionalText(fields, 'by') }
}

function indexOf({ index }: Fields): { readonly index?: number } {
  if (index === undefined || index === null) return {}
  if (typeof index === 'number' && Number.isSafeInteger(index) && index >= 0) return { index }
  throw new ValidationError('Expected a whole number from 0', ['index'])
}

function pathOf({ path }: Fields): { readonly path?: readonly string[] } {
  if (path === undefined || path === null) return {}
  if (!Array.isArray(path)) throw new ValidationError('Expected a list of call ids', ['path'])
  return {
    path: path.map((id: unknown, i) => {
      if (typeof id === 'string') return id
      throw new ValidationError('Expected the id of a call', ['path', i])
    }),
  }
}

function overrideOf(fields: Fields): { readonly overrideArgs?: Fields } {
  if (fields['overrideArgs'] === undefined || fields['overrideArgs'] === null) return {}
  const overrideArgs = dataOf(fields, 'overrideArgs')
  if (isRecord(overrideArgs)) return { overrideArgs }
  throw new ValidationError('Expected an object', ['overrideArgs'])
}

function resultOf(fields: Fields): unknown {
  if ('result' in fields) return dataOf(fields, 'result')
  throw new ValidationError('The field `result` is missing', [])
}

function contentOf(fields: Fields): unknown {
  const content = dataOf(fields, 'content')
  if (typeof content === 'string' || (typeof content === 'object' && content !== null)) {
    return content
  }
  throw new ValidationError('Expected text, or parts of a message as JSON', ['content'])
}

function priorityOf({ priority }: Fields): { readonly priority?: 'asap' | 'when_idle' } {
  if (priority === undefined || priority === null) return {}
  if (priority === 'asap' || priority === 'when_idle') return { priority }
  throw new ValidationError('Expected `asap` or `when_idle`', ['priority'])
}

/** The field if it is there; `null` counts as missing. */
function optionalText<TKey extends string>(
  fields: Fields,
  key: TKey,
): { readonly [K in TKey]?: string } {
  const value = fields[key]
  if (value === undefined || value === null) return {}
  if (typeof value !== 'string') throw new ValidationError('Expected text', [key])
  const found: { [K in TKey]?: string } = {}
  found[key] = value
  return found
}

function dataOf(fields: Fields, key: string): unknown {
  const place = new Place()
  place.path.push(key)
  return writeData(fields[key], place, null) ?? null
}
