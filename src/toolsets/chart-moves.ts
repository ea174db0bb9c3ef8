import { ModelRetry, UserError } from '../errors/index.ts'
import { isStandardSchema, type SchemaInput } from '../schema/index.ts'
import { checkToolName } from '../tools/index.ts'
import {
  type ChartActor,
  type ChartEvent,
  chartSnapshot,
  type ChartSnapshot,
  isInvoking,
  isWildcard,
  matches,
  mayAccept,
  settled,
  transitionDescription,
} from './chart-snapshot.ts'

/** When the chart is looked at again after an event. */
export type PlainWaitFor = 'idle' | { readonly tag: string } | Holds['holds']

/** As a method, so that one that knows the snapshot's type passes for it. */
interface Holds {
  holds(snapshot: unknown): boolean
}

/** What is known of one event beside the chart. */
export interface PlainEventOptions {
  readonly description?: string
  readonly inputSchema?: SchemaInput
  readonly refusal?: string
}

/** Which of an actor's events are offered, and how, once types have done their work. */
export interface ChartMovesOptions<TEventOptions extends PlainEventOptions = PlainEventOptions> {
  readonly events?: Readonly<Record<string, TEventOptions | undefined>>
  readonly only?: readonly string[]
  readonly exclude?: readonly string[]
  readonly prefix?: string
  context?(context: unknown): unknown
  readonly waitFor?: PlainWaitFor
}

/** An event that the chart may accept now. */
export interface Move {
  readonly type: string
  /** What the model calls it. */
  readonly name: string
  readonly description: string | undefined
}

/** What the model reads of the chart. */
export interface ChartReport {
  readonly state: ChartSnapshot['value']
  /** Only when it does not go on: `done` or `stopped`. */
  readonly status?: ChartSnapshot['status']
  /** The names of the events that may be accepted now. */
  readonly accepts: readonly string[]
  readonly context?: unknown
}

/**
 * The events of a user's actor as moves that a model can make.
 *
 * Owns nothing but names: what is accepted is read off the actor each time.
 *
 *   M1. An event is sent only when the chart accepts it at that very moment: nothing happens between the two.
 *   M2. XState's own events are never offered; others only when the chart, or the options by name, have them.
 *   M3. Two events never have one name.
 */
export class ChartMoves {
  readonly machineId: string
  /** Event types by name. */
  readonly types: ReadonlyMap<string, string>
  readonly #actor: ChartActor
  readonly #options: ChartMovesOptions

  /** @throws {UserError} for an actor without a chart, for names that the chart does not have, and for equal ones */
  constructor(actor: ChartActor, options: ChartMovesOptions) {
    const { machine } = chartSnapshot(actor)
    this.#actor = actor
    this.#options = options
    this.machineId = machine.id
    this.types = namedTypes(machine.events, options)
  }

