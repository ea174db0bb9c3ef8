/**
 * Draws a machine as a Mermaid state diagram.
 *
 * Mermaid takes no arrow between the insides of two states, and none from a state to its own inside. So an arrow is
 * drawn between neighbours, at the level that holds both its ends, and its label names the states inside:
 *
 *   D1. Every state of the machine is one state of the diagram.
 *   D2. Every target of a transition is one arrow; a transition without a target is a line in its state.
 *   D3. What holds anywhere inside a state is drawn from a box in it, 'in any state'.
 */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate'

/** How the diagram is laid out. */
export interface MermaidOptions {
  /** Where arrows lead: from top to bottom (default) or from left to right. */
  readonly direction?: 'TB' | 'LR'
}

/** The machine as the text of a Mermaid `stateDiagram-v2`, ending in a line break. */
export function toMermaid(machine: AnyStateMachine, options: MermaidOptions = {}): string {
  const { direction = 'TB' } = options
  const diagram = new Diagram(machine.root)
  const lines = ['stateDiagram-v2', `  direction ${direction}`, ...indent(diagram.inside())]
  return `${lines.join('\n')}\n`
}

/** An arrow between two children of `level`. */
interface Arrow {
  readonly level: AnyStateNode
  readonly from: string
  readonly to: string
  readonly label: string
}

class Diagram {
  readonly #root: AnyStateNode
  readonly #ids: ReadonlyMap<AnyStateNode, string>
  readonly #arrows: readonly Arrow[]

  constructor(root: AnyStateNode) {
    this.#root = root
    this.#ids = idsOf(withDescendants(root))
    this.#arrows = withDescendants(root).flatMap((node) => this.#arrowsFrom(node))
  }

  inside(node = this.#root): string[] {
    const children = childrenOf(node)
    if (children.length === 0) return this.#leaf(node)
    const regions = children.map((child) => this.#state(child))
    return [
      ...(node.initial?.target ?? []).map((child) => `[*] --> ${this.#id(child)}`),
      ...(node.type === 'parallel'
        ? regions.flatMap((lines, i) => (i === 0 ? lines : ['--', ...lines]))
        : regions.flat()),
      ...this.#anywhere(node),
      ...this.#arrows
        .filter(({ level }) => level === node)
        .map(({ from, to, label }) => `${from} --> ${to} : ${label}`),
    ]
  }

  #state(node: AnyStateNode): string[] {
    if (childrenOf(node).length === 0) return this.#leaf(node)
    const title = [node.key, ...invokesOf(node)].join(', ')
    return [`state "${text(title)}" as ${this.#id(node)} {`, ...indent(this.inside(node)), '}']
  }

  #leaf(node: AnyStateNode): string[] {
    const id = this.#id(node)
    const name =
      node.type === 'history' ? `${node.key} (${String(node.history)} history)` : node.key
    const lines = [...invokesOf(node), ...inPlace(node)]
    return [
      `state "${text(name)}" as ${id}`,
      ...lines.map((line) => `${id} : ${text(line)}`),
      ...(node.type === 'final' ? [`${id} --> [*]`] : []),
    ]
  }

  /** What a state with an inside does wherever it is in there. D3 */
  #anywhere(node: AnyStateNode): string[] {
    const id = this.#anywhereId(node)
    const lines = [...(node === this.#root ? invokesOf(node) : []), ...inPlace(node)]
    const isUsed = lines.length > 0 || this.#arrows.some(({ from }) => from === id)
    if (!isUsed) return []
    const region = node.type === 'parallel' ? ['--'] : []
    return [
      ...region,
      `state "in any state" as ${id}`,
      ...lines.map((line) => `${id} : ${text(line)}`),
    ]
  }

  #arrowsFrom(node: AnyStateNode): Arrow[] {
    return transitionsOf(node).flatMap((transition) =>
      (transition.target ?? []).map((target) => this.#arrow(node, target, transition)),
    )
  }

  #arrow(source: AnyStateNode, target: AnyStateNode, transition: AnyTransitionDefinition): Arrow {
    const level = levelOf(source, target)
    const from = childOn(level, source)
    const to = childOn(level, target)
    const begins = level.initial?.target?.[0] ?? childrenOf(level)[0] ?? level
    const inFrom = from === undefined ? '' : pathBelow(from, source)
    const inTo = to === undefined ? level.key : pathBelow(to, target)
    return {
      level,
      from: from === undefined ? this.#anywhereId(level) : this.#id(from),
      to: this.#id(to ?? begins), // a way into the level itself leads to where it begins
      label: text(`${labelOf(transition)}${ends(inFrom, inTo)}`),
    }
  }

  #id(node: AnyStateNode): string {
    return this.#ids.get(node) ?? ''
  }

  #anywhereId(node: AnyStateNode): string {
    return node === this.#root ? 'anywhere' : `${this.#id(node)}_anywhere`
  }
}

