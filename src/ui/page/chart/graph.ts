/** A machine's chart, read from the JSON of its configuration: states by their path, and edges between them. */
import { isObject, type JsonObject, textOf } from '../json.ts'

export interface StateView {
  /** Path from the root, with dots; `''` is the root. */
  readonly id: string
  readonly key: string
  /** Of the state around it; `null` for the root. */
  readonly parent: string | null
  readonly type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history'
  readonly initial: string | null
  readonly children: readonly string[]
  /** What works while the state is active. */
  readonly invokes: readonly string[]
  readonly depth: number
  /** As the configuration has it, without the states inside. */
  readonly config: JsonObject
}

export interface EdgeView {
  readonly id: string
  readonly source: string
  /** `null`: the event changes no state. */
  readonly target: string | null
  /** As XState names it; `''` for a transition that is taken at once. */
  readonly event: string
  readonly guard: string | null
  readonly actions: readonly string[]
}

export interface Graph {
  readonly machineId: string
  readonly states: ReadonlyMap<string, StateView>
  readonly edges: readonly EdgeView[]
}

/** Reads what `graphJson` gives. */
export function readGraph(machineId: string, config: JsonObject): Graph {
  const states = new Map<string, StateView>()
  const names = new Map<string, string>([[textOf(config['id']) || machineId, '']])
  const configs: [string, JsonObject][] = []
  const walk = (id: string, key: string, parent: string | null, node: JsonObject): void => {
    const inside = isObject(node['states']) ? node['states'] : {}
    if (typeof node['id'] === 'string') names.set(node['id'], id)
    const keys = Object.keys(inside)
    states.set(
      id,
      stateView({ id, key, parent, node, children: keys.map((child) => below(id, child)) }),
    )
    configs.push([id, node])
    for (const child of keys) {
      const value = inside[child]
      if (isObject(value)) walk(below(id, child), child, id, value)
    }
  }
  walk('', textOf(config['id']) || machineId, null, config)
  const edges = configs.flatMap(([id, node]) => edgesOf(id, node))
  return { machineId, states, edges: edges.map((edge, at) => resolved(edge, at, states, names)) }
}

export function below(id: string, key: string): string {
  return id === '' ? key : `${id}.${key}`
}

interface StateParts extends Pick<StateView, 'id' | 'key' | 'parent' | 'children'> {
  readonly node: JsonObject
}

function stateView({ id, key, parent, children, node }: StateParts): StateView {
  const { states: _, ...config } = node
  const named = ['parallel', 'final', 'history'].find((type) => type === node['type'])
  const type = named ?? (children.length > 0 ? 'compound' : 'atomic')
  return {
    id,
    key,
    parent,
    type: isType(type) ? type : 'atomic',
    initial: initialOf(node['initial']),
    children,
    invokes: listOf(node['invoke']).map((invoke) => textOf(invoke['id']) || textOf(invoke['src'])),
    depth: id === '' ? 0 : id.split('.').length,
    config,
  }
}

/** Told by its key or, in a machine's definition, by the transition to it. */
function initialOf(initial: unknown): string | null {
  if (typeof initial === 'string') return initial
  const [target] = isObject(initial) ? [initial['target']].flat() : []
  return typeof target === 'string' ? target.slice(target.lastIndexOf('.') + 1) : null
}

function isType(type: string): type is StateView['type'] {
  return ['atomic', 'compound', 'parallel', 'final', 'history'].includes(type)
}

interface RawEdge {
  readonly source: string
  readonly event: string
  readonly transition: JsonObject
}

function edgesOf(source: string, node: JsonObject): readonly RawEdge[] {
  const of = (event: string, transitions: unknown): readonly RawEdge[] =>
    listOf(transitions).map((transition) => ({ source, event, transition }))
  const by = (map: unknown, name: (key: string) => string): readonly RawEdge[] =>
    isObject(map) ? Object.entries(map).flatMap(([key, value]) => of(name(key), value)) : []
  return [
    ...of('', node['always']),
    ...by(node['on'], (event) => event),
    ...by(node['after'], (delay) => `xstate.after.${delay}`),
    ...of('xstate.done.state', node['onDone']),
    ...listOf(node['invoke']).flatMap((invoke, at) => {
      const id = textOf(invoke['id']) || `${at}.${source}`
      return [
        ...of(`xstate.done.actor.${id}`, invoke['onDone']),
        ...of(`xstate.error.actor.${id}`, invoke['onError']),
        ...of(`xstate.snapshot.${id}`, invoke['onSnapshot']),
      ]
    }),
  ]
}

function listOf(value: unknown): readonly JsonObject[] {
  if (value === undefined || value === null) return []
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  return list.map((one) => (isObject(one) ? one : { target: one }))
}

function resolved(
  { source, event, transition }: RawEdge,
  at: number,
  states: Graph['states'],
  names: ReadonlyMap<string, string>,
): EdgeView {
  const [target] = [transition['target']].flat()
  return {
    id: `edge-${at}`,
    source,
    target: typeof target === 'string' ? targetOf(source, target, states, names) : null,
    event,
    guard: nameOf(transition['guard']),
    actions: [transition['actions'] ?? []].flat().flatMap((action) => nameOf(action) ?? []),
  }
}

function nameOf(value: unknown): string | null {
  if (typeof value === 'string') return value
  return isObject(value) && typeof value['type'] === 'string' ? value['type'] : null
}

function targetOf(
  source: string,
  target: string,
  states: Graph['states'],
  names: ReadonlyMap<string, string>,
): string | null {
  if (target.startsWith('.')) return known(below(source, target.slice(1)), states)
  if (!target.startsWith('#')) {
    const parent = states.get(source)?.parent
    return known(parent == null ? target : below(parent, target), states)
  }
  const path = target.slice(1)
  if (names.has(path)) return names.get(path) ?? null
  const name = [...names.keys()].find((one) => path.startsWith(`${one}.`))
  if (name === undefined) return null
  return known(below(names.get(name) ?? '', path.slice(name.length + 1)), states)
}

function known(id: string, states: Graph['states']): string | null {
  return states.has(id) ? id : null
}

/** All states that a state value says are active, those around them included, but for the root. */
export function activeStates(value: unknown, prefix = ''): ReadonlySet<string> {
  if (typeof value === 'string') return new Set([below(prefix, value)])
  const active = new Set<string>()
  if (!isObject(value)) return active
  for (const [key, inside] of Object.entries(value)) {
    active.add(below(prefix, key))
    for (const id of activeStates(inside, below(prefix, key))) active.add(id)
  }
  return active
}

/** The innermost of them. */
export function leavesOf(active: ReadonlySet<string>): readonly string[] {
  const all = [...active]
  return all.filter((id) => !all.some((other) => other.startsWith(`${id}.`)))
}

/** The states around a state, itself first and without the root. */
export function chainOf(id: string): readonly string[] {
  const keys = id.split('.')
  return keys.map((_, at) => keys.slice(0, keys.length - at).join('.'))
}

/** What an event is called where there is little room. */
export function shortEvent(event: string): string {
  if (event === '') return 'always'
  if (event.startsWith('xstate.done.')) return 'done'
  if (event.startsWith('xstate.error.')) return 'error'
  if (event.startsWith('xstate.after.')) return `after ${event.split('.')[2] ?? ''}`
  return event
}