  /** The snapshot of this moment. */
  get snapshot(): ChartSnapshot {
    return chartSnapshot(this.#actor)
  }

  /** What the chart may accept now, in the order of the chart; nothing when it does not run. */
  legal(snapshot: ChartSnapshot = this.snapshot): readonly Move[] {
    if (snapshot.status !== 'active') return []
    return Array.from(this.types, ([name, type]) => ({ name, type }))
      .filter(({ type }) => mayAccept(snapshot, type))
      .map((move) => ({
        ...move,
        description:
          this.#options.events?.[move.type]?.description ??
          transitionDescription(snapshot, move.type),
      }))
  }

  /** The schema of an event's payload: the one in the options, else the one in the chart's `schemas`. */
  schemaOf(type: string): SchemaInput | undefined {
    return this.#options.events?.[type]?.inputSchema ?? declaredSchema(this.snapshot, type)
  }

  /** What the model is told when the chart does not accept the event now; `undefined` when it does. */
  refusal(event: ChartEvent): string | undefined {
    const { snapshot } = this
    const isAccepted = snapshot.status === 'active' && snapshot.can(event)
    return isAccepted ? undefined : this.#refusalText(snapshot, event.type)
  }

  /**
   * Sends the event and waits for what `waitFor` says. What the actor fails with is thrown.
   * @throws {ModelRetry} when the chart does not accept it; then nothing was sent
   */
  async send(event: ChartEvent, signal?: AbortSignal): Promise<ChartSnapshot> {
    const refusal = this.refusal(event)
    if (refusal !== undefined) throw new ModelRetry(refusal)
    const heard = this.#actor.subscribe({ error: () => {} }) // else XState throws it out of nowhere, too
    try {
      this.#actor.send(event) // M1
      const { waitFor } = this.#options
      if (waitFor !== undefined) await settled(this.#actor, isAt(waitFor), signal)
    } finally {
      heard.unsubscribe()
    }
    const { snapshot } = this
    if (snapshot.status === 'error') throw snapshot.error
    return snapshot
  }

  report(snapshot: ChartSnapshot = this.snapshot): ChartReport {
    const { status, value, context } = snapshot
    return {
      state: value,
      ...(status !== 'active' && { status }),
      accepts: this.legal(snapshot).map(({ name }) => name),
      ...(this.#options.context && { context: this.#options.context(context) }),
    }
  }

  #refusalText(snapshot: ChartSnapshot, type: string): string {
    const { state, status, accepts } = this.report(snapshot)
    const name = Array.from(this.types).find(([, known]) => known === type)?.[0] ?? type
    const isGuarded = accepts.includes(name)
    const why = isGuarded ? `refuses '${name}' with these arguments` : `does not accept '${name}'`
    const own = isGuarded ? this.#options.events?.[type]?.refusal : undefined
    const now = status === undefined ? 'is in state' : `is ${status}, in state`
    const list = accepts.length === 0 ? 'nothing' : accepts.map((one) => `'${one}'`).join(', ')
    return [
      `'${this.machineId}' ${now} ${JSON.stringify(state)} and ${why}.`,
      ...(own === undefined ? [] : [own]),
      `It accepts now: ${list}.`,
    ].join(' ')
  }
}

/** The event of a type with what a schema made of the model's arguments; whatever they say, the type stays. */
export function chartEvent(type: string, input: unknown): ChartEvent {
  if (typeof input === 'object' && input !== null) return { ...input, type }
  throw new UserError(`The schema of the event '${type}' does not make an object`, {
    hint: 'Its keys become those of the event: z.object({ … })',
  })
}

function isAt(waitFor: PlainWaitFor): (snapshot: ChartSnapshot) => boolean {
  if (typeof waitFor === 'function') return waitFor
  if (waitFor === 'idle') return (snapshot) => !isInvoking(snapshot)
  return (snapshot) => snapshot.hasTag(waitFor.tag)
}

/** `schemas: { events }` of `setup`, which XState 5 keeps and does not read. */
function declaredSchema({ machine }: ChartSnapshot, type: string): SchemaInput | undefined {
  const schema = valueAt(valueAt(machine.schemas, 'events'), type)
  return isStandardSchema(schema) ? schema : undefined
}

function valueAt(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
  return Reflect.get(value, key)
}

/** The offered types by what the model calls them. */
function namedTypes(
  descriptors: readonly string[],
  { events = {}, only, exclude = [], prefix }: ChartMovesOptions,
): ReadonlyMap<string, string> {
  checkKnown(descriptors, [...Object.keys(events), ...(only ?? []), ...exclude])
  const named = [...Object.keys(events), ...(only ?? [])]
  const types = [...descriptors.filter((type) => !isInternal(type)), ...named]
    .filter((type) => !isWildcard(type))
    .filter((type) => only === undefined || only.some((descriptor) => matches(descriptor, type)))
    .filter((type) => !exclude.some((descriptor) => matches(descriptor, type)))
  const byName = new Map<string, string>()
  for (const type of new Set(types)) {
    const plain = type.replaceAll(/[^a-zA-Z0-9_-]/g, '_')
    const name = checkToolName(prefix === undefined ? plain : `${prefix}_${plain}`)
    const other = byName.get(name)
    if (other !== undefined) throw sameName(name, other, type)
    byName.set(name, type)
  }
  return byName
}

/** A misspelt name would leave out what is meant, or worse, offer what is meant to be left out. */
function checkKnown(descriptors: readonly string[], named: readonly string[]): void {
  const known = descriptors.filter((type) => !isInternal(type))
  for (const name of named) {
    if (isInternal(name)) throw new UserError(`'${name}' is XState's own and never offered`)
    if (known.some((type) => matches(type, name) || matches(name, type))) continue
    throw new UserError(`The chart has no event '${name}'`, {
      hint: `It has ${known.map((type) => `'${type}'`).join(', ') || 'none'}`,
    })
  }
}

function isInternal(type: string): boolean {
  return type.startsWith('xstate.')
}

function sameName(name: string, one: string, other: string): UserError {
  return new UserError(`The events '${one}' and '${other}' would both be the tool '${name}'`, {
    hint: 'Leave one out with `exclude`, or offer them by two toolsets with a `prefix` each',
  })
}
