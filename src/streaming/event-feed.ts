/**
 * One source of events, many readers.
 *
 * Owns the readers and what each has not read yet. Is told events by the run; tells them to every reader in order.
 *
 *   E1. A reader that has joined misses nothing and gets nothing twice.
 *   E2. Pushing never waits. Whoever could go slower asks for `room()` before it makes more.
 *   E3. A reader holds up the source only while it has more than `bound` events to read, and never if it is lossy.
 *   E4. What a reader has not read stays bounded: deltas wait for room or are merged, of `custom` events the surplus is
 *       dropped and counted.
 */
import type { AgentEvent, PartDeltaEvent } from './events.ts'
import { joinArgs } from './join-args.ts'

/** How a reader follows. */
export interface ReaderOptions {
  /** Neighbouring deltas that were not read yet become one, so that this reader never slows the provider. */
  readonly lossy?: boolean
  /** Told first: what happened before the reader joined. */
  readonly backlog?: Iterator<AgentEvent>
  /**
   * For a reader that may never read: instead of holding anybody up it leaves when it is too far behind, and this is
   * called. Its first pull makes it a reader like any other.
   */
  readonly onBehind?: () => void
  /** Called when the reader leaves before the end. */
  readonly onLeave?: () => void
}

/** Events a reader may have unread before the provider is slowed down. */
const bound = 256
/** Custom events a reader may have unread. */
const customBound = 1024

export class EventFeed {
  /** Replaced when somebody comes or goes, so that an event reaches those who were there when it was pushed. */
  #readers: readonly EventReader[] = []
  #room: PromiseWithResolvers<void> | undefined

  get hasReaders(): boolean {
    return this.#readers.length > 0
  }

  join(options: ReaderOptions = {}): EventReader {
    const reader = new EventReader(options, {
      onRead: () => this.#makeRoom(),
      onGone: () => {
        this.#readers = this.#readers.filter((other) => other !== reader)
        this.#makeRoom()
      },
    })
    this.#readers = [...this.#readers, reader]
    return reader
  }

