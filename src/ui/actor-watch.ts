import type { AnyTransitionDefinition, InspectionEvent } from 'xstate'
import { isRecord } from '../codec/index.ts'
import { errorFacts } from '../snapshot/index.ts'
import { bounded, boundedText, smallBounds } from './bounded.ts'
import { briefContext, briefEvent } from './agent-brief.ts'
import type { ActorInfo, ErrorInfo, TakenWay, Transition } from './protocol.ts'

/** Where actors and their transitions are told. */
export interface ActorDesk {
  readonly actor: (actor: ActorInfo) => void
  readonly transition: (transition: Transition) => void
  /** What an agent below the run looks like now. */
  readonly agentMoved?: (agent: Pick<ActorInfo, 'actorId' | 'name'>, snapshot: object) => void
  /** The id of a machine, by its configuration. */
  readonly machineId: (name: string, logic: unknown) => string | null
}

/**
 * Listens to what XState says of a system of actors, and tells those that have a chart. Actors without one, such as the
 * slots of an agent, are what their parents do.
 */
export class ActorWatch {
  readonly #desk: ActorDesk
  readonly #rootName: string
  /** The nearest actor that was told, by each that exists. */
  readonly #told = new Map<string, string>()
  /** The ids of those that have a chart, by those of XState. */
  readonly #charts = new Map<string, string>()
  /** Agents by their ids: their names. */
  readonly #agents = new Map<string, string>()
  readonly #contexts = new Map<string, Readonly<Record<string, unknown>>>()
  readonly #taken = new Map<string, TakenWay[]>()
  readonly #senders = new Map<string, string | null>()

  /** @param rootName what to call the first actor, whose id is always {@link rootActor} */
  constructor(desk: ActorDesk, rootName: string) {
    this.#desk = desk
    this.#rootName = rootName
  }

  /** Give it to `inspect`. */
  readonly observe = (event: InspectionEvent): void => {
    if (event.type === '@xstate.actor') return this.#meet(event.actorRef)
    const { sessionId } = event.actorRef
    const actorId = this.#charts.get(sessionId)
    if (actorId === undefined) return this.#forgetSlot(event)
    if (event.type === '@xstate.event') {
      const sender = event.sourceRef?.sessionId
      this.#senders.set(actorId, sender === undefined ? null : (this.#told.get(sender) ?? null))
    } else if (event.type === '@xstate.microstep') {
      const { _transitions: transitions } = event
      const ways = this.#taken.get(actorId) ?? []
      this.#taken.set(actorId, [...ways, ...transitions.map(wayOf)])
    } else if (event.type === '@xstate.snapshot') {
      this.#tell(actorId, event.event, event.snapshot)
    }
  }

