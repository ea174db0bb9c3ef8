/**
 * Messages as a snapshot holds them: as on the wire, but for what goes without saying.
 *
 *   - `run_id` and `conversation_id`, where they are those of the run
 *   - `instructions`, where they are those of the request before
 *   - of messages, parts and usage: what is null, nothing, or as it is unless something went wrong
 *
 * It halves a snapshot, and what is not there needs no parsing. Messages that leave nothing out are read just as well.
 */
import { isRecord } from '../codec/index.ts'

/** The run that the messages are of. */
export interface Ids {
  readonly run: string
  readonly conversation: string
}

/** @param messages on the wire, whole */
export function brief(messages: readonly unknown[], ids: Ids): unknown[] {
  let instructions: unknown = null
  return messages.map((message) => {
    if (!isRecord(message)) return message
    const { run_id: run, conversation_id: conversation, parts, usage, ...rest } = message
    const isRequest = message['kind'] === 'request'
    const repeats = isRequest && rest['instructions'] === instructions
    if (isRequest) instructions = rest['instructions']
    return {
      parts: Array.isArray(parts) ? parts.map((part) => said(part, unsaidOfPart)) : parts,
      ...(usage !== undefined && { usage: said(usage, unsaidOfUsage) }),
      ...without(rest, unsaidOfMessage),
      ...(isRequest && !repeats && { instructions }),
      ...(run !== ids.run && { run_id: run }),
      ...(conversation !== ids.conversation && { conversation_id: conversation }),
    }
  })
}

/** @param value what a snapshot holds, not checked yet; it stays as it is */
export function whole(value: unknown, ids: Ids): unknown {
  if (!Array.isArray(value)) return value
  let instructions: unknown = null
  return value.map((message: unknown) => {
    if (!isRecord(message)) return message
    const full: Record<string, unknown> = {
      run_id: ids.run,
      conversation_id: ids.conversation,
      ...message,
    }
    if (message['kind'] !== 'request') return full
    if (Object.hasOwn(message, 'instructions')) instructions = message['instructions']
    else full['instructions'] = instructions
    return full
  })
}

type Unsaid = (key: string, value: unknown) => boolean

function said(value: unknown, isUnsaid: Unsaid): unknown {
  return isRecord(value) ? without(value, isUnsaid) : value
}

function without(
  value: Readonly<Record<string, unknown>>,
  isUnsaid: Unsaid,
): Record<string, unknown> {
  const rest: Record<string, unknown> = {}
  for (const key of Object.keys(value)) if (!isUnsaid(key, value[key])) rest[key] = value[key]
  return rest
}

function unsaidOfMessage(key: string, value: unknown): boolean {
  return key === 'instructions' || value === null || (key === 'state' && value === 'complete')
}

function unsaidOfPart(key: string, value: unknown): boolean {
  return (
    (value === null && key !== 'content') || // a tool may return null
    (key === 'outcome' && value === 'success')
  )
}

const counters: ReadonlySet<string> = new Set([
  'input_tokens',
  'cache_write_tokens',
  'cache_read_tokens',
  'output_tokens',
  'input_audio_tokens',
  'cache_audio_read_tokens',
  'output_audio_tokens',
])

function unsaidOfUsage(key: string, value: unknown): boolean {
  if (key === 'details') return isEmpty(value)
  return value === null || (value === 0 && counters.has(key))
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}
