/**
 * Where the states and edges of a chart stand, worked out by ELK in a worker and kept: what is active does not matter
 * for it.
 */
import ELK, { type ElkExtendedEdge, type ElkNode, type ElkPoint } from 'elkjs/lib/elk-api.js'
import type { Graph, StateView } from './graph.ts'
import { type DrawnEdge, drawnEdges, type ViewOptions } from './view.ts'

export interface Box {
  readonly id: string
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface Line {
  readonly edge: DrawnEdge
  /** As SVG draws a path. */
  readonly path: string
  readonly label: { readonly x: number; readonly y: number } | null
}

export interface Layout {
  readonly width: number
  readonly height: number
  readonly boxes: readonly Box[]
  readonly lines: readonly Line[]
}

export interface LayoutOptions extends ViewOptions {
  /** Whether there is more height than width. */
  readonly isTall: boolean
}

const kept = new Map<string, Promise<Layout>>()
let elk: InstanceType<typeof ELK.default> | undefined

/** The layout of a chart. Rejects where no worker can be started. */
export function layoutOf(graph: Graph, options: LayoutOptions): Promise<Layout> {
  const key = JSON.stringify([
    graph.machineId,
    graph.states.size,
    [...options.folded],
    options.allEdges,
    options.isTall,
  ])
  const known = kept.get(key) ?? makeLayout(graph, options)
  kept.set(key, known)
  return known
}

async function makeLayout(graph: Graph, options: LayoutOptions): Promise<Layout> {
  elk ??= new ELK.default({ workerFactory: startWorker })
  const edges = drawnEdges(graph, options)
  const root = graph.states.get('')
  const input: ElkNode = {
    id: 'root',
    layoutOptions: rootOptions(options),
    children: (root?.children ?? []).map((id) => elkNode(graph, id, edges, options)),
    edges: edgesInside(null, edges).map(elkEdge),
  }
  const laidOut: ElkNode = await elk.layout(input)
  const byId = new Map(edges.map((edge) => [edge.id, edge]))
  const boxes: Box[] = []
  const lines: Line[] = []
  collect(laidOut, 0, 0, { boxes, lines, byId })
  return { width: laidOut.width ?? 0, height: laidOut.height ?? 0, boxes, lines }
}

/** From the file beside the page or, in an exported page, from within it. */
function startWorker(): Worker {
  const inlined = document.getElementById('elk-worker')?.textContent
  if (inlined === undefined || inlined === null) return new Worker('elk-worker.js')
  return new Worker(URL.createObjectURL(new Blob([inlined], { type: 'text/javascript' })))
}

const common = {
  'elk.algorithm': 'layered',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.layered.spacing.nodeNodeBetweenLayers': '30',
  'elk.layered.spacing.edgeNodeBetweenLayers': '14',
  'elk.spacing.nodeNode': '22',
  'elk.spacing.edgeNode': '12',
  'elk.spacing.edgeEdge': '9',
  'elk.spacing.edgeLabel': '3',
  'elk.edgeLabels.inline': 'false',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.layered.cycleBreaking.strategy': 'MODEL_ORDER',
  'elk.layered.nodePlacement.bk.fixedAlignment': 'BALANCED',
}

function rootOptions({ isTall }: LayoutOptions): Record<string, string> {
  return {
    ...common,
    'elk.layered.nodePlacement.strategy': 'SIMPLE',
    'elk.direction': isTall ? 'DOWN' : 'RIGHT',
    'elk.padding': '[top=8,left=8,bottom=8,right=8]',
    'elk.hierarchyHandling': 'SEPARATE_CHILDREN',
  }
}

const letterWidth = 7.1

function elkNode(
  graph: Graph,
  id: string,
  edges: readonly DrawnEdge[],
  options: LayoutOptions,
): ElkNode {
  const state = graph.states.get(id)
  if (state === undefined || state.children.length === 0 || options.folded.has(id))
    return { id, ...sizeOf(state) }
  const titleWidth = Math.ceil(state.key.length * letterWidth + 40)
  return {
    id,
    children: state.children.map((child) => elkNode(graph, child, edges, options)),
    edges: edgesInside(id, edges).map(elkEdge),
    layoutOptions: {
      ...common,
      'elk.direction': options.isTall ? 'RIGHT' : 'DOWN',
      'elk.padding': '[top=36,left=14,bottom=14,right=14]',
      'elk.nodeSize.constraints': 'MINIMUM_SIZE',
      'elk.nodeSize.minimum': `(${titleWidth}, 48)`,
    },
  }
}

function sizeOf(state: StateView | undefined): { width: number; height: number } {
  const words = state?.children.map((id) => id.slice(id.lastIndexOf('.') + 1).length) ?? []
  const letters = Math.max(state?.key.length ?? 0, ...words.map((length) => length * 0.85 + 2))
  const height = words.length > 0 ? 46 : 32
  return { width: Math.ceil(Math.max(64, letters * letterWidth + 34)), height }
}

/** ELK wants an edge where both its ends are inside. */
function edgesInside(around: string | null, edges: readonly DrawnEdge[]): readonly DrawnEdge[] {
  const prefix = around === null ? '' : `${around}.`
  return edges.filter(
    ({ source, target, isJump }) =>
      !isJump && [source, target].every((end) => isChildOf(end, prefix)),
  )
}

function isChildOf(id: string, prefix: string): boolean {
  return id.startsWith(prefix) && !id.slice(prefix.length).includes('.')
}

function elkEdge({ id, source, target, label, isInner }: DrawnEdge): ElkExtendedEdge {
  // ELK places no label without text.
  const text = isInner ? '×' : label
  const width = Math.ceil((text.length + 3) * 5.2)
  return { id, sources: [source], targets: [target], labels: [{ text, width, height: 13 }] }
}

interface Collected {
  readonly boxes: Box[]
  readonly lines: Line[]
  readonly byId: ReadonlyMap<string, DrawnEdge>
}

function collect(node: ElkNode, x: number, y: number, into: Collected): void {
  for (const edge of node.edges ?? []) {
    const drawn = into.byId.get(edge.id)
    if (drawn !== undefined) into.lines.push(lineOf(edge, drawn, x, y))
  }
  for (const child of node.children ?? []) {
    const box = {
      id: child.id,
      x: x + (child.x ?? 0),
      y: y + (child.y ?? 0),
      width: child.width ?? 0,
      height: child.height ?? 0,
    }
    into.boxes.push(box)
    collect(child, box.x, box.y, into)
  }
}

function lineOf(edge: ElkExtendedEdge, drawn: DrawnEdge, x: number, y: number): Line {
  const sections = edge.sections ?? []
  const path = sections
    .map(({ startPoint, bendPoints = [], endPoint }) =>
      rounded([startPoint, ...bendPoints, endPoint].map((point) => moved(point, x, y))),
    )
    .join(' ')
  const [label] = edge.labels ?? []
  const at =
    label?.x === undefined || label.y === undefined ? null : { x: x + label.x, y: y + label.y }
  return { edge: drawn, path, label: at }
}

function moved(point: ElkPoint, x: number, y: number): ElkPoint {
  return { x: point.x + x, y: point.y + y }
}

/** A line with round corners. */
function rounded(points: readonly ElkPoint[]): string {
  const [first, ...rest] = points
  if (first === undefined) return ''
  let path = `M${first.x} ${first.y}`
  for (const [at, corner] of rest.entries()) {
    const before = points[at]
    const next = rest[at + 1]
    if (before === undefined || next === undefined) path += ` L${corner.x} ${corner.y}`
    else {
      const into = towards(corner, before, 8)
      const out = towards(corner, next, 8)
      path += ` L${into.x} ${into.y} Q${corner.x} ${corner.y} ${out.x} ${out.y}`
    }
  }
  return path
}

function towards(from: ElkPoint, to: ElkPoint, distance: number): ElkPoint {
  const length = Math.hypot(to.x - from.x, to.y - from.y)
  const part = length === 0 ? 0 : Math.min(distance, length / 2) / length
  return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part }
}