  /** Actors without a chart come and go with each step. */
  #forgetSlot(event: InspectionEvent): void {
    const isOver = event.type === '@xstate.snapshot' && event.snapshot.status !== 'active'
    if (isOver) this.#told.delete(event.actorRef.sessionId)
  }

  #meet(actorRef: object): void {
    const actor = actorFacts(actorRef)
    const { sessionId, id, logic, parentId } = actor
    const nearest = parentId === null ? null : (this.#told.get(parentId) ?? null)
    const config: unknown = logic instanceof Object ? Reflect.get(logic, 'config') : null
    const isChart = isRecord(config) && isRecord(config['states'])
    if (!isChart) {
      if (nearest !== null) this.#told.set(sessionId, nearest)
      return
    }
    const machineName = typeof config['id'] === 'string' ? config['id'] : id
    const isRoot = this.#charts.size === 0
    const actorId = isRoot ? rootActor : sessionId
    const ownName = id === sessionId ? machineName : id
    this.#told.set(sessionId, actorId)
    this.#charts.set(sessionId, actorId)
    if (kindOf(machineName) === 'agent') this.#agents.set(actorId, ownName)
    this.#desk.actor({
      actorId,
      parentId: nearest,
      name: isRoot ? this.#rootName : ownName,
      kind: kindOf(machineName),
      machineId: this.#desk.machineId(machineName, logic),
    })
  }

  #tell(actorId: string, event: { readonly type: string }, snapshot: object): void {
    const taken = this.#taken.get(actorId) ?? []
    const from = this.#senders.get(actorId) ?? null
    this.#taken.delete(actorId)
    this.#senders.delete(actorId)
    const name = this.#agents.get(actorId)
    const isAgent = name !== undefined
    if (isAgent && actorId !== rootActor) this.#desk.agentMoved?.({ actorId, name }, snapshot)
    const context = this.#changed(actorId, Reflect.get(snapshot, 'context'))
    const shown = { ...(isAgent ? briefEvent(event) : withoutInput(event)), type: event.type }
    this.#desk.transition({ ...transitionOf(actorId, shown, snapshot), from, taken, ...context })
  }

  /** What is new in a context since the transition before. */
  #changed(actorId: string, context: unknown): Pick<Transition, 'context'> {
    if (!isRecord(context)) return {}
    const before = this.#contexts.get(actorId) ?? {}
    this.#contexts.set(actorId, context)
    const changed = Object.entries(context).filter(([key, value]) => before[key] !== value)
    if (changed.length === 0) return {}
    const news = Object.fromEntries(changed)
    const shown = bounded(this.#agents.has(actorId) ? briefContext(news) : news, smallBounds)
    return isRecord(shown) ? { context: shown } : {}
  }
}

/** What a machine begins with may hold anything, such as the deps of an agent that it invokes. */
function withoutInput({ ...event }: { readonly type: string; readonly input?: unknown }): object {
  const { input: _, ...rest } = event
  return event.type === 'xstate.init' ? rest : event
}

/** The id of the actor that a session is about. */
export const rootActor = 'run'

/** A transition by what a snapshot says, bounded. */
export function transitionOf(
  actorId: string,
  event: { readonly type: string },
  snapshot: object,
): Transition {
  const status: unknown = Reflect.get(snapshot, 'status')
  const output: unknown = Reflect.get(snapshot, 'output')
  const error: unknown = Reflect.get(snapshot, 'error')
  return {
    actorId,
    atMs: Date.now(),
    event: eventOf(event),
    from: null,
    taken: [],
    value: bounded(Reflect.get(snapshot, 'value'), smallBounds) ?? null,
    status: status === 'done' || status === 'error' || status === 'stopped' ? status : 'active',
    ...(output !== undefined && { output: bounded(output, smallBounds) }),
    ...(error !== undefined && { error: errorInfo(error) }),
  }
}

function eventOf(event: { readonly type: string }): Transition['event'] {
  const shown = bounded(event, smallBounds)
  return { ...(isRecord(shown) && shown), type: boundedText(event.type, smallBounds) }
}

export function errorInfo(error: unknown): ErrorInfo {
  const { name, message } = errorFacts(error)
  return { name, message: boundedText(message, { text: 10_000 }) }
}

/** What an agent and its calls are is known by their charts. */
function kindOf(machineName: string): ActorInfo['kind'] {
  if (machineName === 'agent') return 'agent'
  return machineName === 'tool-call' ? 'call' : 'machine'
}

function wayOf({ source, eventType, target }: AnyTransitionDefinition): TakenWay {
  return {
    source: source.path.join('.'),
    event: String(eventType),
    targets: (target ?? []).map(({ path }) => path.join('.')),
  }
}

function actorFacts(actorRef: object) {
  const read = (key: string): unknown => Reflect.get(actorRef, key)
  const parent = read('_parent')
  const parentId: unknown = parent instanceof Object ? Reflect.get(parent, 'sessionId') : null
  return {
    sessionId: String(read('sessionId')),
    id: String(read('id')),
    logic: read('logic'),
    parentId: typeof parentId === 'string' ? parentId : null,
  }
}
