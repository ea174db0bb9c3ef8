/**
 * What the inspector remembers of one session, for pages that join late.
 *
 *   M1. Told again, the messages of a session lead a page to where it would be, had it been there all the time, but for
 *       what M2 drops.
 *   M2. The memory is bounded: of transitions, actors and spans the latest are kept; of events only those of the visit
 *       under way, with neighbouring deltas as one.
 */
import { Recent } from './recent.ts'
import type { RunState, ServerMessage, SessionSummary } from './protocol.ts'

/** A message about a session, but not that it is gone. */
export type SessionMessage = Exclude<
  ServerMessage,
  { readonly type: 'hello' | 'machine' | 'session-gone' }
>
type Told<TType extends SessionMessage['type']> = Extract<SessionMessage, { readonly type: TType }>

const most = {
  actors: 2_000,
  spans: 4_000,
  transitions: { count: 4_000, size: 8_000_000 },
  events: { count: 2_000, size: 4_000_000 },
}

export class Session {
  #summary: SessionSummary
  readonly #actors = new Map<string, Told<'actor'>>()
  readonly #transitions = new Recent<Told<'transition'>>(most.transitions)
  readonly #visits = new Map<number, Told<'visit'>>()
  readonly #spans = new Map<string, Told<'span'>>()
  readonly #stepUsage = new Map<number, RunState['stepUsage'][number]>()
  #messages: unknown[] = []
  #run: Told<'run'> | undefined
  readonly #events = new Recent<Told<'event'>>(most.events)

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
        this.#transitions.add(message)
        return
      case 'visit':
        this.#visits.set(message.visit.visit, message)
        this.#events.clear()
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
        this.#keepEvent(message)
        return
    }
  }

  *replay(): Generator<SessionMessage> {
    const { id: session } = this.#summary
    yield { type: 'session', session: this.#summary }
    yield* this.#actors.values()
    yield* this.#transitions.items
    yield* this.#visits.values()
    yield* this.#spans.values()
    if (this.#messages.length > 0)
      yield { type: 'messages', session, from: 0, messages: [...this.#messages] }
    if (this.#run !== undefined) {
      const stepUsage = [...this.#stepUsage.values()]
      yield { ...this.#run, run: { ...this.#run.run, stepUsage } }
    }
    yield* this.#events.items
  }

  /** An event goes into the one before it when both let one part of a response grow. M2 */
  #keepEvent(message: Told<'event'>): void {
    const { last } = this.#events
    const joined = last && joinedDelta(last.event, message.event)
    if (last === undefined || joined === undefined) this.#events.add(message)
    else this.#events.growLast({ ...last, event: joined.event }, joined.by)
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

/** In characters. */
const longestDelta = 200_000

type Event = Told<'event'>['event']

function joinedDelta(
  first: Event,
  next: Event,
): { readonly event: Event; readonly by: number } | undefined {
  if (first.eventKind !== 'part_delta' || next.eventKind !== 'part_delta') return undefined
  if (first['index'] !== next['index']) return undefined
  const [before, after] = [first['delta'], next['delta']]
  if (!isObject(before) || !isObject(after)) return undefined
  for (const key of ['contentDelta', 'argsDelta']) {
    const added: unknown = Reflect.get(after, key)
    const grown: unknown = Reflect.get(before, key)
    if (typeof added !== 'string' || typeof grown !== 'string') continue
    if (grown.length > longestDelta) return undefined
    const event = { ...first, delta: { ...before, [key]: grown + added } }
    return { event, by: added.length }
  }
  return undefined
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
