import type { TakenWay, Transition } from '../../protocol.ts'
import { activeStates, type EdgeView, type Graph } from './graph.ts'

type Step = Pick<Transition, 'event' | 'value' | 'taken'>

/**
 * The edges that a transition took. Where nobody told them they are guessed from the states before and after: guards
 * are not known here, so of edges that would all do the one with the innermost ends is taken.
 */
export function edgesTaken(graph: Graph, step: Step, before: unknown): readonly EdgeView[] {
  if (step.taken.length > 0) return step.taken.flatMap((way) => edgesOfWay(graph, way))
  if (before === undefined) return []
  const guess = guessed(graph, activeStates(before), activeStates(step.value), step.event.type)
  return guess === null ? [] : [guess]
}

function edgesOfWay(graph: Graph, way: TakenWay): readonly EdgeView[] {
  return way.targets.flatMap(
    (target) =>
      graph.edges.find(
        (edge) => edge.source === way.source && edge.target === target && isFor(edge, way.event),
      ) ?? [],
  )
}

function guessed(
  graph: Graph,
  before: ReadonlySet<string>,
  after: ReadonlySet<string>,
  event: string,
): EdgeView | null {
  const fits = graph.edges.filter(
    ({ source, target }) =>
      target !== null && (source === '' || before.has(source)) && after.has(target),
  )
  const named = fits.filter((edge) => edge.event !== '' && isFor(edge, event))
  const always = fits.filter((edge) => edge.event === '' && !before.has(edge.target ?? ''))
  return innermost(named) ?? innermost(always)
}

function isFor(edge: EdgeView, event: string): boolean {
  if (edge.event === event) return true
  if (edge.event === '') return false
  if (edge.event.startsWith('xstate.')) return event.startsWith(`${edge.event}.`)
  return (
    edge.event === '*' || (edge.event.endsWith('.*') && event.startsWith(edge.event.slice(0, -1)))
  )
}

function innermost(edges: readonly EdgeView[]): EdgeView | null {
  const depth = (edge: EdgeView): number => edge.source.length * 1000 + (edge.target?.length ?? 0)
  return edges.toSorted((one, other) => depth(other) - depth(one))[0] ?? null
}
