import {
  type Codec,
  data,
  defaulting,
  integer,
  list,
  nullable,
  oneOf,
  Place,
  required,
  shape,
  text,
  timestamp,
} from '../codec/index.ts'
import { ValidationError } from '../errors/index.ts'
import type { AwaitedCall } from '../snapshot/index.ts'
import { awaitedCalls } from './awaited-shape.ts'
import type { MarkRow } from './backend.ts'
import { runStatuses } from './run-statuses.ts'
import type { HistoryEntry, RunRecord } from './stored-run.ts'

/**
 * A run as a JSON document. `messages` is the log as of the latest save; what older steps had in its place is in
 * `earlierMessages`, and `messageSeqs` says which save wrote each message.
 */
export interface RunDocument {
  readonly format: 'agentchart/stored-run'
  readonly version: 1
  readonly record: RunRecord
  /** Where the latest save is. */
  readonly state: string
  readonly snapshot: unknown
  readonly awaits: readonly AwaitedCall[]
  readonly messages: readonly unknown[]
  readonly messageSeqs: readonly number[]
  readonly earlierMessages: readonly EarlierMessage[]
  readonly history: readonly DocumentStep[]
  readonly inbox: readonly DocumentEntry[]
  /** The highest id that an entry of the inbox had. */
  readonly inboxLastId: number
  /** What is remembered of calls and messages that came from outside, for what comes twice. */
  readonly marks: readonly MarkRow[]
}

/** A message that the log no longer has, as of the save that wrote it. */
export interface EarlierMessage {
  readonly index: number
  readonly seq: number
  readonly message: unknown
}

/** A step with what can be loaded. */
export interface DocumentStep extends HistoryEntry {
  readonly snapshot: unknown
  readonly awaits: readonly AwaitedCall[]
}

/** An event that waits, and which mark it belongs to. */
export interface DocumentEntry {
  readonly id: number
  readonly at: string
  readonly key: string
  readonly detail: string
  readonly event: unknown
}

const flag: Codec<boolean> = {
  read(value, place) {
    if (typeof value === 'boolean') return value
    throw place.refusal('Expected true or false')
  },
}

const runRecord = shape<RunRecord>({
  runId: required('runId', text),
  conversationId: required('conversationId', text),
  agentName: nullable('agentName', text),
  status: required('status', oneOf(...runStatuses)),
  title: nullable('title', text),
  createdAt: required('createdAt', timestamp),
  updatedAt: required('updatedAt', timestamp),
  seq: required('seq', integer),
  step: required('step', integer),
  messageCount: required('messageCount', integer),
  wakeAt: nullable('wakeAt', integer),
  attempts: defaulting('attempts', integer, () => 0),
  owner: nullable('owner', text),
  error: nullable(
    'error',
    shape<NonNullable<RunRecord['error']>>({
      name: required('name', text),
      message: required('message', text),
    }),
  ),
  forkedFrom: nullable(
    'forkedFrom',
    shape<NonNullable<RunRecord['forkedFrom']>>({
      runId: required('runId', text),
      seq: required('seq', integer),
    }),
  ),
})

const runDocument = shape<RunDocument>({
  format: required('format', oneOf('agentchart/stored-run')),
  version: required('version', { read: readVersion }),
  record: required('record', runRecord),
  state: required('state', text),
  snapshot: required('snapshot', data),
  awaits: required('awaits', awaitedCalls),
  messages: required('messages', list(data)),
  messageSeqs: required('messageSeqs', list(integer)),
  earlierMessages: required(
    'earlierMessages',
    list(
      shape<EarlierMessage>({
        index: required('index', integer),
        seq: required('seq', integer),
        message: required('message', data),
      }),
    ),
  ),
  history: required(
    'history',
    list(
      shape<DocumentStep>({
        seq: required('seq', integer),
        state: required('state', text),
        step: required('step', integer),
        messageCount: required('messageCount', integer),
        at: required('at', timestamp),
        snapshot: required('snapshot', data),
        awaits: required('awaits', awaitedCalls),
      }),
    ),
  ),
  inbox: required(
    'inbox',
    list(
      shape<DocumentEntry>({
        id: required('id', integer),
        at: required('at', timestamp),
        key: required('key', text),
        detail: required('detail', text),
        event: required('event', data),
      }),
    ),
  ),
  inboxLastId: required('inboxLastId', integer),
  marks: required(
    'marks',
    list(
      shape<MarkRow>({
        key: required('key', text),
        name: required('name', text),
        detail: required('detail', text),
        isOpen: required('isOpen', flag),
        isGiven: required('isGiven', flag),
      }),
    ),
  ),
})

/**
 * A document from outside whose numbers fit together.
 *
 * @throws {ValidationError} when it is none
 */
export function readRunDocument(value: unknown): RunDocument {
  const document = runDocument.read(value, new Place())
  const { history, messages, messageSeqs, record } = document
  if (messages.length !== messageSeqs.length || messages.length !== record.messageCount) {
    throw new ValidationError('The numbers of messages differ', ['messageSeqs'])
  }
  checkOnce(document.inbox, ({ id }) => id, 'inbox')
  checkOnce(document.marks, ({ key }) => key, 'marks')
  const firstWhole = wholeFrom(document)
  for (const [i, step] of [...history, record].entries()) {
    const before = history[i - 1]?.seq ?? 0
    const isNext = step === record ? step.seq >= before : step.seq > before
    const isWhole =
      step.messageCount === 0 || (firstWhole[step.messageCount - 1] ?? Infinity) <= step.seq
    if (isNext && isWhole && step.seq >= 1 && step.seq < mostSeq && step.messageCount >= 0) continue
    throw new ValidationError('The step has no number or no messages of its own', ['history', i])
  }
  return document
}

/** Ids of saves have 32 bits for their seq; half of them are left to go on with. */
const mostSeq = 2 ** 31

/** The document as `JSON.stringify` can take it. */
export function writeRunDocument(document: RunDocument): Readonly<Record<string, unknown>> {
  return runDocument.write(document, new Place())
}

function checkOnce<TItem>(
  items: readonly TItem[],
  keyOf: (item: TItem) => unknown,
  field: string,
): void {
  const known = new Set<unknown>()
  for (const [i, item] of items.entries()) {
    if (known.has(keyOf(item))) throw new ValidationError('It is there twice', [field, i])
    known.add(keyOf(item))
  }
}

/** For each index, the save from which on there is a message at it and at all before it. */
function wholeFrom({ messageSeqs, earlierMessages }: RunDocument): readonly number[] {
  const first = [...messageSeqs]
  const rows = new Set(messageSeqs.map((seq, index) => `${index} ${seq}`))
  for (const [i, { index, seq }] of earlierMessages.entries()) {
    if (index < 0 || rows.has(`${index} ${seq}`)) {
      throw new ValidationError('A message has no place of its own', ['earlierMessages', i])
    }
    rows.add(`${index} ${seq}`)
    first[index] = Math.min(first[index] ?? Infinity, seq)
  }
  let latest = 0
  return Array.from(
    first,
    (seq: number | undefined) => (latest = Math.max(latest, seq ?? Infinity)),
  )
}

function readVersion(value: unknown, place: Place): 1 {
  if (value === 1) return 1
  throw place.refusal(`This release reads version 1, and this is ${JSON.stringify(value)}`, {
    hint: 'Update agentchart here as well',
  })
}