function ends(from: string, to: string): string {
  if (from === '' && to === '') return ''
  return from === '' ? ` (→ ${to})` : ` (${from} →${to === '' ? '' : ` ${to}`})`
}

/** The innermost state that holds both; a state without an inside holds nothing. */
function levelOf(source: AnyStateNode, target: AnyStateNode): AnyStateNode {
  const around = new Set(withAncestors(target))
  const level = withAncestors(source).find(
    (node) => around.has(node) && childrenOf(node).length > 0,
  )
  return level ?? source
}

function childOn(level: AnyStateNode, node: AnyStateNode): AnyStateNode | undefined {
  return withAncestors(node).find(({ parent }) => parent === level)
}

function pathBelow(node: AnyStateNode, inner: AnyStateNode): string {
  return inner.path.slice(node.path.length).join('.')
}

/** What a state does without leaving it. D2. Its configuration, unlike the node, is free of XState's timers. */
function inPlace(node: AnyStateNode): string[] {
  const moments = Object.entries({
    entry: listOf(node.config.entry),
    exit: listOf(node.config.exit),
  })
  const transitions = transitionsOf(node).filter(({ target = [] }) => target.length === 0)
  return [
    ...moments.flatMap(([moment, actions]) =>
      actions.length === 0 ? [] : [`${moment} / ${actions.map(nameOf).join(', ')}`],
    ),
    ...transitions.map(labelOf),
  ]
}

function labelOf({ eventType, guard, actions }: AnyTransitionDefinition): string {
  const condition = guard === undefined ? '' : ` [${nameOf(guard)}]`
  const effects = actions.length === 0 ? '' : ` / ${actions.map(nameOf).join(', ')}`
  return `${eventName(String(eventType))}${condition}${effects}`
}

/** XState's own events in words: what becomes of an actor, the end of a state, a delay. */
function eventName(type: string): string {
  if (type === '') return 'always'
  const words = /^xstate\.(?:(done|error)\.actor|(snapshot))\.(.+)$/.exec(type)
  if (words !== null) return `${words[1] ?? words[2]} ${words[3]}`
  if (type.startsWith('xstate.done.state.')) return 'done'
  const [, delay] = /^xstate\.after\.([^.]+)\./.exec(type) ?? []
  return delay === undefined ? type : `after ${delay}`
}

/** What a guard or an action is called; code without a name is `inline`. */
function nameOf(value: unknown): string {
  if (typeof value === 'string') return value
  const type: unknown = value instanceof Object && 'type' in value ? value.type : undefined
  if (typeof type === 'string') return type.replace(/^xstate\./, '')
  return typeof value === 'function' && value.name !== '' ? value.name : 'inline'
}

function invokesOf({ invoke }: AnyStateNode): string[] {
  return invoke.map(({ id, src }) => {
    const hasName = typeof src === 'string' && src !== id && !src.startsWith('xstate.invoke.')
    return hasName ? `invokes ${src} as ${id}` : `invokes ${id}`
  })
}

export function transitionsOf({
  always = [],
  transitions,
}: AnyStateNode): AnyTransitionDefinition[] {
  return [...always, ...[...transitions.values()].flat()]
}

function childrenOf({ states }: AnyStateNode): AnyStateNode[] {
  return Object.values(states)
}

export function withDescendants(node: AnyStateNode): AnyStateNode[] {
  return [node, ...childrenOf(node).flatMap(withDescendants)]
}

function withAncestors(node: AnyStateNode): AnyStateNode[] {
  return node.parent === undefined ? [node] : [node, ...withAncestors(node.parent)]
}

/** Words that Mermaid reads as its own where an id may stand. */
const reserved =
  /^(acc|as|choice|class|click|default|direction|end|fork|hide|href|join|note|scale|state|style|title)/i

/** An id for each state that Mermaid takes as one. */
export function idsOf(nodes: readonly AnyStateNode[]): Map<AnyStateNode, string> {
  const ids = new Map<AnyStateNode, string>()
  const taken = new Set(['anywhere'])
  for (const node of nodes) {
    const word = (node.path.join('_') || node.key).replaceAll(/\W/g, '_')
    let id = reserved.test(word) ? `s_${word}` : word
    while (taken.has(id) || taken.has(`${id}_anywhere`)) id += '_'
    taken.add(id).add(`${id}_anywhere`)
    ids.set(node, id)
  }
  return ids
}

/** Text as a label: quotes, colons and semicolons would end it. */
export function text(label: string): string {
  return label
    .replaceAll(/\s+/g, ' ')
    .replaceAll('"', "'")
    .replaceAll(':', '∶')
    .replaceAll(';', ',')
}

function listOf(value: unknown): readonly unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value]
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`)
}