  push(event: AgentEvent): void {
    for (const reader of this.#readers) reader.push(event)
  }

  /** Resolves when every reader has caught up; `undefined` when there is room now. */
  room(): Promise<void> | undefined {
    if (!this.#isFull) return undefined
    this.#room ??= Promise.withResolvers()
    return this.#room.promise
  }

  /** Lets whoever waits for room go on at once: it has been cancelled. */
  release(): void {
    this.#room?.resolve()
    this.#room = undefined
  }

  /** Nothing more will come: readers read what they have, and then the error if there is one. */
  close(failure?: { readonly error: unknown }): void {
    for (const reader of this.#readers) reader.close(failure)
    this.release()
  }

  get #isFull(): boolean {
    return this.#readers.some(({ isBehind }) => isBehind)
  }

  #makeRoom(): void {
    if (this.#room !== undefined && !this.#isFull) this.release()
  }
}

/** What a reader tells its feed. */
interface ReaderHooks {
  readonly onRead: () => void
  readonly onGone: () => void
}

type Result<TItem> = IteratorResult<TItem, undefined>
const over = { done: true, value: undefined } as const

/** What a reader makes of an event; `undefined` of one that says nothing to it. Does not throw. */
export type EventView<TItem> = (event: AgentEvent) => TItem | undefined

const everything: EventView<AgentEvent> = (event) => event

/** A pull that waits for an event. */
class Pull<TItem> {
  readonly #view: EventView<TItem>
  readonly #result = Promise.withResolvers<Result<TItem>>()

  constructor(view: EventView<TItem>) {
    this.#view = view
  }

  get result(): Promise<Result<TItem>> {
    return this.#result.promise
  }

  /** @returns whether the event is what it has waited for */
  take(event: AgentEvent): boolean {
    const value = this.#view(event)
    if (value === undefined) return false
    this.#result.resolve({ done: false, value })
    return true
  }

  end(failure?: { readonly error: unknown }): void {
    if (failure === undefined) this.#result.resolve(over)
    else this.#result.reject(failure.error)
  }
}

/** Whatever the pull is for. */
type WaitingPull = Pick<Pull<unknown>, 'take' | 'end'>

/** What one reader has still to read. */
export class EventReader implements AsyncIterableIterator<AgentEvent, undefined> {
  readonly #options: ReaderOptions
  readonly #hooks: ReaderHooks
  #backlog: Iterator<AgentEvent> | undefined
  #unread: AgentEvent[] = []
  /** Place in `unread` of what is read next. */
  #next = 0
  #customs = 0
  #onBehind: (() => void) | undefined
  #dropped = 0
  #end: { readonly failure?: { readonly error: unknown } | undefined } | undefined
  /** The pull that waits for an event; nearly always there is but one. */
  #waiting: WaitingPull | undefined
  /** Those behind it, first come first served. */
  readonly #queue: WaitingPull[] = []

  constructor(options: ReaderOptions, hooks: ReaderHooks) {
    this.#options = options
    this.#hooks = hooks
    this.#backlog = options.backlog
    this.#onBehind = options.onBehind
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  get isBehind(): boolean {
    return this.#holdsUp && this.#unreadCount >= bound
  }

  get #holdsUp(): boolean {
    return this.#options.lossy !== true && this.#onBehind === undefined
  }

  get #unreadCount(): number {
    return this.#unread.length - this.#next
  }

  push(event: AgentEvent): void {
    if (this.#end !== undefined) return
    if (this.#onBehind !== undefined && this.#unreadCount >= bound) {
      this.#leave()
      return this.#onBehind()
    }
    if (this.#waiting !== undefined) {
      if (this.#waiting.take(event)) this.#waiting = this.#nextInQueue()
    } else if (isCustom(event)) this.#keepCustom(event)
    else if (this.#options.lossy !== true || !this.#merge(event)) this.#unread.push(event)
  }

  next(): Promise<Result<AgentEvent>> {
    return this.#pull(everything)
  }

  /** Reads on through a view: each pull reads up to an event that says something to it. */
  through<TItem>(view: EventView<TItem>): AsyncIterator<TItem, undefined> {
    return { next: () => this.#pull(view), return: () => this.return() }
  }

  #pull<TItem>(view: EventView<TItem>): Promise<Result<TItem>> {
    this.#onBehind = undefined
    for (let event = this.#take(); event !== undefined; event = this.#take()) {
      const value = view(event)
      if (value !== undefined) return Promise.resolve({ done: false, value })
    }
    if (this.#end === undefined) {
      const pull = new Pull(view)
      if (this.#waiting === undefined) this.#waiting = pull
      else this.#queue.push(pull)
      return pull.result
    }
    const { failure } = this.#end
    this.#end = {}
    // The very error of the run, whatever it is.
    return failure === undefined ? Promise.resolve(over) : Promise.reject(failure.error)
  }

  /** The reader leaves. */
  return(): Promise<IteratorReturnResult<undefined>> {
    if (this.#end === undefined) {
      this.#leave()
      this.#options.onLeave?.()
    }
    return Promise.resolve(over)
  }

  /** Nothing more will come for this reader: it reads what it has, and then the error if there is one. */
  close(failure?: { readonly error: unknown }): void {
    if (this.#end !== undefined) return
    this.#end = { failure }
    this.#hooks.onGone()
    if (this.#waiting === undefined) return
    if (failure !== undefined) this.#end = {} // the first pull is told of it, and nobody else
    this.#waiting.end(failure)
    this.#waiting = undefined
    for (const pull of this.#queue.splice(0)) pull.end()
  }

  #nextInQueue(): WaitingPull | undefined {
    return this.#queue.length === 0 ? undefined : this.#queue.shift()
  }

  #leave(): void {
    this.close()
    this.#unread = []
    this.#next = 0
    this.#backlog = undefined
  }

  #take(): AgentEvent | undefined {
    if (this.#backlog !== undefined) {
      const told = this.#backlog.next()
      if (told.done !== true) return told.value
      this.#backlog = undefined
    }
    const event = this.#unread[this.#next]
    if (event === undefined) return this.#tellDropped()
    this.#next += 1
    if (this.#next === this.#unread.length) {
      this.#unread = []
      this.#next = 0
    } else if (this.#next >= bound) {
      this.#unread.splice(0, this.#next)
      this.#next = 0
    }
    if (isCustom(event)) this.#customs -= 1
    this.#hooks.onRead()
    return event
  }

  #keepCustom(event: AgentEvent): void {
    if (this.#customs >= customBound) {
      this.#dropped += 1 // E4
      return
    }
    this.#customs += 1
    this.#unread.push(event)
  }

  #tellDropped(): AgentEvent | undefined {
    if (this.#dropped === 0) return undefined
    const count = this.#dropped
    this.#dropped = 0
    return {
      eventKind: 'custom',
      name: 'agentchart:dropped',
      data: { count },
      toolName: null,
      toolCallId: null,
    }
  }

  /** Parts may grow by turns: the delta joins the latest one of its part, unless more than deltas came in between. */
  #merge(event: AgentEvent): boolean {
    const { path, event: delta } = origin(event)
    if (delta.eventKind !== 'part_delta') return false
    for (let i = this.#unread.length - 1; i >= this.#next; i -= 1) {
      const unread = this.#unread[i]
      if (unread === undefined) return false
      const known = origin(unread)
      if (known.event.eventKind !== 'part_delta') return false
      if (known.path !== path || known.event.index !== delta.index) continue
      const merged = mergeDeltas(known.event, delta)
      if (merged !== undefined) this.#unread[i] = within(unread, merged)
      return merged !== undefined
    }
    return false
  }
}

/** Asked of each event twice: it makes nothing. */
function isCustom(event: AgentEvent): boolean {
  let inner = event
  while (inner.eventKind === 'nested') inner = inner.event
  return inner.eventKind === 'custom'
}

/** What happened in whichever run it happened in, and the way there. */
function origin(event: AgentEvent): { readonly path: string; readonly event: AgentEvent } {
  let path = ''
  let inner = event
  while (inner.eventKind === 'nested') {
    path += `/${inner.runId}`
    inner = inner.event
  }
  return { path, event: inner }
}

/** The event with another one at its origin. */
function within(outer: AgentEvent, event: AgentEvent): AgentEvent {
  return outer.eventKind === 'nested' ? { ...outer, event: within(outer.event, event) } : event
}

/** Two deltas of one part as one; `undefined` when they are not of one part, or cannot be joined. */
export function mergeDeltas(
  first: PartDeltaEvent,
  next: PartDeltaEvent,
): PartDeltaEvent | undefined {
  if (first.index !== next.index) return undefined
  const delta = joined(first.delta, next.delta)
  return delta && { ...first, delta }
}

type Delta = PartDeltaEvent['delta']

function joined(first: Delta, next: Delta): Delta | undefined {
  const provider = {
    providerName: next.providerName ?? first.providerName,
    providerDetails:
      first.providerDetails === null
        ? next.providerDetails
        : { ...first.providerDetails, ...next.providerDetails },
  }
  if (first.partDeltaKind === 'text' && next.partDeltaKind === 'text') {
    return { ...next, ...provider, contentDelta: first.contentDelta + next.contentDelta }
  }
  if (first.partDeltaKind === 'thinking' && next.partDeltaKind === 'thinking') {
    return {
      ...next,
      ...provider,
      contentDelta: text(first.contentDelta, next.contentDelta),
      signatureDelta: next.signatureDelta ?? first.signatureDelta,
    }
  }
  if (first.partDeltaKind !== 'tool_call' || next.partDeltaKind !== 'tool_call') return undefined
  const argsDelta = joinArgs(first.argsDelta, next.argsDelta)
  if (argsDelta === undefined) return undefined
  return {
    ...next,
    ...provider,
    toolNameDelta: text(first.toolNameDelta, next.toolNameDelta),
    argsDelta,
    toolCallId: next.toolCallId ?? first.toolCallId,
  }
}

function text(first: string | null, next: string | null): string | null {
  return first === null ? next : first + (next ?? '')
}
