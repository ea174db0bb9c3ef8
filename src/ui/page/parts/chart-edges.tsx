import type { VNode } from 'preact'
import type { Box, Layout } from '../chart/layout.ts'
import type { DrawnEdge } from '../chart/view.ts'
import type { ActorView } from '../actor-view.ts'
import { inspectValue } from '../state.ts'

interface Props {
  readonly layout: Layout
  readonly edges: readonly DrawnEdge[]
  readonly actor: ActorView
}

/** The edges, those that were taken over the others. */
export function ChartEdges({ layout, edges, actor }: Props): VNode {
  const { taken, lastTaken } = actor.state.value
  const last = new Set(lastTaken)
  const timesOf = (edge: DrawnEdge): number =>
    edge.edges.reduce((sum, { id }) => sum + (taken.get(id) ?? 0), 0)
  const isLast = (edge: DrawnEdge): boolean => edge.edges.some(({ id }) => last.has(id))
  const boxes = new Map(layout.boxes.map((box) => [box.id, box]))
  const jumps = edges.filter((edge) => edge.isJump && timesOf(edge) > 0)
  const lines = [
    ...layout.lines,
    ...jumps.map((edge) => ({
      edge,
      path: bow(boxes.get(edge.source), boxes.get(edge.target)),
      label: null,
    })),
  ].toSorted((one, other) => timesOf(one.edge) - timesOf(other.edge))
  return (
    <g class="edges">
      <defs>
        {['idle', 'taken', 'last'].map((kind) => (
          <marker
            key={kind}
            id={`arrow-${kind}`}
            class={`arrow arrow-${kind}`}
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="7"
            markerHeight="7"
            orient="auto-start-reverse"
          >
            <path d="M1 1L7 4L1 7z" />
          </marker>
        ))}
      </defs>
      {lines.map(({ edge, path, label }) => {
        const times = timesOf(edge)
        const kind = isLast(edge) ? 'last' : times > 0 ? 'taken' : 'idle'
        return (
          <g
            key={edge.id}
            class={`edge edge-${kind}`}
            onClick={() => inspectValue(`${edge.source} to ${edge.target}`, edge.edges)}
          >
            <path class="edge-area" d={path} />
            <path class="edge-line" d={path} markerEnd={`url(#arrow-${kind})`} />
            {label !== null && (
              <text x={label.x + 2} y={label.y + 10}>
                {!edge.isInner && `${edge.label} `}
                {times > 0 && <tspan class="times">×{times}</tspan>}
              </text>
            )}
            <title>{titleOf(edge)}</title>
          </g>
        )
      })}
    </g>
  )
}

function titleOf({ edges }: DrawnEdge): string {
  const lines = edges.map(({ event, guard, target }) => {
    const condition = guard === null ? '' : ` when ${guard}`
    return `${event || 'always'}${condition}, to ${target ?? ''}`
  })
  return lines.slice(0, 12).join('\n')
}

/** Straight from one box to the other, for an edge that nobody laid out. */
function bow(source: Box | undefined, target: Box | undefined): string {
  if (source === undefined || target === undefined) return ''
  const isRight = target.x >= source.x + source.width
  const isLeft = target.x + target.width <= source.x
  if (!isRight && !isLeft) {
    const isBelow = target.y > source.y
    const [x1, x2] = [source.x + source.width / 2, target.x + target.width / 2]
    const [y1, y2] = [
      source.y + (isBelow ? source.height : 0),
      target.y + (isBelow ? 0 : target.height),
    ]
    return `M${x1} ${y1} C${x1} ${(y1 + y2) / 2} ${x2} ${(y1 + y2) / 2} ${x2} ${y2}`
  }
  const [x1, x2] = [
    source.x + (isRight ? source.width : 0),
    target.x + (isRight ? 0 : target.width),
  ]
  const [y1, y2] = [source.y + source.height / 2, target.y + target.height / 2]
  return `M${x1} ${y1} C${(x1 + x2) / 2} ${y1} ${(x1 + x2) / 2} ${y2} ${x2} ${y2}`
}
