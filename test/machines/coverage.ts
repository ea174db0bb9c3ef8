import {
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyTransitionDefinition,
  getStateNodes as activeNodes,
} from 'xstate'
import { type AnyStateNode, getStateNodes } from 'xstate/graph'

/**
 * What can happen in a machine, as its definition says: each state entered, each transition taken, and for each guard
 * also that it was asked and refused. A fact is a line of text that a reader can find in the machine.
 */
export class Coverage {
  readonly facts: readonly string[]
  readonly #visited = new Set<string>()

  /** Facts come from the definition alone; what is visited later adds none. */
  constructor(definition: AnyStateMachine) {
    this.facts = nodesOf(definition).flatMap(factsOf)
    const twice = this.facts.filter((fact, index) => this.facts.indexOf(fact) !== index)
    if (twice.length > 0) throw new Error(`Cannot be told apart: ${twice.join(', ')}`)
  }

  /** Notes from now on what happens in this machine, which has the same definition. Changes its guards; returns it. */
  watch<TMachine extends AnyStateMachine>(machine: TMachine): TMachine {
    for (const node of nodesOf(machine)) {
      for (const [name, transition] of transitionsOf(node)) {
        transition.guard = this.#watchedGuard(machine, name, transition.guard)
      }
    }
    return machine
  }

  /** Notes the states in which a machine is. */
  enter({ machine, value }: AnyMachineSnapshot): void {
    for (const { id } of activeNodes(machine.root, value)) this.#visit(`${id} entered`)
  }

  /** The facts that nobody has visited, in the order of the definition. */
  left(): string[] {
    return this.facts.filter((fact) => !this.#visited.has(fact))
  }

  /**
   * Also a transition without a guard gets one, which never refuses: XState asks in the order of the definition and takes
   * the first transition that does not refuse.
   */
  #watchedGuard(machine: AnyStateMachine, name: string, guard: unknown) {
    return (facts: object): boolean => {
      const isTaken = guard === undefined || ask(machine, guard, facts)
      this.#visit(isTaken ? `${name} taken` : `${name} refused`)
      return isTaken
    }
  }

  #visit(fact: string): void {
    if (!this.facts.includes(fact)) throw new Error(`The definition knows no '${fact}'`)
    this.#visited.add(fact)
  }
}

function nodesOf({ root }: AnyStateMachine): AnyStateNode[] {
  return [root, ...getStateNodes(root)]
}

function factsOf(node: AnyStateNode): string[] {
  const outcomes = transitionsOf(node).flatMap(([name, { guard }]) =>
    guard === undefined ? [`${name} taken`] : [`${name} taken`, `${name} refused`],
  )
  return [`${node.id} entered`, ...outcomes]
}

/** All transitions out of a state (`always`, `on`, what becomes of its actors), each with a name for people. */
function transitionsOf({
  id,
  always = [],
  transitions,
}: AnyStateNode): [string, AnyTransitionDefinition][] {
  const lists: readonly (readonly AnyTransitionDefinition[])[] = [always, ...transitions.values()]
  return lists.flatMap((list) =>
    list.map((transition, index): [string, AnyTransitionDefinition] => {
      const { eventType, guard } = transition
      const name = guardName(guard)
      const condition = name === undefined ? '' : ` [${name}]`
      return [`${id} on ${eventType || 'always'} #${index}${condition}`, transition]
    }),
  )
}

/** The name of a guard: as it is, or beside the params that it is asked with. */
function guardName(guard: unknown): string | undefined {
  if (typeof guard === 'string') return guard
  const isNamed = guard instanceof Object && 'type' in guard && typeof guard.type === 'string'
  return isNamed ? String(guard.type) : undefined
}

function ask(machine: AnyStateMachine, guard: unknown, facts: object): boolean {
  const name = guardName(guard)
  const predicate: unknown = name === undefined ? undefined : machine.implementations.guards[name]
  if (typeof predicate !== 'function') throw new Error('Only guards with a name can be watched')
  const params: unknown = guard instanceof Object && 'params' in guard ? guard.params : undefined
  return predicate(facts, typeof params === 'function' ? params(facts) : params) === true
}
