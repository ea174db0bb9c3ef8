/**
 * Ways through an agent's chart that need no interpreter.
 *
 * In a run that nobody inspects, nearly every transition is one of a few: a step has done its work and the next one
 * starts, what it came to is saved, or calls have moved. What such a transition does is read off the machine's own
 * definition once; taking it then is a look-up, some ten times cheaper than finding it anew.
 *
 *   S1. A shortcut leads to the very snapshot that the interpreter would have made: a test compares them.
 *   S2. Whatever is not known beforehand (other guards and actions, entry and exit actions, automatic transitions that
 *       would be taken, slots that somebody else has filled) is left to the interpreter.
 */
import type { AnyActorRef, AnyStateMachine } from 'xstate'
import {
  advance,
  type AgentContext,
  type GraphEvent,
  holdOutcome,
  initialContext,
  moveCalls,
  onlyWaits,
  outputOf,
} from '../../machines/index.ts'
import { workOf } from './hosted-machine.ts'
import type { RunHost } from './run-host.ts'
import { SlotRef, type SlotWork } from './slot-ref.ts'

/** A snapshot as XState has it: any machine's. */
export type AnySnapshot = ReturnType<AnyStateMachine['getInitialSnapshot']>
type AnyScope = Parameters<AnyStateMachine['transition']>[2]
type Arguments = { readonly context: AgentContext; readonly event: GraphEvent }
type Guard = (args: Arguments) => boolean
type Update = (args: Arguments) => AgentContext

/** What is read of XState's state nodes. */
interface StateNode {
  readonly path: readonly string[]
  readonly type: string
  readonly parent?: StateNode | undefined
  readonly entry: readonly unknown[]
  readonly exit: readonly unknown[]
  readonly always?: readonly Way[] | undefined
  readonly invoke: readonly Invoke[]
  readonly transitions: ReadonlyMap<string, readonly Way[]>
  readonly states: Readonly<Record<string, StateNode>>
}

interface Way {
  readonly guard?: unknown
  readonly target: readonly StateNode[] | undefined
  readonly actions: readonly unknown[]
}

interface Invoke {
  readonly id: string
  readonly src: unknown
  readonly input?: unknown
}

/** Where a slot's work may lead. */
interface Exits {
  readonly from: StateNode
  readonly slot: string
  readonly ways: readonly Exit[]
}

/** A transition, as far as it is known beforehand. */
interface Exit {
  readonly guard: Guard | undefined
  /** `undefined`: taken by the interpreter. Found out when it is first taken: a process may need few of them. */
  readonly known: () => { readonly update: Update; readonly arrival: Arrival } | undefined
}

/** A configuration of states, and what starts when it is entered from outside. */
interface Arrival {
  readonly template: AnySnapshot
  /** Guards of automatic transitions that must refuse. */
  readonly onward: readonly Guard[]
  readonly starts: readonly Start[]
  readonly isFinal: boolean
}

interface Start {
  readonly invoke: Invoke
  readonly work: SlotWork
}

/** Actions that a shortcut can take. */
const updates: Readonly<Record<string, Update>> = {
  advance: ({ context, event }) => advance(context, event),
  holdOutcome: ({ context, event }) => ({ ...context, ...holdOutcome(event) }),
}

/** What calls that are dealt with do: one of them runs, or people are waited for. */
type Activity = 'executing' | 'waiting'

/** The shortcuts of all machines with the same nodes and implementations. */
export class Shortcuts {
  readonly #machine: AnyStateMachine
  readonly #implementations: AnyStateMachine['implementations']
  /** By the type of the event that ends a slot's work. */
  readonly #exits = new Map<string, Exits[]>()
  readonly #start: Readonly<Record<'auto' | 'step', Arrival | undefined>>
  readonly #calls: Readonly<Record<Activity, AnySnapshot | undefined>>

