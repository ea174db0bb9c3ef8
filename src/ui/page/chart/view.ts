/**
 * What of a chart is drawn: which states are folded, and which edges stand for several. An edge is lifted to where its
 * ends are neighbours; jumps from inside one state into another appear when they were taken, or when all are wanted.
 */
import { chainOf, type EdgeView, type Graph, shortEvent } from './graph.ts'

export interface ViewOptions {
  /** States whose inside is not drawn. */
  readonly folded: ReadonlySet<string>
  readonly allEdges: boolean
}

export interface DrawnEdge {
  readonly id: string
  readonly source: string
  readonly target: string
  /** What it stands for. */
  readonly edges: readonly EdgeView[]
  readonly label: string
  /** Inside a state there is room for a number only. */
  readonly isInner: boolean
  /** Nobody has to see it before it was taken. */
  readonly isJump: boolean
}

/** States deeper than this are folded until somebody looks. */
const openDepth = 1

export function foldedAtFirst(graph: Graph): ReadonlySet<string> {
  const compounds = [...graph.states.values()].filter(({ children }) => children.length > 0)
  const isSmall = graph.states.size <= 9
  return new Set(compounds.filter(({ depth }) => depth > openDepth && !isSmall).map(({ id }) => id))
}

/** The state that stands for another: itself, or the outermost folded one around it. */
export function visibleOf(id: string, folded: ReadonlySet<string>): string {
  return chainOf(id).findLast((one) => folded.has(one)) ?? id
}

export function drawnEdges(graph: Graph, { folded, allEdges }: ViewOptions): readonly DrawnEdge[] {
  const groups = new Map<string, { source: string; target: string; edges: EdgeView[] }>()
  for (const edge of graph.edges) {
    if (edge.target === null || edge.target === '' || edge.source === '') continue
    const [source, target] = endsOf(edge.source, edge.target, folded)
    if (source === target && edge.source !== edge.target) continue
    const key = `${source} > ${target}`
    const group = groups.get(key) ?? { source, target, edges: [] }
    group.edges.push(edge)
    groups.set(key, group)
  }
  const all = [...groups].map(([id, group]) => drawnEdge(id, group, allEdges))
  return allEdges || all.length <= mostEdges ? all : thinned(all, graph)
}

/** With more edges than this a chart shows not all of them at first. */
const mostEdges = 24

/** One way into each final state is enough to see, the latest; names would be too many. */
function thinned(all: readonly DrawnEdge[], graph: Graph): readonly DrawnEdge[] {
  const isFinal = (id: string): boolean => graph.states.get(id)?.type === 'final'
  const latest = new Map(all.map((edge) => [edge.target, edge]))
  return all.map((edge) => ({
    ...edge,
    isInner: true,
    isJump: edge.isJump || (isFinal(edge.target) && latest.get(edge.target) !== edge),
  }))
}

function drawnEdge(
  id: string,
  group: Pick<DrawnEdge, 'source' | 'target' | 'edges'>,
  allEdges: boolean,
): DrawnEdge {
  const { source, target, edges } = group
  const plain = edges.filter((edge) => allEdges || !isJump(edge, source, target))
  const label = labelOf(plain.length > 0 ? plain : edges)
  const isInner = source.includes('.')
  return { id, source, target, edges, label, isInner, isJump: plain.length === 0 }
}

/** Whether an edge that somebody's event takes goes from inside one state to inside another. */
function isJump(edge: EdgeView, source: string, target: string): boolean {
  return edge.source !== source && edge.target !== target && !edge.event.startsWith('xstate.')
}

function labelOf(edges: readonly EdgeView[]): string {
  const names = [...new Set(edges.map(({ event }) => shortEvent(event)))]
  return names.length > 2 ? `${names.slice(0, 2).join(', ')} …` : names.join(', ')
}

/** Where an edge begins and ends as drawn. */
function endsOf(
  source: string,
  target: string,
  folded: ReadonlySet<string>,
): readonly [string, string] {
  const from = visibleOf(source, folded)
  const to = visibleOf(target, folded)
  if (from === to) return [from, to]
  const [fromChain, toChain] = [chainOf(from).toReversed(), chainOf(to).toReversed()]
  const at = fromChain.findIndex((id, index) => id !== toChain[index])
  return at === -1 ? [from, to] : [fromChain[at] ?? from, toChain[at] ?? to]
}
