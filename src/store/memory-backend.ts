import type {
  Change,
  ChangeReads,
  DueQuery,
  InboxRow,
  MarkRow,
  MessageRow,
  RowQuery,
  RunRow,
  RunRows,
  RunWrites,
  SaveRow,
  StoreBackend,
} from './backend.ts'

/** The rows of one run. */
interface Rows {
  run: RunRow
  readonly saves: Map<number, SaveRow>
  /** For each index, those of its saves, lowest first. */
  readonly messages: MessageRow[][]
  readonly inbox: Map<number, InboxRow>
  readonly marks: Map<string, MarkRow>
}

/**
 * A backend in this process, for as long as somebody refers to it; several stores may share it. A change is one turn of
 * the event loop, so nothing interferes.
 */
export function memoryBackend(): StoreBackend {
  return new MemoryBackend()
}

class MemoryBackend implements StoreBackend {
  readonly name = 'memory'
  readonly #runs = new Map<string, Rows>()

  async open(): Promise<void> {}

  async change<TResult>(
    runId: string,
    reads: ChangeReads,
    decide: (rows: RunRows) => Change<TResult>,
  ): Promise<TResult> {
    const rows = this.#runs.get(runId)
    const { result, writes } = decide(read(rows, reads))
    if (writes === 'delete') this.#runs.delete(runId)
    else if (writes !== undefined) this.#runs.set(runId, write(rows, writes))
    return result
  }

  async claim(query: DueQuery, decide: (run: RunRow) => RunRow): Promise<readonly RunRow[]> {
    const due = [...this.#runs.values()]
      .filter(({ run }) => isDue(run, query))
      .toSorted((a, b) => a.run.updatedAt - b.run.updatedAt || order(a.run.runId, b.run.runId))
      .slice(0, query.limit)
    const claimed = due.map(({ run }) => decide(run))
    for (const [i, rows] of due.entries()) rows.run = claimed[i] ?? rows.run
    return claimed
  }

  async run(runId: string): Promise<RunRow | null> {
    return this.#runs.get(runId)?.run ?? null
  }

  async load(runId: string, seq: number | null) {
    const rows = this.#runs.get(runId)
    if (rows === undefined) return null
    const save = rows.saves.get(seq ?? rows.run.seq) ?? null
    return { run: rows.run, save, messages: save === null ? [] : neededBy(save, rows) }
  }

  async inbox(runId: string): Promise<readonly InboxRow[]> {
    return [...(this.#runs.get(runId)?.inbox.values() ?? [])]
  }

  async steps(runId: string): Promise<readonly SaveRow[]> {
    return [...(this.#runs.get(runId)?.saves.values() ?? [])].filter(({ isStep }) => isStep)
  }

  async list(query: RowQuery): Promise<readonly RunRow[]> {
    return [...this.#runs.values()]
      .map(({ run }) => run)
      .filter((run) => isListed(run, query))
      .toSorted(latestFirst)
      .slice(0, query.limit)
  }

  async dump(runId: string) {
    const rows = this.#runs.get(runId)
    if (rows === undefined) return null
    const { run, saves, messages, inbox, marks } = rows
    return {
      run,
      saves: [...saves.values()],
      messages: messages.flat(),
      inbox: [...inbox.values()],
      marks: [...marks.values()],
    }
  }

  async close(): Promise<void> {}
}

function read(rows: Rows | undefined, { inbox, marks, nthLatestStep = 0 }: ChangeReads): RunRows {
  const steps = nthLatestStep > 0 ? [...(rows?.saves.values() ?? [])].filter((s) => s.isStep) : []
  const remembered = marks === undefined ? [] : [...(rows?.marks.values() ?? [])]
  return {
    run: rows?.run ?? null,
    inbox: inbox ? [...(rows?.inbox.values() ?? [])] : [],
    marks: remembered.filter((mark) =>
      typeof marks === 'object' ? mark.name === marks.name : mark.isOpen,
    ),
    nthLatestStep: steps.at(-nthLatestStep)?.seq ?? null,
  }
}

function write(found: Rows | undefined, writes: RunWrites): Rows {
  const rows = found ?? {
    run: writes.run,
    saves: new Map(),
    messages: [],
    inbox: new Map(),
    marks: new Map(),
  }
  rows.run = writes.run
  remove(rows, writes)
  for (const save of writes.saves ?? []) rows.saves.set(save.seq, save)
  for (const row of writes.messages ?? []) (rows.messages[row.index] ??= []).push(row)
  for (const row of writes.inbox ?? []) rows.inbox.set(row.id, row)
  for (const mark of writes.marks ?? []) rows.marks.set(mark.key, mark)
  if (writes.removeUnneededMessages) removeUnneeded(rows)
  return rows
}

function remove(rows: Rows, writes: RunWrites): void {
  const { removeSave, removeSavesBelow, removeMessages, removeInbox = [] } = writes
  if (removeSave != null) rows.saves.delete(removeSave)
  if (removeSavesBelow != null) {
    for (const seq of rows.saves.keys()) {
      if (seq >= removeSavesBelow) break // they are in order
      rows.saves.delete(seq)
    }
  }
  if (removeMessages != null) {
    const { fromIndex, aboveSeq } = removeMessages
    for (let i = fromIndex; i < rows.messages.length; i += 1) {
      rows.messages[i] = (rows.messages[i] ?? []).filter(({ seq }) => seq <= aboveSeq)
    }
  }
  for (const id of removeInbox) rows.inbox.delete(id)
}

function removeUnneeded(rows: Rows): void {
  const needed = new Set([...rows.saves.values()].flatMap((save) => neededBy(save, rows)))
  for (const [i, versions] of rows.messages.entries()) {
    rows.messages[i] = versions.filter((row) => needed.has(row))
  }
}

function neededBy({ seq, messageCount }: SaveRow, { messages }: Rows): readonly MessageRow[] {
  return messages
    .slice(0, messageCount)
    .flatMap((versions) => versions.findLast((row) => row.seq <= seq) ?? [])
}

function isDue({ dueAt, leaseUntil, agentName }: RunRow, query: DueQuery): boolean {
  const { now, horizon, agentNames } = query
  const isFree = leaseUntil <= now || leaseUntil > horizon
  const isOurs = agentNames === null || (agentName !== null && agentNames.includes(agentName))
  return dueAt !== null && dueAt <= now && isFree && isOurs
}

function isListed(run: RunRow, query: RowQuery): boolean {
  const { statuses, agentName, conversationId, search, updatedFrom, updatedTo, after } = query
  return (
    (statuses === null || statuses.includes(run.status)) &&
    (agentName === null || agentName === run.agentName) &&
    (conversationId === null || conversationId === run.conversationId) &&
    (search === null || run.searchText.includes(search)) &&
    (updatedFrom === null || run.updatedAt >= updatedFrom) &&
    (updatedTo === null || run.updatedAt <= updatedTo) &&
    (after === null || latestFirst(after, run) < 0)
  )
}

type Placed = Pick<RunRow, 'createdAt' | 'runId'>

function latestFirst(a: Placed, b: Placed): number {
  return b.createdAt - a.createdAt || order(b.runId, a.runId)
}

function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
