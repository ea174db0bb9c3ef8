import { RunExistsError, ValidationError } from '../errors/index.ts'
import type { AwaitedCall } from '../snapshot/index.ts'
import type { Change, InboxRow, MarkRow, MessageRow, RunRow, RunRows, SaveRow } from './backend.ts'
import { markOf } from './calls.ts'
import { heldRun, leaseOf, withDueTime, withLease } from './leases.ts'
import type { Lease, LeaseRequest, NewRun, RunSave } from './stored-run.ts'

/** The payloads of a save. */
export interface SaveTexts {
  readonly snapshot: string
  readonly awaits: string
  readonly messages: readonly string[]
  readonly title: string | null
  readonly searchText: string
  readonly error: string | null
  /** Of the step that is written with it. */
  readonly stepBefore: Pick<SaveTexts, 'snapshot' | 'awaits'> | null
}

/** What a save is written with. */
export interface SavePlan<TSave extends Omit<RunSave, 'stepBefore'>> {
  readonly save: TSave
  readonly texts: SaveTexts
  readonly now: number
  /** `null`: all. */
  readonly keepSteps: number | null
}

/** Beyond as many messages as the run has, and these, it is worth looking for those nobody needs. */
const staleMessagesKept = 64

/**
 * Decides what a run that begins writes.
 *
 * @throws {RunExistsError}
 */
export function planCreate(
  { run: existing }: RunRows,
  plan: SavePlan<NewRun>,
  request: LeaseRequest,
): Change<Lease> {
  const { save, texts, now } = plan
  if (existing !== null && !isRepeated(existing, save, request)) {
    throw new RunExistsError(save.runId)
  }
  const run = withLease(saved(emptyRow(save, now), plan), request, now)
  const row = withDueTime({ ...run, savedToken: run.token })
  const marks = marksAfter([], save.awaits, [])
  const writes = { run: row, saves: [saveRow(plan)], messages: messageRows(save, texts), marks }
  return existing === null ? { result: leaseOf(row), writes } : { result: leaseOf(existing) }
}

/**
 * Decides what a save writes; its result are the events that wait.
 *
 * @throws {LeaseLostError}
 */
export function planSave(
  rows: RunRows,
  lease: Lease,
  plan: SavePlan<RunSave>,
): Change<readonly InboxRow[]> {
  const run = heldRun(rows.run, lease)
  const { save, texts, keepSteps } = plan
  if (run.seq === save.seq && run.savedToken === lease.token) return { result: rows.inbox }
  checkOrder(run, save)
  const inbox = rows.inbox.filter(({ id }) => !save.taken.includes(id))
  if (save.status === 'done' && inbox.length > 0) return { result: inbox } // S6
  const marks = marksAfter(rows.marks, save.awaits, inbox)
  const row = rowAfter(run, plan, { inbox, marks, savedToken: lease.token })
  const isCrowded = keepSteps !== null && row.staleMessages > row.messageCount + staleMessagesKept
  return {
    result: inbox,
    writes: {
      run: isCrowded ? { ...row, staleMessages: 0 } : row,
      saves: [...stepBefore(plan), saveRow(plan)],
      removeSave: run.seq > run.stepSeq ? run.seq : null,
      removeSavesBelow: oldestKept(rows, plan),
      messages: messageRows(save, texts),
      removeMessages: replaced(run, save),
      removeUnneededMessages: isCrowded,
      removeInbox: rows.inbox.filter((entry) => !inbox.includes(entry)).map(({ id }) => id),
      marks,
    },
  }
}

/** Which step has to be known to drop the ones before it. */
export function stepToKeep(save: RunSave, keepSteps: number | null): number | null {
  return stepSeqOf(save) !== null && keepSteps !== null && keepSteps > 1 ? keepSteps - 1 : null
}

function oldestKept(rows: RunRows, { save, keepSteps }: SavePlan<RunSave>): number | null {
  const stepSeq = stepSeqOf(save)
  if (stepSeq === null) return null
  return keepSteps === 1 ? stepSeq : rows.nthLatestStep
}

/** The number of the step that it writes, if it writes one. */
function stepSeqOf({ seq, isStep, stepBefore: before }: RunSave): number | null {
  if (isStep) return seq
  return before === undefined ? null : seq - 1
}

function isRepeated(run: RunRow, { creationId }: NewRun, { owner }: LeaseRequest): boolean {
  const isSame = run.creationId === creationId && run.owner === owner
  return run.creationId !== null && isSame && run.seq === 1 && run.token === 1
}

function checkOrder(run: RunRow, { seq, messages, isStep, stepBefore: before }: RunSave): void {
  if (seq !== run.seq + (before === undefined ? 1 : 2)) {
    throw new ValidationError(`Save ${seq} of '${run.runId}' cannot follow ${run.seq}`, ['seq'])
  }
  checkFrom(messages.from, run.messageCount)
  if (before === undefined) return
  if (isStep) throw new ValidationError('A step is written by itself', ['stepBefore'])
  const { messageCount } = before
  if (messageCount >= messages.from && messageCount <= messages.from + messages.items.length) return
  const told = `The step cannot have had ${messageCount} messages`
  throw new ValidationError(told, ['stepBefore', 'messageCount'])
}

