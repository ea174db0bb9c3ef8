/**
 * What was delivered to a run by its store, on the way to the chart.
 *
 *   M1. The chart is told of each entry once.
 *   M2. What is about a call that the chart does not know to wait, since the answer of a save was lost, is left for later.
 *   M3. An entry counts as taken when the chart has dealt with it, and until a save is there that says so.
 */
import type { GraphEvent } from '../../machines/index.ts'
import type { InboxEntry, InboxEvent } from '../store/index.ts'
import type { EnqueueOptions } from '../tools/index.ts'

/** The run, as far as it is told what was delivered. */
export interface MailedRun {
  readonly runId: string
  send(event: GraphEvent): void
  /** Whether an event is about a call that the chart does not know to wait yet. */
  isEarly(event: InboxEvent): boolean
  /** @throws when it cannot be read as messages */
  enqueue(enqueueId: string, content: unknown, options: EnqueueOptions): void
}

export class RunMail {
  readonly #run: MailedRun
  /** All that the chart was ever told of. */
  readonly #seen = new Set<number>()
  #taken: readonly number[] = []
  #isClosed = false

  constructor(run: MailedRun) {
    this.#run = run
  }

  /** Entries that are in the run now and that no save has taken yet. */
  get taken(): readonly number[] {
    return this.#taken
  }

  /** A save has taken these. */
  forget(ids: readonly number[]): void {
    this.#taken = this.#taken.filter((id) => !ids.includes(id))
  }

  /** Nothing is told any more. */
  close(): void {
    this.#isClosed = true
  }

  receive(entries: readonly InboxEntry[]): void {
    if (this.#isClosed) return // whoever drives the run next takes them
    for (const entry of entries) {
      if (this.#seen.has(entry.id) || this.#run.isEarly(entry.event)) continue // M1, M2
      this.#seen.add(entry.id)
      this.#tell(entry)
      queueMicrotask(() => {
        this.#taken = [...this.#taken, entry.id] // M3: the chart may be in the middle of another event
      })
    }
  }

  #tell({ event, at, id }: InboxEntry): void {
    switch (event.type) {
      case 'cancel':
        return this.#run.send({ type: 'cancel', reason: event.reason })
      case 'enqueue':
        return this.#enqueueMessages(event.id ?? `inbox-${id}`, event)
      case 'tool-call-approved':
      case 'tool-call-denied':
      case 'tool-call-answered':
        return this.#run.send({ ...event, at })
    }
  }

  /** What cannot be read as messages is nobody's: the run goes on without it. */
  #enqueueMessages(
    id: string,
    { content, priority }: Extract<InboxEvent, { readonly type: 'enqueue' }>,
  ): void {
    try {
      this.#run.enqueue(id, content, priority === undefined ? {} : { priority })
    } catch (error) {
      const { runId } = this.#run
      const warning = `The message '${id}' for the run '${runId}' was left out: ${String(error)}`
      globalThis.process?.emitWarning?.(warning, 'AgentWarning')
    }
  }
}
