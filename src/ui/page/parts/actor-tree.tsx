import type { VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import { activeStates, leavesOf } from '../chart/graph.ts'
import { duration } from '../format.ts'
import type { ActorView } from '../actor-view.ts'
import type { Session } from '../session.ts'
import { inspectValue, pane } from '../state.ts'
import { Icon } from './icons.tsx'
import { useVisibleRows } from './visible-rows.ts'

interface Row {
  readonly actor: ActorView
  readonly depth: number
}

/** The actors of the run, those inside others below them. */
export function ActorTree({ session }: { readonly session: Session }): VNode {
  const actors = session.actors.value
  const rows = useMemo(() => rowsOf(actors), [actors])
  const { ref, from, to, above, below } = useVisibleRows<HTMLUListElement>(rows.length, 26)
  if (rows.length === 0) return <p class="empty">No actors.</p>
  return (
    <ul class="actors" ref={ref} style={{ paddingTop: `${above}px`, paddingBottom: `${below}px` }}>
      {rows.slice(from, to).map(({ actor, depth }) => (
        <ActorRow key={actor.info.actorId} actor={actor} depth={depth} session={session} />
      ))}
    </ul>
  )
}

function ActorRow({ actor, depth, session }: Row & { readonly session: Session }): VNode {
  const { info } = actor
  const { last, startedAtMs } = actor.state.value
  const isShown = session.actor.value === actor
  const status = last?.status ?? 'active'
  const open = (): void => {
    if (info.machineId === null) inspectValue(info.name, dataOf(actor))
    else {
      session.shownActor.value = info.actorId
      if (pane.value === 'details') pane.value = 'chart'
    }
  }
  const took =
    status !== 'active' && last !== null && startedAtMs !== null
      ? duration(last.atMs - startedAtMs)
      : null
  return (
    <li class={`actor depth-${Math.min(depth, 6)}`}>
      <button
        type="button"
        class="actor-row"
        aria-current={isShown ? 'true' : undefined}
        onClick={open}
      >
        <span class={`dot dot-${status}`} aria-hidden="true" />
        <span class="mono">{info.name}</span>
        <span class="faint">{info.kind}</span>
        <span class="actor-state">{stateText(actor)}</span>
        {took !== null && <span class="faint">{took}</span>}
      </button>
      <button
        type="button"
        class="quiet"
        title="Raw JSON"
        aria-label={`Raw JSON of ${info.name}`}
        onClick={() => inspectValue(info.name, dataOf(actor))}
      >
        <Icon name="raw" />
      </button>
    </li>
  )
}

/** The innermost active states of an actor, or how it stands if it has none. */
function stateText({ state }: ActorView): string {
  const transition = state.value.last
  if (transition === null) return ''
  const leaves = leavesOf(activeStates(transition.value))
  return leaves.length > 0 ? leaves.join(', ') : transition.status
}

function dataOf({ info, state }: ActorView): unknown {
  const { last, transitions } = state.value
  return { ...info, last, transitions }
}

function rowsOf(actors: readonly ActorView[]): readonly Row[] {
  const inside = new Map<string | null, ActorView[]>()
  const ids = new Set(actors.map(({ info }) => info.actorId))
  for (const actor of actors) {
    const { parentId } = actor.info
    const key = parentId !== null && ids.has(parentId) ? parentId : null
    const siblings = inside.get(key) ?? []
    siblings.push(actor)
    inside.set(key, siblings)
  }
  const walk = (parent: string | null, depth: number): readonly Row[] =>
    (inside.get(parent) ?? []).flatMap((actor) => [
      { actor, depth },
      ...walk(actor.info.actorId, depth + 1),
    ])
  return walk(null, 0)
}
