/**
 * An inspector that sees enough of a run, and no more.
 *
 *   I1. What is passed on is plain data: bounded, without secrets, and holding on to nothing that is alive.
 *   I2. What a run does not change is not passed on again: the cost grows with what happens.
 *   I3. A run is the same without it: an inspector that throws is not called again, and the run goes on.
 */
import type { ActorRefLike, InspectionEvent } from 'xstate'
import type { Inspector } from '../run/index.ts'
import { type ActorStandIn, ActorView } from './actor-view.ts'
import { type Bounds, boundsOf, type InspectionBounds } from './bounds.ts'
import { Plain } from './plain.ts'

/**
 * Puts bounds on any inspector of XState's events, for the `inspect` option of a run, of `createActor` or of a model's
 * host. Actors are passed on as stand-ins that can be looked at but not spoken to; unknown kinds of events are not.
 *
 * @param inspector a function or an observer, such as that of `@statelyai/inspect`
 */
export function safeInspector(
  inspector: Inspector,
  bounds: InspectionBounds = {},
): (event: InspectionEvent) => void {
  const watcher = new Watcher(boundsOf(bounds))
  let isBroken = false
  return (event) => {
    if (isBroken) return
    try {
      const shown = watcher.shown(event)
      if (shown === undefined) return
      if (typeof inspector === 'function') inspector(shown)
      else inspector.next?.(shown)
    } catch (error) {
      isBroken = true // I3
      globalThis.process?.emitWarning?.(
        `An inspector has thrown and is not told any more: ${String(error)}`,
        'AgentWarning',
      )
    }
  }
}

class Watcher {
  readonly #bounds: Bounds
  readonly #views = new WeakMap<object, ActorView>()

  constructor(bounds: Bounds) {
    this.#bounds = bounds
  }

  shown(event: InspectionEvent): InspectionEvent | undefined {
    const view = this.#viewOf(event.actorRef)
    const facts = this.#factsOf(event, view)
    if (facts === undefined) return undefined
    const { type, rootId } = event
    const shown: unknown = { type, rootId, actorRef: view.standIn, ...facts }
    return shown as InspectionEvent // the same kind of event, with plain data in it
  }

  #factsOf(event: InspectionEvent, view: ActorView): object | undefined {
    const plain = new Plain(this.#bounds)
    switch (event.type) {
      case '@xstate.actor':
        return {}
      case '@xstate.event': {
        const { sourceRef } = event
        const source = sourceRef && this.#viewOf(sourceRef).standIn
        return { sourceRef: source, event: eventOf(event.event, view, plain) }
      }
      case '@xstate.snapshot':
        return {
          snapshot: view.snapshot(event.snapshot, plain),
          event: eventOf(event.event, view, plain),
        }
      case '@xstate.microstep':
      case '@xstate.transition': // I2: the snapshot follows
        return {
          snapshot: plain.of(placeOf(event.snapshot)),
          event: { type: plain.of(event.event.type) },
          ...('_transitions' in event && { _transitions: event._transitions.map(wayOf) }),
        }
      case '@xstate.action':
        return { action: plain.of(event.action, view.told) }
      default:
        return undefined
    }
  }

  #viewOf(actor: ActorRefLike): ActorView {
    const known = this.#views.get(actor)
    if (known !== undefined) return known
    const view = new ActorView(actor, this.#parentOf(actor))
    this.#views.set(actor, view)
    return view
  }

  #parentOf(actor: ActorRefLike & { readonly _parent?: ActorRefLike }): ActorStandIn | undefined {
    return actor._parent && this.#viewOf(actor._parent).standIn
  }
}

/** An event is one with a type, also when the rest of it was shown before. */
function eventOf(event: { readonly type: string }, { told }: ActorView, plain: Plain): object {
  const shown = plain.of(event, told)
  return typeof shown === 'object' && shown !== null
    ? shown
    : { type: plain.of(event.type), content: shown }
}

/** Where an actor is, and nothing of what it holds. */
function placeOf(snapshot: object): object {
  const { status, value }: { status?: unknown; value?: unknown } = snapshot
  return { status, value }
}

/** A transition by the ids of its states. */
function wayOf(way: {
  readonly eventType: unknown
  readonly source: { readonly id: string }
  readonly target?: readonly { readonly id: string }[] | undefined
}): object {
  return {
    eventType: String(way.eventType),
    source: { id: way.source.id },
    target: way.target?.map(({ id }) => ({ id })),
  }
}
