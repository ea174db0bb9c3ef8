import {
  AmbiguousCallError,
  type OpenCall,
  RunNotFoundError,
  VerdictMismatchError,
} from '../errors/index.ts'
import type { Change, ChangeReads, InboxRow, MarkRow, RunRow, RunRows } from './backend.ts'
import { awaitsOf, callName, isMeant, placeOf } from './calls.ts'
import type { Delivery, InboxEvent } from './inbox.ts'
import { isLeased, withDueTime } from './leases.ts'
import { keyOf } from './names.ts'

type Cancel = Extract<InboxEvent, { type: 'cancel' }>
type Enqueue = Extract<InboxEvent, { type: 'enqueue' }>
type Verdict = Exclude<InboxEvent, Cancel | Enqueue>

/** `unknown`: no call of this address was ever awaited; whether the run made it is not said. */
export type DeliveryOutcome = Delivery | 'unknown'

/** An event with what is needed to write it. */
export interface Parcel {
  readonly runId: string
  readonly event: InboxEvent
  /** Payload. */
  readonly text: string
  readonly now: number
}

const cancelKey = keyOf('cancel')

/** What has to be known to deliver an event. */
export function deliveryReads(event: InboxEvent): ChangeReads {
  switch (event.type) {
    case 'cancel':
      return { inbox: true }
    case 'enqueue':
      return { marks: { name: keyOf('enqueue', event.id) } }
    case 'tool-call-approved':
    case 'tool-call-denied':
    case 'tool-call-answered':
      return { marks: { name: callName(event.toolCallId) } }
  }
}

/**
 * Decides what becomes of an event.
 *
 * @throws {RunNotFoundError}
 * @throws {AmbiguousCallError}
 * @throws {VerdictMismatchError}
 */
export function planDelivery(rows: RunRows, parcel: Parcel): Change<DeliveryOutcome> {
  const { run } = rows
  if (run === null) throw new RunNotFoundError(parcel.runId)
  const { event } = parcel
  switch (event.type) {
    case 'cancel':
      return planCancel(run, rows.inbox, parcel)
    case 'enqueue':
      return planEnqueue(run, rows.marks, event, parcel)
    case 'tool-call-approved':
    case 'tool-call-denied':
    case 'tool-call-answered':
      return planVerdict(run, rows.marks, event, parcel)
  }
}

function planCancel(run: RunRow, inbox: readonly InboxRow[], parcel: Parcel): Change<Delivery> {
  if (inbox.some(({ key }) => key === cancelKey)) return { result: 'repeated' }
  // It would cancel the run that somebody resumes later.
  const rests = run.status === 'cancelled' && !isLeased(run, parcel.now)
  if (rests || run.status === 'done') return { result: 'late' }
  return accept(run, parcel, { key: cancelKey, detail: '' })
}

function planEnqueue(
  run: RunRow,
  marks: readonly MarkRow[],
  { id }: Enqueue,
  parcel: Parcel,
): Change<Delivery> {
  if (marks.length > 0) return { result: 'repeated' }
  if (run.status === 'done') return { result: 'late' }
  const key = keyOf('enqueue', id)
  return accept(run, parcel, { key, name: key, detail: '', isOpen: false, isGiven: true })
}

function planVerdict(
  run: RunRow,
  marks: readonly MarkRow[],
  event: Verdict,
  parcel: Parcel,
): Change<DeliveryOutcome> {
  const meant = marks.filter(({ detail }) => isMeant(placeOf(detail), event))
  const open = meant.filter(({ isOpen }) => isOpen)
  if (open.length > 1) {
    const calls = open.map(({ detail }) => callAt(event.toolCallId, detail))
    throw new AmbiguousCallError(run.runId, event.toolCallId, calls)
  }
  if (open[0]?.isGiven ?? meant.some(({ isGiven }) => isGiven)) return { result: 'repeated' }
  if (run.status === 'done') return { result: 'late' }
  const [only] = open
  if (only === undefined) return { result: meant.length > 0 ? 'late' : 'unknown' }
  const awaits = awaitsOf(only.detail)
  if (!VerdictMismatchError.isOne(awaits, event.type))
    return accept(run, parcel, { ...only, isGiven: true })
  throw new VerdictMismatchError(run.runId, event.toolCallId, awaits)
}

function callAt(toolCallId: string, detail: string): OpenCall {
  return { toolCallId, ...placeOf(detail) }
}

function accept(
  run: RunRow,
  { text, now }: Parcel,
  mark: MarkRow | Pick<MarkRow, 'key' | 'detail'>,
): Change<Delivery> {
  const { key, detail } = mark
  const id = run.inboxLastId + 1
  // What was said may be what a failed run lacks: however often it was tried, it is worth another try.
  const attempts = run.status === 'failed' ? 0 : run.attempts
  const inboxCount = run.inboxCount + 1
  const counted = { ...run, updatedAt: now, inboxLastId: id, inboxCount, attempts }
  const writes = { run: withDueTime(counted), inbox: [{ id, at: now, key, detail, event: text }] }
  return { result: 'accepted', writes: 'name' in mark ? { ...writes, marks: [mark] } : writes }
}
