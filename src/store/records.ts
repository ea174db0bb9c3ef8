import { isRecord, Place } from '../codec/index.ts'
import type { AwaitedCall } from '../snapshot/index.ts'
import { awaitedCalls } from './awaited-shape.ts'
import type { InboxRow, RunRow, StepRow } from './backend.ts'
import { placeOf } from './calls.ts'
import type { InboxEntry } from './inbox.ts'
import { readInboxEvent } from './inbox-event.ts'
import { isLeased } from './leases.ts'
import type { Payloads } from './payloads.ts'
import type { HistoryEntry, RunRecord } from './stored-run.ts'

/** What users see of rows. */

export async function recordOf(run: RunRow, payloads: Payloads, now: number): Promise<RunRecord> {
  const { runId, forkedFromRunId, forkedFromSeq } = run
  const forked = forkedFromRunId !== null && forkedFromSeq !== null
  return {
    runId,
    conversationId: run.conversationId,
    agentName: run.agentName,
    status: run.status,
    title: run.title === null ? null : await payloads.readText(runId, 'title', run.title),
    createdAt: isoTime(run.createdAt),
    updatedAt: isoTime(run.updatedAt),
    seq: run.seq,
    step: run.step,
    messageCount: run.messageCount,
    wakeAt: run.wakeAt,
    attempts: run.attempts,
    owner: isLeased(run, now) ? run.owner : null,
    error: run.error === null ? null : errorOf(await payloads.read(runId, 'error', run.error)),
    forkedFrom: forked ? { runId: forkedFromRunId, seq: forkedFromSeq } : null,
  }
}

export function historyEntry({ seq, state, step, messageCount, at }: StepRow): HistoryEntry {
  return { seq, state, step, messageCount, at: isoTime(at) }
}

/** The entry; an event about a call says exactly which one. */
export async function inboxEntry(
  runId: string,
  row: InboxRow,
  payloads: Payloads,
): Promise<InboxEntry> {
  const event = readInboxEvent(await payloads.read(runId, 'event', row.event))
  const place = 'toolCallId' in event ? placeOf(row.detail) : {}
  return { id: row.id, event: { ...event, ...place }, at: isoTime(row.at) }
}

export async function readAwaits(
  runId: string,
  text: string,
  payloads: Payloads,
): Promise<readonly AwaitedCall[]> {
  return awaitedCalls.read(await payloads.read(runId, 'awaits', text), new Place())
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}

function errorOf(value: unknown): RunRecord['error'] {
  if (!isRecord(value)) return null
  return { name: String(value['name']), message: String(value['message']) }
}
