import { describe, expect, it } from 'vitest'
import { type AnyStateMachine, createMachine } from 'xstate'
import { type AnyStateNode, getStateNodes } from 'xstate/graph'
import { agentMachine, toolCallMachine } from '../../machines/index.ts'
import { graphJson } from '../../src/diagram/index.ts'
import { zoo } from './zoo.ts'

/** Everything of a machine that is not code. */
function graphOf({ root }: AnyStateMachine): unknown[] {
  return [root, ...getStateNodes(root)].map((node) => ({
    id: node.id,
    type: node.type,
    history: node.history,
    tags: node.tags,
    description: node.description,
    initial: node.initial.target?.map(({ id }) => id),
    entry: named(node.entry),
    exit: named(node.exit),
    invoke: node.invoke.map(({ id, src }) => ({ id, src })),
    transitions: transitionsOf(node),
  }))
}

function transitionsOf({ always = [], transitions }: AnyStateNode): unknown[] {
  return [...always, ...[...transitions.values()].flat()].map((transition) => ({
    event: transition.eventType,
    guard: named([transition.guard]),
    target: transition.target?.map(({ id }) => id),
    actions: named(transition.actions),
    reenter: transition.reenter,
  }))
}

function named(values: readonly unknown[]): unknown[] {
  return values.filter((value) => value !== undefined && typeof value !== 'function')
}

describe.each<[string, AnyStateMachine]>([
  ['the agent', agentMachine],
  ['a tool call', toolCallMachine],
  ['a machine with everything', zoo],
])('graphJson of %s', (_, machine) => {
  const json = graphJson(machine)

  it('is plain JSON', () => {
    expect(JSON.parse(JSON.stringify(json))).toEqual(json)
  })

  it('makes the same graph', () => {
    const again = createMachine(JSON.parse(JSON.stringify(json)))
    expect(graphOf(again)).toEqual(graphOf(machine))
  })

  it('comes out the same from what was made of it', () => {
    expect(graphJson(createMachine(JSON.parse(JSON.stringify(json))))).toEqual(json)
  })
})

describe('graphJson', () => {
  it('keeps the names of guards, actions and slots, and the ids', () => {
    const text = JSON.stringify(graphJson(agentMachine))
    for (const name of ['leadsToEnd', 'keepFailure', 'requestModel', 'call-tools']) {
      expect(text).toContain(`"${name}"`)
    }
  })

  it('touches no prototype', () => {
    const states = JSON.parse('{ "__proto__": { "on": { "go": "b" } }, "b": {} }')
    const json = graphJson(createMachine({ initial: 'b', states }))
    expect(Object.getPrototypeOf(json['states'])).toBe(Object.prototype)
    expect(Object.keys(json['states'] ?? {})).toEqual(['__proto__', 'b'])
  })
})
