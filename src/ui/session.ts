/**
 * What the inspector remembers of one session, for pages that join late.
 *
 *   M1. Told again, the messages of a session lead a page to where it would be, had it been there all the time, but for
 *       what M2 drops.
 *   M2. The memory is bounded: of transitions, actors and spans the latest are kept; of events only those of the visit
 *       under way, with neighbouring deltas as one.
 */
import type { RunState, ServerMessage, SessionSummary } from './protocol.ts'

/** A message about a session, but not that it is gone. */
export type SessionMessage = Exclude<
  ServerMessage,
  { readonly type: 'hello' | 'machine' | 'session-gone' }
>
type Told<TType extends SessionMessage['type']> = Extract<SessionMessage, { readonly type: TType }>

const most = { actors: 2_000, transitions: 4_000, spans: 4_000, events: 2_000 }

export class Session {
  #summary: SessionSummary
  readonly #actors = new Map<string, Told<'actor'>>()
  #transitions: Told<'transition'>[] = []
  readonly #visits = new Map<number, Told<'visit'>>()
  readonly #spans = new Map<string, Told<'span'>>()
  readonly #stepUsage = new Map<number, RunState['stepUsage'][number]>()
  #messages: unknown[] = []
  #run: Told<'run'> | undefined
  #events: Told<'event'>[] = []

  constructor(summary: SessionSummary) {
    this.#summary = summary
  }

  get summary(): SessionSummary {
    return this.#summary
  }

  get run(): RunState | undefined {
    return this.#run?.run
  }

  take(message: SessionMessage): void {
    switch (message.type) {
      case 'session':
        this.#summary = message.session
        return
      case 'actor':
        keepLatest(this.#actors, message.actor.actorId, message, most.actors)
        return
      case 'transition':
        this.#transitions = appended(this.#transitions, message, most.transitions)
        return
      case 'visit':
        this.#visits.set(message.visit.visit, message)
        this.#events = []
        return
      case 'span':
        keepLatest(this.#spans, message.span.spanId, message, most.spans)
        return
      case 'messages':
        this.#messages.splice(message.from, this.#messages.length, ...message.messages)
        return
      case 'run':
        this.#run = message
        for (const step of message.run.stepUsage) this.#stepUsage.set(step.visit, step)
        return
      case 'event':
        if (!joinsLast(this.#events, message))
          this.#events = appended(this.#events, message, most.events)
        return
    }
  }

  *replay(): Generator<SessionMessage> {
    const { id: session } = this.#summary
    yield { type: 'session', session: this.#summary }
    yield* this.#actors.values()
    yield* this.#transitions
    yield* this.#visits.values()
    yield* this.#spans.values()
    if (this.#messages.length > 0)
      yield { type: 'messages', session, from: 0, messages: [...this.#messages] }
    if (this.#run !== undefined) {
      const stepUsage = [...this.#stepUsage.values()]
      yield { ...this.#run, run: { ...this.#run.run, stepUsage } }
    }
    yield* this.#events
  }
}

function keepLatest<TValue>(
  map: Map<string, TValue>,
  key: string,
  value: TValue,
  count: number,
): void {
  map.set(key, value)
  if (map.size <= count) return
  const [first, second] = map.keys()
  const oldest = count > 1 ? (second ?? first) : first // the first actor is the root
  if (oldest !== undefined) map.delete(oldest)
}

/** With the latest ones; cut by the half, so that appending costs the same at any length. */
function appended<TItem>(items: TItem[], item: TItem, count: number): TItem[] {
  items.push(item)
  return items.length > count ? items.slice(-count / 2) : items
}

/** Whether an event went into the one before it: both let one part of a response grow. */
function joinsLast(events: Told<'event'>[], message: Told<'event'>): boolean {
  const last = events.at(-1)
  if (last === undefined) return false
  const joined = joinedDelta(last.event, message.event)
  if (joined === undefined) return false
  events[events.length - 1] = { ...last, event: joined }
  return true
}

type Event = Told<'event'>['event']

function joinedDelta(first: Event, next: Event): Event | undefined {
  if (first.eventKind !== 'part_delta' || next.eventKind !== 'part_delta') return undefined
  if (first['index'] !== next['index']) return undefined
  const [before, after] = [first['delta'], next['delta']]
  if (!isObject(before) || !isObject(after)) return undefined
  const key = ['contentDelta', 'argsDelta'].find(
    (name) => typeof Reflect.get(after, name) === 'string',
  )
  if (key === undefined) return undefined
  const grown: unknown = Reflect.get(before, key)
  if (typeof grown !== 'string' || grown.length > 200_000) return undefined
  return { ...first, delta: { ...before, [key]: grown + String(Reflect.get(after, key)) } }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
