import { describe, expect, it } from 'vitest'
import type { AnyStateMachine } from 'xstate'
import { getStateNodes } from 'xstate/graph'
import { agentMachine, toolCallMachine } from '../../machines/index.ts'
import { toMermaid } from '../../src/diagram/index.ts'
import { zoo } from './zoo.ts'

const machines: [string, AnyStateMachine][] = [
  ['the agent', agentMachine],
  ['a tool call', toolCallMachine],
  ['a machine with everything', zoo],
]

function linesOf(machine: AnyStateMachine): string[] {
  return toMermaid(machine)
    .trimEnd()
    .split('\n')
    .map((line) => line.trim())
}

/** Everything in the definition, by what the diagram must show of it. */
function definitionOf(machine: AnyStateMachine) {
  const inner = getStateNodes(machine.root)
  const transitions = [machine.root, ...inner].flatMap((node) => [
    ...(node.always ?? []),
    ...[...node.transitions.values()].flat(),
  ])
  const own = transitions.filter(({ eventType }) => !/^$|^xstate|[:;]/.test(String(eventType)))
  return {
    states: inner,
    beginnings: [machine.root, ...inner].filter(({ type }) => type === 'compound'),
    ends: inner.filter(({ type }) => type === 'final'),
    arrows: transitions.flatMap(({ target = [] }) => target),
    inPlace: transitions.filter(({ target = [] }) => target.length === 0),
    events: own.map(({ eventType }) => String(eventType)),
    guards: transitions.map(({ guard }) => guard).filter((guard) => typeof guard === 'string'),
    invokes: [machine.root, ...inner].flatMap(({ invoke }) => invoke.map(({ id }) => id)),
  }
}

describe.each(machines)('the diagram of %s', (_, machine) => {
  const lines = linesOf(machine)
  const declared = lines.flatMap(
    (line) => /^state "(.*)" as (\w+)( \{)?$/.exec(line)?.slice(1) ?? [],
  )
  const ids = declared.filter((_id, index) => index % 3 === 1)
  const arrows = lines.flatMap((line) =>
    [/^(\S+) --> (\S+)(?: : (.+))?$/.exec(line)].filter(Boolean),
  )
  const labels = lines.flatMap((line) => /^\S+ (?:--> \S+ )?: (.+)$/.exec(line)?.slice(1) ?? [])
  const definition = definitionOf(machine)

  it('D1: has every state once', () => {
    expect(new Set(ids).size).toBe(ids.length)
    const states = ids.filter((id) => !id.endsWith('anywhere'))
    expect(states).toHaveLength(definition.states.length)
    const titles = declared.filter((_title, index) => index % 3 === 0).join('\n')
    for (const { key } of definition.states) expect(titles).toContain(key)
  })

  it('D2: has every transition', () => {
    const { beginnings, ends, arrows: targets, inPlace, events, guards } = definition
    expect(arrows).toHaveLength(beginnings.length + ends.length + targets.length)
    expect(arrows.filter((arrow) => arrow?.[1] === '[*]')).toHaveLength(beginnings.length)
    expect(arrows.filter((arrow) => arrow?.[2] === '[*]')).toHaveLength(ends.length)
    const others = labels.filter((label) => !/^(entry|exit|invokes) /.test(label))
    expect(others).toHaveLength(targets.length + inPlace.length)
    for (const event of events) {
      expect(others.some((label) => label.startsWith(event))).toBe(true)
    }
    for (const guard of guards) expect(others.join('\n')).toContain(`[${guard}]`)
  })

  it('D3: has no arrow between the insides of two states, nor into the state it comes from', () => {
    const stack: string[] = []
    const levels = new Map<string, string>()
    for (const line of lines) {
      const [, id, opens] = /^state ".*" as (\w+)( \{)?$/.exec(line) ?? []
      if (id !== undefined) levels.set(id, stack.join('/'))
      if (id !== undefined && opens !== undefined) stack.push(id)
      if (line === '}') stack.pop()
    }
    const ends = arrows.flatMap((arrow) => (arrow ? [[arrow[1] ?? '', arrow[2] ?? '']] : []))
    const inner = ends.filter((pair) => !pair.includes('[*]'))
    for (const [from = '', to = ''] of inner) expect(levels.get(from)).toBe(levels.get(to))
  })

  it('names what is invoked', () => {
    const text = lines.join('\n')
    for (const id of definition.invokes)
      expect(text).toMatch(new RegExp(`invokes (\\w+ as )?${id}`))
  })
})

describe('toMermaid', () => {
  it('draws the agent as was reviewed', async () => {
    await expect(toMermaid(agentMachine)).toMatchFileSnapshot('fixtures/agent.mmd')
  })

  it('takes a direction', () => {
    expect(toMermaid(toolCallMachine, { direction: 'LR' })).toContain('\n  direction LR\n')
  })

  it('keeps its labels free of what Mermaid reads as its own', () => {
    const labels = linesOf(zoo).flatMap((line) => /^\S+ (?:--> \S+ )?: (.+)$/.exec(line)?.[1] ?? [])
    expect(labels.filter((label) => /["\n:;]/.test(label))).toEqual([])
  })
})
