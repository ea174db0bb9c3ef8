import { type Signal, signal } from '@preact/signals'
import type { ActorInfo, Transition } from '../protocol.ts'
import type { Graph } from './chart/graph.ts'
import { edgesTaken } from './chart/taken.ts'

/** How many transitions of an actor are kept to be looked at. */
const transitionsKept = 100

/** Where an actor is and how it came there. */
export interface ActorState {
  readonly last: Transition | null
  /** The newest ones. */
  readonly transitions: readonly Transition[]
  /** How often each edge of its chart was taken. */
  readonly taken: ReadonlyMap<string, number>
  /** Those that it took last. */
  readonly lastTaken: readonly string[]
  readonly startedAtMs: number | null
}

const nothing: ActorState = {
  last: null,
  transitions: [],
  taken: new Map(),
  lastTaken: [],
  startedAtMs: null,
}

/** An actor as the page shows it. */
export class ActorView {
  readonly info: ActorInfo
  readonly state: Signal<ActorState> = signal(nothing)
  readonly #taken = new Map<string, number>()
  #transitions: Transition[] = []
  #lastTaken: readonly string[] = []
  #startedAtMs: number | null = null

  constructor(info: ActorInfo) {
    this.info = info
  }

  /** Takes a transition in; it shows after {@link publish}. */
  add(transition: Transition, graph: Graph | undefined): void {
    const before = this.#transitions.at(-1)
    const edges = graph === undefined ? [] : edgesTaken(graph, transition, before?.value)
    for (const { id } of edges) this.#taken.set(id, (this.#taken.get(id) ?? 0) + 1)
    if (edges.length > 0) this.#lastTaken = edges.map(({ id }) => id)
    this.#startedAtMs ??= transition.atMs
    const context = transition.context ?? before?.context
    this.#transitions.push(context === undefined ? transition : { ...transition, context })
    if (this.#transitions.length > 2 * transitionsKept)
      this.#transitions = this.#transitions.slice(-transitionsKept)
  }

  publish(): void {
    this.state.value = {
      last: this.#transitions.at(-1) ?? null,
      transitions: this.#transitions.slice(-transitionsKept),
      taken: new Map(this.#taken),
      lastTaken: this.#lastTaken,
      startedAtMs: this.#startedAtMs,
    }
  }
}
