import { useSignal } from '@preact/signals'
import type { VNode } from 'preact'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { activeStates, type Graph, leavesOf, shortEvent } from '../chart/graph.ts'
import { type Box, type Layout, layoutOf } from '../chart/layout.ts'
import { drawnEdges, foldedAtFirst } from '../chart/view.ts'
import type { ActorView } from '../actor-view.ts'
import type { Session } from '../session.ts'
import { inspectValue, machines } from '../state.ts'
import { ChartEdges } from './chart-edges.tsx'
import { ChartState } from './chart-state.tsx'

/** The chart of one actor of the run: what is active is lit, what was taken stands out. */
export function Chart({ session }: { readonly session: Session }): VNode {
  const actor = session.actor.value
  const graph = machines.value.get(actor?.info.machineId ?? '')
  return (
    <section class="chart pane-chart" aria-label="Statechart">
      {actor === null || graph === undefined ? (
        <p class="empty">No chart for this run.</p>
      ) : (
        <ChartOf key={graph.machineId} actor={actor} graph={graph} session={session} />
      )}
    </section>
  )
}

interface Props {
  readonly actor: ActorView
  readonly graph: Graph
  readonly session: Session
}

function ChartOf({ actor, graph, session }: Props): VNode {
  const folded = useSignal(useMemo(() => foldedAtFirst(graph), [graph]))
  const allEdges = useSignal(false)
  const fold = (id: string): void => {
    const next = new Set(folded.value)
    if (!next.delete(id)) next.add(id)
    folded.value = next
  }
  return (
    <>
      <div class="chart-bar row">
        <Breadcrumbs session={session} actor={actor} />
        <span class="gap" />
        <LastEvent actor={actor} />
        <label class="check">
          <input
            type="checkbox"
            checked={allEdges.value}
            onChange={(event) => (allEdges.value = event.currentTarget.checked)}
          />
          All edges
        </label>
      </div>
      <Frame
        graph={graph}
        actor={actor}
        folded={folded.value}
        allEdges={allEdges.value}
        fold={fold}
      />
    </>
  )
}

interface FrameProps {
  readonly graph: Graph
  readonly actor: ActorView
  readonly folded: ReadonlySet<string>
  readonly allEdges: boolean
  readonly fold: (id: string) => void
}

const leastZoom = 0.56
const mostZoom = 1.25

/** Where the chart is drawn, as large as there is room. */
function Frame({ graph, actor, folded, allEdges, fold }: FrameProps): VNode {
  const frame = useRef<HTMLDivElement>(null)
  const size = useSignal({ width: 0, height: 0 })
  const layout = useSignal<Layout | null>(null)
  const problem = useSignal<string | null>(null)
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) size.value = entry.contentRect
    })
    if (frame.current !== null) observer.observe(frame.current)
    return () => observer.disconnect()
  }, [])
  const { width, height } = size.value
  const isTall = width < height * 1.1
  useEffect(() => {
    if (width === 0) return undefined
    let isStale = false
    const draw = async (): Promise<void> => {
      const result = await layoutOf(graph, { folded, allEdges, isTall })
      if (!isStale) layout.value = result
    }
    draw().catch((error: unknown) => (problem.value = String(error)))
    return () => {
      isStale = true
    }
  }, [graph, folded, allEdges, isTall, width === 0])
  const drawn = layout.value
  const fit = drawn === null ? 1 : Math.min((width - 4) / drawn.width, (height - 4) / drawn.height)
  const zoom = Math.min(mostZoom, Math.max(leastZoom, fit))
  const active = activeStates(actor.state.value.last?.value)
  const place = leavesOf(active).join(', ')
  useEffect(() => {
    const lit = frame.current?.querySelectorAll('.state.active')
    lit?.[lit.length - 1]?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [place, zoom, drawn])
  return (
    <div class="chart-frame" ref={frame} tabIndex={0} role="region" aria-label="Chart, scrollable">
      {drawn !== null && (
        <Drawing
          {...{ graph, actor, folded, allEdges, fold, zoom, active }}
          layout={drawn}
          label={`Chart of ${actor.info.name}, active: ${place || 'none'}`}
        />
      )}
      {problem.value !== null && <p class="problem">{problem.value}</p>}
    </div>
  )
}

interface DrawingProps extends FrameProps {
  readonly layout: Layout
  readonly zoom: number
  readonly active: ReadonlySet<string>
  readonly label: string
}

function Drawing(props: DrawingProps): VNode {
  const { layout, graph, actor, folded, allEdges, fold, zoom, active, label } = props
  const edges = useMemo(() => drawnEdges(graph, { folded, allEdges }), [graph, folded, allEdges])
  const isOpen = ({ id }: Box): boolean =>
    graph.states.get(id)?.children.length !== 0 && !folded.has(id)
  const stateOf = (box: Box): VNode => (
    <ChartState
      key={box.id}
      box={box}
      state={graph.states.get(box.id)}
      active={active}
      isFolded={folded.has(box.id)}
      isFirst={box === layout.boxes[0]}
      fold={fold}
    />
  )
  return (
    <svg
      role="group"
      aria-label={label}
      width={layout.width * zoom}
      height={layout.height * zoom}
      viewBox={`0 0 ${layout.width} ${layout.height}`}
      onKeyDown={moveFocus}
    >
      {layout.boxes.filter(isOpen).map(stateOf)}
      <ChartEdges layout={layout} edges={edges} actor={actor} />
      {layout.boxes.filter((box) => !isOpen(box)).map(stateOf)}
    </svg>
  )
}

/** The actor, below those that it is part of. */
function Breadcrumbs({ session, actor }: Pick<Props, 'session' | 'actor'>): VNode {
  const all = new Map(session.actors.value.map((one) => [one.info.actorId, one]))
  const path: ActorView[] = []
  let one: ActorView | undefined = actor
  while (one !== undefined && path.length < 8) {
    path.unshift(one)
    one = all.get(one.info.parentId ?? '')
  }
  return (
    <span class="crumbs">
      {path.map(({ info }, at) => (
        <button
          key={info.actorId}
          type="button"
          class="quiet"
          aria-current={at === path.length - 1 ? 'true' : undefined}
          disabled={info.machineId === null}
          onClick={() => (session.shownActor.value = info.actorId)}
        >
          {info.name}
        </button>
      ))}
    </span>
  )
}

function LastEvent({ actor }: { readonly actor: ActorView }): VNode | null {
  const { last } = actor.state.value
  if (last === null) return null
  return (
    <button
      type="button"
      class="quiet faint mono last-event"
      title="The event that came last"
      onClick={() => inspectValue(`${actor.info.name}: ${last.event.type}`, last)}
    >
      {shortEvent(last.event.type)}
    </button>
  )
}

/** The arrow keys go from state to state. */
function moveFocus(event: KeyboardEvent & { currentTarget: Element }): void {
  const move = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key]
  if (move === undefined) return
  const states = [...event.currentTarget.querySelectorAll<SVGGElement>('.state')]
  const at = states.findIndex((state) => state === document.activeElement)
  event.preventDefault()
  states[(at + move + states.length) % states.length]?.focus()
}
