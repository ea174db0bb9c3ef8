import type { AnyStateMachine, AnyStateNode } from 'xstate'
import { agentMachine } from '../../machines/index.ts'
import { idsOf, type MermaidOptions, text, transitionsOf, withDescendants } from './mermaid.ts'
import type { RunPath } from './run-path.ts'

/**
 * The states at the top of an agent's chart with the path of a run, as the text of a Mermaid `stateDiagram-v2` that ends
 * in a line break. Titles and arrows say how often; what was never taken has no number. A skip by `next(node)` has an
 * arrow only where it was taken.
 */
export function pathDiagram(path: RunPath, options: MermaidOptions = {}): string {
  const { direction = 'TB' } = options
  const machine: AnyStateMachine = agentMachine
  const states = Object.values(machine.root.states)
  const ids = idsOf(states)
  const idOf = (state: string): string =>
    ids.get(states.find(({ key }) => key === state) ?? machine.root) ?? state
  const entered = new Map(Object.entries(path.entered))
  const isTaken = ({ key }: AnyStateNode): boolean => (entered.get(key) ?? 0) > 0
  const lines = [
    `[*] --> ${idOf('UserPrompt')}`,
    ...states.map(
      ({ key }) => `state "${titleOf(key, entered.get(key) ?? 0, path)}" as ${idOf(key)}`,
    ),
    ...(path.pending === null || path.failure === null
      ? []
      : [`${idOf(path.pending)} : failed with ${text(path.failure)}`]),
    ...arrowsOf(states, path).map(
      ({ from, to, label }) => `${idOf(from)} --> ${idOf(to)}${label === '' ? '' : ` : ${label}`}`,
    ),
    `${idOf('End')} --> [*]`,
    ...classesOf(
      states.filter(isTaken).map(({ key }) => idOf(key)),
      path.pending && idOf(path.pending),
    ),
  ]
  return ['stateDiagram-v2', `direction ${direction}`, ...lines]
    .map((line, i) => (i === 0 ? line : `  ${line}`))
    .concat('')
    .join('\n')
}

function titleOf(state: string, count: number, { pending, failure }: RunPath): string {
  const facts = [
    ...(count === 0 ? [] : [times(count)]),
    ...(state === pending ? [failure === null ? 'next' : 'failed'] : []),
  ]
  return facts.length === 0 ? state : `${state} (${facts.join(', ')})`
}

interface Arrow {
  readonly from: string
  readonly to: string
  readonly label: string
}

/** One arrow between two states, however many transitions there are. */
function arrowsOf(states: readonly AnyStateNode[], { taken }: RunPath): readonly Arrow[] {
  const known = states.flatMap((from) => {
    const to = new Set(onward(from))
    return states.filter((state) => to.has(state)).map(({ key }) => ({ from: from.key, to: key }))
  })
  const skips = taken.filter(
    (way) => !known.some(({ from, to }) => from === way.from && to === way.to),
  )
  return [...known, ...skips].map(({ from, to }) => {
    const count = taken.find((way) => way.from === from && way.to === to)?.count
    return { from, to, label: count === undefined ? '' : times(count) }
  })
}

/** The other states at the top that work leads to. */
function onward(from: AnyStateNode): readonly (AnyStateNode | undefined)[] {
  const ways = withDescendants(from).flatMap(transitionsOf)
  return ways
    .filter(({ eventType }) => eventType !== 'next')
    .flatMap(({ target = [] }) => target.map((node) => topOf(node)))
    .filter((state) => state !== from)
}

function topOf(node: AnyStateNode): AnyStateNode {
  const { parent } = node
  return parent?.parent === undefined ? node : topOf(parent)
}

function classesOf(taken: readonly string[], pending: string | null): readonly string[] {
  const visited = taken.filter((id) => id !== pending)
  return [
    'classDef visited fill:#dbeafe,stroke:#1d4ed8,color:#172554',
    'classDef pending fill:#fef3c7,stroke:#b45309,stroke-width:3px,color:#451a03',
    ...(visited.length === 0 ? [] : [`class ${visited.join(',')} visited`]),
    ...(pending === null ? [] : [`class ${pending} pending`]),
  ]
}

function times(count: number): string {
  return `${count}×`
}