/** @throws {ValidationError} when the log would have a hole */
export function checkFrom(from: number, messageCount: number): void {
  if (Number.isSafeInteger(from) && from >= 0 && from <= messageCount) return
  throw new ValidationError(`There are ${messageCount} messages; none can be written at ${from}`, [
    'messages',
    'from',
  ])
}

interface Aftermath {
  readonly inbox: readonly InboxRow[]
  readonly marks: readonly MarkRow[]
  readonly savedToken: number
}

function rowAfter(
  run: RunRow,
  plan: SavePlan<RunSave>,
  { inbox, marks, savedToken }: Aftermath,
): RunRow {
  const { save } = plan
  const stepSeq = stepSeqOf(save)
  const gotOn =
    stepSeq !== null || inbox.length < run.inboxCount || marks.some(({ isOpen }) => !isOpen)
  const rewritten = run.stepSeq === 0 ? 0 : run.messageCount - save.messages.from
  return withDueTime({
    ...saved(run, plan),
    stepSeq: stepSeq ?? run.stepSeq,
    savedToken,
    attempts: gotOn ? 0 : run.attempts,
    staleMessages: run.staleMessages + rewritten,
    inboxCount: inbox.length,
  })
}

/** The run with the columns that each save replaces. */
function saved<TRun extends object>(run: TRun, { save, texts, now }: SavePlan<NewRun | RunSave>) {
  return {
    ...run,
    status: save.status,
    title: texts.title,
    searchText: texts.searchText,
    error: texts.error,
    updatedAt: now,
    seq: save.seq,
    step: save.step,
    messageCount: save.messages.from + save.messages.items.length,
    wakeAt: save.wakeAt === null ? null : Math.ceil(save.wakeAt),
  }
}

function emptyRow(run: NewRun, now: number) {
  return {
    runId: run.runId,
    conversationId: run.conversationId,
    agentName: run.agentName,
    createdAt: now,
    dueAt: null,
    attempts: 0,
    owner: null,
    leaseUntil: 0,
    token: 0,
    savedToken: 0,
    stepSeq: run.isStep ? run.seq : 0,
    staleMessages: 0,
    inboxCount: 0,
    inboxLastId: 0,
    creationId: run.creationId ?? null,
    forkedFromRunId: run.forkedFrom?.runId ?? null,
    forkedFromSeq: run.forkedFrom?.seq ?? null,
  }
}

function saveRow({ save, texts, now }: SavePlan<NewRun | RunSave>): SaveRow {
  const { seq, isStep, state, step, messages } = save
  const messageCount = messages.from + messages.items.length
  const { snapshot, awaits } = texts
  return { seq, isStep, state, step, messageCount, at: now, snapshot, awaits }
}

function stepBefore({ save, texts, now }: SavePlan<RunSave>): readonly SaveRow[] {
  if (save.stepBefore === undefined || texts.stepBefore === null) return []
  const { state, step, messageCount } = save.stepBefore
  return [
    { seq: save.seq - 1, isStep: true, state, step, messageCount, at: now, ...texts.stepBefore },
  ]
}

function messageRows(save: RunSave, texts: SaveTexts): readonly MessageRow[] {
  const { seq, messages, stepBefore: before } = save
  return texts.messages.map((message, i) => {
    const index = messages.from + i
    return { index, seq: index < (before?.messageCount ?? 0) ? seq - 1 : seq, message }
  })
}

/** What was written behind the latest step and is now replaced: no step needs it. */
function replaced(run: RunRow, { messages: { from } }: RunSave) {
  const isNeeded = run.seq === run.stepSeq || from >= run.messageCount
  return isNeeded ? null : { fromIndex: from, aboveSeq: run.stepSeq }
}

/**
 * What changes in what is remembered of calls. One that is awaited again, because its verdict did not do or because the
 * model used an id twice, can be given a verdict again.
 */
function marksAfter(
  open: readonly MarkRow[],
  awaits: readonly AwaitedCall[],
  inbox: readonly InboxRow[],
): readonly MarkRow[] {
  if (open.length === 0 && awaits.length === 0) return open
  const before = new Map(open.map((mark) => [mark.key, mark]))
  const given = new Set(inbox.map(({ key }) => key))
  const now = new Map(
    awaits.map((call) => markOf(call, false)).map((mark) => [mark.key, mark] as const),
  )
  const closed = open.filter(({ key }) => !now.has(key)).map((mark) => ({ ...mark, isOpen: false }))
  const opened = [...now.values()]
    .map((mark) => ({ ...mark, isGiven: given.has(mark.key) }))
    .filter(({ key, isGiven }) => before.get(key)?.isGiven !== isGiven)
  return [...closed, ...opened]
}
