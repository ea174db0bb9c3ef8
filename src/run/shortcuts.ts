/**
 * Ways through an agent's chart that need no interpreter.
 *
 * In a run that nobody inspects, nearly every transition is one of two: a step has done its work and the next one
 * starts, or calls have moved. What such a transition does is read off the machine's own definition once; taking it then
 * is a look-up, some ten times cheaper than finding it anew.
 *
 *   S1. A shortcut leads to the very snapshot that the interpreter would have made: a test compares them.
 *   S2. Whatever is not known beforehand (other guards and actions, entry and exit actions, automatic transitions that
 *       would be taken) is left to the interpreter.
 */
import { type ActorScope, type AnyActorRef, type AnyStateMachine, createActor } from 'xstate'
import {
  advance,
  type AgentContext,
  type GraphEvent,
  initialContext,
  moveCalls,
  onlyWaits,
  outputOf,
} from '../../machines/index.ts'

/** A snapshot as XState has it: any machine's. */
export type AnySnapshot = ReturnType<AnyStateMachine['getInitialSnapshot']>
type AnyScope = ActorScope<AnySnapshot, never>
type Arguments = { readonly context: AgentContext; readonly event: GraphEvent }
type Guard = (args: Arguments) => boolean

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

/** A transition, as far as it is known beforehand. */
interface Exit {
  readonly guard: Guard | undefined
  /** `undefined`: taken by the interpreter. */
  readonly arrival: Arrival | undefined
}

/** A configuration of states, and what starts when it is entered from outside. */
interface Arrival {
  readonly template: AnySnapshot
  /** Guards of automatic transitions that must refuse. */
  readonly onward: readonly Guard[]
  readonly starts: readonly Invoke[]
  readonly isFinal: boolean
}

/** The shortcuts of one machine. */
export class Shortcuts {
  readonly #machine: AnyStateMachine
  /** By the type of the event that ends a slot's work. */
  readonly #exits = new Map<
    string,
    { readonly from: StateNode; readonly slot: string; readonly exits: readonly Exit[] }
  >()
  readonly #start: Readonly<Record<'auto' | 'step', Arrival | undefined>>

  constructor(machine: AnyStateMachine) {
    this.#machine = machine
    const root: StateNode = machine.root
    for (const state of Object.values(root.states)) this.#addExits(state)
    this.#start = {
      auto: this.#arriveAt(['UserPrompt', 'active']),
      step: this.#arriveAt(['UserPrompt']),
    }
  }

  /** The first snapshot of a run; `undefined` when only the interpreter can tell. */
  initial(input: Parameters<typeof initialContext>[0], scope: AnyScope): AnySnapshot | undefined {
    const context = initialContext(input)
    const event: GraphEvent = { type: 'next' }
    return this.#arrive(this.#start[context.drive], { context, event }, {}, scope)
  }

  /** The snapshot after an event; `undefined` when only the interpreter can tell. */
  next(snapshot: AnySnapshot, args: Arguments, scope: AnyScope): AnySnapshot | undefined {
    const { context, event } = args
    if (event.type === 'tool-calls-moved') {
      const moved = { ...context, ...moveCalls(context, event) }
      const isKnown = isAtWork(snapshot, 'CallTools') && !onlyWaits(context) && !onlyWaits(moved)
      return isKnown ? { ...snapshot, context: moved } : undefined
    }
    const known = this.#exits.get(event.type)
    if (known === undefined || !nodesOf(snapshot).includes(known.from)) return undefined
    const exit = known.exits.find(({ guard }) => guard === undefined || guard(args))
    const { [known.slot]: _, ...children } = snapshot.children as Children
    const advanced = { context: { ...context, ...advance(context, event) }, event }
    return this.#arrive(exit?.arrival, advanced, children, scope)
  }

  #addExits(state: StateNode): void {
    for (const from of Object.values(state.states)) {
      for (const { id } of from.invoke) {
        const type = `xstate.done.actor.${id}`
        const ways = from.transitions.get(type) ?? []
        const exits = ways.map((way) =>
          this.#exit(way, [state, from, ...Object.values(from.states)]),
        )
        this.#exits.set(type, { from, slot: id, exits })
      }
    }
  }

  #exit({ guard, target, actions }: Way, left: readonly StateNode[]): Exit {
    const [only, second] = target ?? []
    const advances = actions.length === 1 && actions[0] === 'advance' // S2
    const isKnown = advances && only !== undefined && second === undefined && !left.includes(only)
    const goesOut = left.every((node) => node.exit.length === 0)
    return {
      guard: this.#guard(guard),
      arrival: isKnown && goesOut ? this.#arriveAt(only.path) : undefined,
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
    if (nodes.some((node) => node.entry.length > 0)) return undefined // S2
    const onward = nodes.flatMap((node) => node.always ?? []).map((way) => this.#guard(way.guard))
    return {
      template,
      onward: onward.map((guard) => guard ?? (() => true)),
      starts: nodes.flatMap((node) => node.invoke),
      isFinal: nodes.some((node) => node.type === 'final'),
    }
  }

  #guard(name: unknown): Guard | undefined {
    if (name === undefined) return undefined
    const guards = this.#machine.implementations.guards as Readonly<Record<string, Guard>>
    return typeof name === 'string' ? (guards[name] ?? (() => true)) : () => true
  }

  #arrive(
    arrival: Arrival | undefined,
    args: Arguments,
    children: Children,
    scope: AnyScope,
  ): AnySnapshot | undefined {
    if (arrival === undefined || arrival.onward.some((guard) => guard(args))) return undefined // S2
    const { template, isFinal, starts } = arrival
    const { context } = args
    const started = starts.map(
      (invoke) => [invoke.id, this.#startActor(invoke, args, scope)] as const,
    )
    return {
      ...template,
      status: isFinal ? 'done' : 'active',
      output: isFinal ? outputOf(context) : undefined,
      context,
      tags: new Set<string>(),
      children: started.length === 0 ? children : { ...children, ...Object.fromEntries(started) },
    } as AnySnapshot
  }

  #startActor({ id, src, input }: Invoke, args: Arguments, scope: AnyScope): AnyActorRef {
    const { self } = scope
    const actors = this.#machine.implementations.actors as Readonly<Record<string, never>>
    const makeInput = input as (args: Arguments & { self: unknown }) => unknown
    const options = { id, src, parent: self, input: makeInput({ ...args, self }) }
    const actor: unknown = createActor(actors[String(src)] as never, options as never)
    const started = actor as AnyActorRef & { start(): unknown }
    scope.defer(() => started.start())
    return started
  }
}

type Children = Readonly<Record<string, AnyActorRef>>

function nodesOf(snapshot: unknown): readonly StateNode[] {
  return (snapshot as { readonly _nodes: readonly StateNode[] })._nodes
}

function isAtWork({ value }: { readonly value: unknown }, state: string): boolean {
  if (typeof value !== 'object' || value === null) return false
  const inner: unknown = Reflect.get(value, state)
  return typeof inner === 'object'
}
