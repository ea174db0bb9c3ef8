import { StoreError, ValidationError } from '../errors/index.ts'
import type { InboxRow, MessageRow, RunDump, RunRow, RunWrites, SaveRow } from './backend.ts'
import { withDueTime } from './leases.ts'
import { checkName, isStorable } from './names.ts'
import type { Payloads } from './payloads.ts'
import { historyEntry, isoTime, readAwaits } from './records.ts'
import {
  type DocumentStep,
  readRunDocument,
  type RunDocument,
  writeRunDocument,
} from './run-document.ts'
import { searchTextOf } from './run-list.ts'
import { errorText, titleText } from './save-texts.ts'
import type { RunRecord } from './stored-run.ts'

/** All rows of a run as a document. */
export async function exportRun(
  dump: RunDump,
  payloads: Payloads,
  record: RunRecord,
): Promise<Readonly<Record<string, unknown>>> {
  const { run, saves } = dump
  const current = saves.find(({ seq }) => seq === run.seq)
  if (current === undefined) throw new StoreError(`The run '${run.runId}' has lost its latest save`)
  const latest = latestMessages(dump)
  const earlier = dump.messages.filter((row) => !latest.includes(row))
  const steps = saves.filter(({ isStep }) => isStep)
  return writeRunDocument({
    format: 'agentchart/stored-run',
    version: 1,
    record,
    state: current.state,
    snapshot: await payloads.read(run.runId, 'snapshot', current.snapshot),
    awaits: await readAwaits(run.runId, current.awaits, payloads),
    messages: await payloads.readAll(run.runId, 'message', texts(latest)),
    messageSeqs: latest.map(({ seq }) => seq),
    earlierMessages: await Promise.all(earlier.map((row) => documentMessage(run, row, payloads))),
    history: await Promise.all(steps.map((save) => documentStep(run, save, payloads))),
    inbox: await Promise.all(dump.inbox.map((row) => documentEntry(run, row, payloads))),
    inboxLastId: run.inboxLastId,
    marks: dump.marks,
  })
}

/**
 * The rows that a document holds.
 *
 * @throws {ValidationError} when it is no such document
 */
export async function importedRows(value: unknown, payloads: Payloads): Promise<RunWrites> {
  const document = readRunDocument(value)
  const { record, inbox, marks } = document
  checkColumns(document)
  return {
    run: await importedRun(document, payloads),
    saves: await importedSaves(document, payloads),
    messages: await importedMessages(document, payloads),
    inbox: await Promise.all(
      inbox.map(async ({ id, at, key, detail, event }) => {
        const text = await payloads.write(record.runId, 'event', event)
        return { id, at: Date.parse(at), key, detail, event: text }
      }),
    ),
    marks,
  }
}

/** @throws {ValidationError} when something is not for a column */
function checkColumns({ record, state, history, inbox, marks }: RunDocument): void {
  checkName(record.runId, 'record', 'runId')
  checkName(record.conversationId, 'record', 'conversationId')
  if (record.agentName !== null) checkName(record.agentName, 'record', 'agentName')
  if (record.forkedFrom !== null) checkName(record.forkedFrom.runId, 'record', 'forkedFrom')
  checkName(state, 'state')
  for (const [i, step] of history.entries()) checkName(step.state, 'history', i, 'state')
  for (const [i, { key, name, detail }] of marks.entries()) {
    checkName(key, 'marks', i, 'key')
    checkName(name, 'marks', i, 'name')
    checkDetail(detail, 'marks', i, 'detail')
  }
  for (const [i, { key, detail }] of inbox.entries()) {
    checkName(key, 'inbox', i, 'key')
    checkDetail(detail, 'inbox', i, 'detail')
  }
}

function checkDetail(detail: string, ...path: readonly (string | number)[]): void {
  if (!isStorable(detail)) throw new ValidationError('Expected text that a database takes', path)
}

function latestMessages({ run, messages }: RunDump): readonly MessageRow[] {
  const latest: MessageRow[] = []
  for (const row of messages) if (row.index < run.messageCount) latest[row.index] = row
  return latest
}

const texts = (rows: readonly MessageRow[]): readonly string[] => rows.map((row) => row.message)

async function documentMessage({ runId }: RunRow, row: MessageRow, payloads: Payloads) {
  return { ...row, message: await payloads.read(runId, 'message', row.message) }
}

async function documentStep(
  { runId }: RunRow,
  save: SaveRow,
  payloads: Payloads,
): Promise<DocumentStep> {
  return {
    ...historyEntry(save),
    snapshot: await payloads.read(runId, 'snapshot', save.snapshot),
    awaits: await readAwaits(runId, save.awaits, payloads),
  }
}

async function documentEntry({ runId }: RunRow, row: InboxRow, payloads: Payloads) {
  const event = await payloads.read(runId, 'event', row.event)
  return { ...row, at: isoTime(row.at), event }
}

async function importedRun(document: RunDocument, payloads: Payloads): Promise<RunRow> {
  const { record, history, inbox } = document
  const { runId, title, error, forkedFrom } = record
  return withDueTime({
    runId,
    conversationId: record.conversationId,
    agentName: record.agentName,
    status: record.status,
    title: await titleText(runId, title, payloads),
    searchText: searchTextOf(runId, payloads.areReadable ? title : null),
    error: await errorText(runId, error, payloads),
    createdAt: Date.parse(record.createdAt),
    updatedAt: Date.parse(record.updatedAt),
    seq: record.seq,
    step: record.step,
    messageCount: record.messageCount,
    wakeAt: record.wakeAt,
    dueAt: null,
    attempts: record.attempts,
    owner: null,
    leaseUntil: 0,
    token: 0,
    savedToken: 0,
    stepSeq: history.at(-1)?.seq ?? 0,
    staleMessages: document.earlierMessages.length,
    inboxCount: inbox.length,
    inboxLastId: inbox.reduce((last, { id }) => Math.max(last, id), document.inboxLastId),
    creationId: null,
    forkedFromRunId: forkedFrom?.runId ?? null,
    forkedFromSeq: forkedFrom?.seq ?? null,
  })
}

async function importedSaves(
  { record, state, snapshot, awaits, history }: RunDocument,
  payloads: Payloads,
): Promise<readonly SaveRow[]> {
  const { seq, step, messageCount, updatedAt } = record
  const current = { seq, state, step, messageCount, at: updatedAt, snapshot, awaits }
  const isStep = history.at(-1)?.seq === seq
  return Promise.all(
    (isStep ? history : [...history, current]).map(async (save) => ({
      seq: save.seq,
      isStep: save !== current,
      state: save.state,
      step: save.step,
      messageCount: save.messageCount,
      at: Date.parse(save.at),
      snapshot: await payloads.write(record.runId, 'snapshot', save.snapshot),
      awaits: await payloads.write(record.runId, 'awaits', save.awaits),
    })),
  )
}

async function importedMessages(
  { record, messages, messageSeqs, earlierMessages }: RunDocument,
  payloads: Payloads,
): Promise<readonly MessageRow[]> {
  const latest = messages.map((message, index) => ({
    index,
    seq: messageSeqs[index] ?? record.seq,
    message,
  }))
  return Promise.all(
    [...earlierMessages, ...latest].map(async (row) => ({
      ...row,
      message: await payloads.write(record.runId, 'message', row.message),
    })),
  )
}
