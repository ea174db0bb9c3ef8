import type { ActorRefLike, AnyStateMachine } from 'xstate'
import { graphJson } from '../diagram/index.ts'
import { type Bounds, boundsOf } from './bounds.ts'
import { briefContext, isAgentContext } from './briefs.ts'
import { Plain, type Shown } from './plain.ts'

/** What is passed on instead of an actor: who it is, its chart, and what was shown of it last. It does nothing. */
export interface ActorStandIn {
  readonly id: string
  readonly sessionId: string
  readonly src: string | undefined
  readonly logic: { readonly config: unknown }
  readonly _parent: ActorStandIn | undefined
  readonly send: () => void
  readonly getSnapshot: () => unknown
  /** Charts are large: who writes events as JSON gets the actor by name. */
  readonly toJSON: () => object
}

/** What actors of XState's have besides what their type says. */
interface Named {
  readonly id?: unknown
  readonly src?: unknown
  readonly logic?: unknown
}

/** One actor as it is shown. */
export class ActorView {
  readonly standIn: ActorStandIn
  /** What its events have shown. */
  readonly told: Shown = new WeakMap()
  readonly #shown: Shown = new WeakMap()
  readonly #calls = new WeakSet()
  #last: object = { status: 'active' }

  constructor(actor: ActorRefLike & Named, parent: ActorStandIn | undefined) {
    const { sessionId, src, logic } = actor
    const id = typeof actor.id === 'string' ? actor.id : sessionId
    this.standIn = {
      id,
      sessionId,
      src: typeof src === 'string' ? src : undefined,
      logic: { config: definitionOf(logic) },
      _parent: parent,
      send: () => {},
      getSnapshot: () => this.#last,
      toJSON: () => ({ id, sessionId }),
    }
  }

  /** The snapshot as it is shown: where the actor is, and what is new about it. */
  snapshot(snapshot: unknown, plain: Plain): unknown {
    if (typeof snapshot !== 'object' || snapshot === null) return this.#last
    const facts: Partial<Record<(typeof facets)[number], unknown>> = snapshot
    const shown = Object.fromEntries(
      facets.map((facet) => [facet, this.#facet(facts, facet, plain)]),
    )
    this.#last = Object.fromEntries(Object.entries(shown).filter(([, fact]) => fact !== undefined))
    return this.#last
  }

  #facet(
    facts: Partial<Record<(typeof facets)[number], unknown>>,
    facet: (typeof facets)[number],
    plain: Plain,
  ): unknown {
    const fact = facts[facet]
    const isRun = facet === 'context' && isAgentContext(fact)
    return plain.of(isRun ? briefContext(fact, this.#calls) : fact, this.#shown)
  }
}

/** What XState's snapshots are shown by; the rest is machinery. */
const facets = [
  'status',
  'value',
  'tags',
  'children',
  'error',
  'output',
  'input',
  'context',
] as const

/** Definitions by configuration: many actors share one. */
const definitions = new WeakMap<object, unknown>()

/** The chart of an actor, without its code and without what its context begins with. */
function definitionOf(logic: unknown): unknown {
  if (!isMachine(logic)) return undefined
  const { config } = logic
  if (!definitions.has(config)) definitions.set(config, chartOf(logic))
  return definitions.get(config)
}

function chartOf(machine: AnyStateMachine): unknown {
  try {
    const { context: _, ...chart } = graphJson(machine)
    return new Plain(chartBounds).of(chart)
  } catch {
    return { id: machine.id } // one that refers to itself
  }
}

/** A chart is drawn whole or not at all. */
const chartBounds: Bounds = boundsOf({ maxDepth: 64, maxItems: 1_000, maxBytes: 262_144 })

function isMachine(logic: unknown): logic is AnyStateMachine {
  return typeof logic === 'object' && logic !== null && 'root' in logic && 'config' in logic
}