  /** @param implementations of the machine whose runs take them; its nodes are those of `machine` */
  constructor(machine: AnyStateMachine, implementations = machine.implementations) {
    this.#machine = machine
    this.#implementations = implementations
    this.#addExits(machine.root)
    this.#start = {
      auto: this.#arriveAt(['UserPrompt', 'active']),
      step: this.#arriveAt(['UserPrompt']),
    }
    const calls = (activity: Activity): AnySnapshot | undefined =>
      this.#arriveAt(['CallTools', 'active', activity])?.template
    this.#calls = { executing: calls('executing'), waiting: calls('waiting') }
  }

  /** The first snapshot of a run; `undefined` when only the interpreter can tell. */
  initial(machine: AnyStateMachine, host: RunHost, scope: AnyScope): AnySnapshot | undefined {
    const context = initialContext(host.start.input)
    const event: GraphEvent = { type: 'next' }
    return arrive(this.#start[context.drive], { context, event }, {}, { machine, host, scope })
  }

  /** The snapshot after an event; `undefined` when only the interpreter can tell. */
  next(
    snapshot: AnySnapshot,
    args: Arguments,
    scope: AnyScope,
    host: RunHost,
  ): AnySnapshot | undefined {
    const { event } = args
    if (event.type === 'tool-calls-moved') return this.#moved(snapshot, args)
    const nodes = nodesOf(snapshot)
    const exits = this.#exits.get(event.type)?.find(({ from }) => nodes.includes(from))
    const known = exits?.ways.find(({ guard }) => guard === undefined || guard(args))?.known()
    if (exits === undefined || known === undefined) return undefined
    const children = without(exits.slot, snapshot.children as Children)
    const advanced = { context: known.update(args), event }
    const { machine } = snapshot
    return arrive(known.arrival, advanced, children, { machine, host, scope })
  }

  #moved(snapshot: AnySnapshot, { context, event }: Arguments): AnySnapshot | undefined {
    const activity = activityOf(snapshot)
    if (activity === undefined) return undefined
    const moved = moveCalls(context, event)
    if (activity === 'cancelling') return { ...snapshot, context: moved }
    const next = onlyWaits(moved) ? 'waiting' : 'executing'
    if (next === activity) return { ...snapshot, context: moved }
    const template = this.#calls[next]
    const { machine } = snapshot
    const children = snapshot.children as Children
    return template && ({ ...template, machine, context: moved, children } as AnySnapshot)
  }

  #addExits(node: StateNode): void {
    for (const { id } of node.invoke) {
      const type = `xstate.done.actor.${id}`
      const left = [...pathTo(node), ...Object.values(node.states)]
      const ways = (node.transitions.get(type) ?? []).map((way) => this.#exit(way, left))
      this.#exits.set(type, [...(this.#exits.get(type) ?? []), { from: node, slot: id, ways }])
    }
    for (const inner of Object.values(node.states)) this.#addExits(inner)
  }

  #exit({ guard, target, actions }: Way, left: readonly StateNode[]): Exit {
    const [only, second] = target ?? []
    const [name, another] = actions
    const update = another === undefined ? updates[String(name)] : undefined // S2
    const goesOut = only !== undefined && second === undefined && !left.includes(only)
    const isQuiet = left.every((node) => node.exit.length === 0)
    return {
      guard: this.#guard(guard),
      known: lazily(() => {
        const arrival = goesOut && isQuiet ? this.#arriveAt(only.path) : undefined
        return update && arrival && { update, arrival }
      }),
    }
  }

  #arriveAt(path: readonly string[]): Arrival | undefined {
    const value = path.reduceRight<object | string>(
      (inner, key) => (inner === '' ? key : { [key]: inner }),
      '',
    )
    const template: AnySnapshot = this.#machine.resolveState({
      value: value as string,
      context: {},
    })
    const nodes = nodesOf(template).filter((node) => node.parent !== undefined)
    const starts = nodes.flatMap((node) => node.invoke.map((invoke) => this.#startOf(invoke)))
    const known = starts.filter((start) => start !== undefined)
    const isKnown = known.length === starts.length && nodes.every((node) => node.entry.length === 0)
    if (!isKnown) return undefined // S2
    const onward = nodes.flatMap((node) => node.always ?? []).map((way) => this.#guard(way.guard))
    return {
      template,
      onward: onward.map((guard) => guard ?? (() => true)),
      starts: known,
      isFinal: nodes.some((node) => node.type === 'final'),
    }
  }

  #startOf(invoke: Invoke): Start | undefined {
    const actors = this.#implementations.actors as Readonly<Record<string, unknown>>
    const work = workOf(actors[String(invoke.src)])
    return work && { invoke, work }
  }

  #guard(name: unknown): Guard | undefined {
    if (name === undefined) return undefined
    const guards = this.#implementations.guards as Readonly<Record<string, Guard>>
    return typeof name === 'string' ? (guards[name] ?? (() => true)) : () => true
  }
}

type Children = Readonly<Record<string, AnyActorRef>>

/** Whose run it is. */
interface Owner {
  readonly machine: AnyStateMachine
  readonly host: RunHost
  readonly scope: AnyScope
}

function arrive(
  arrival: Arrival | undefined,
  args: Arguments,
  left: Children,
  owner: Owner,
): AnySnapshot | undefined {
  if (arrival === undefined || arrival.onward.some((guard) => guard(args))) return undefined // S2
  const { template, isFinal, starts } = arrival
  const { context } = args
  let children = left
  for (const start of starts) {
    children = { ...children, [start.invoke.id]: startSlot(start, args, owner) }
  }
  return {
    ...template,
    machine: owner.machine,
    status: isFinal ? 'done' : 'active',
    output: isFinal ? outputOf(context) : undefined,
    context,
    children,
  } as AnySnapshot
}

function startSlot({ invoke, work }: Start, args: Arguments, { host, scope }: Owner): AnyActorRef {
  const { self } = scope
  const makeInput = invoke.input as (args: Arguments & { self: unknown }) => unknown
  const input = makeInput({ ...args, self })
  const slot = new SlotRef(
    { id: invoke.id, src: String(invoke.src), input, parent: self },
    host,
    work,
  )
  scope.defer(() => slot.start())
  return slot
}

/** Made when it is first asked for, and the same from then on. */
function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}

function without(id: string, children: Children): Children {
  const others: Record<string, AnyActorRef> = {}
  for (const key in children) {
    const child = children[key]
    if (key !== id && child !== undefined) others[key] = child
  }
  return others
}

/** The node and those around it, the root left out. */
function pathTo(node: StateNode): readonly StateNode[] {
  return node.parent === undefined ? [] : [...pathTo(node.parent), node]
}

function nodesOf(snapshot: unknown): readonly StateNode[] {
  return (snapshot as { readonly _nodes: readonly StateNode[] })._nodes
}

/** What its calls do; `undefined` when no calls are dealt with. */
function activityOf({ value }: { readonly value: unknown }): Activity | 'cancelling' | undefined {
  const inner = isRecord(value) ? value['CallTools'] : undefined
  const activity = isRecord(inner) ? inner['active'] : undefined
  return isActivity(activity) ? activity : undefined
}

function isActivity(value: unknown): value is Activity | 'cancelling' {
  return value === 'executing' || value === 'waiting' || value === 'cancelling'
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
