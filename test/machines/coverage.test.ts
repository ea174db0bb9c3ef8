import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  type ActorLogic,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  createMachine,
} from 'xstate'
import { getAdjacencyMap } from 'xstate/graph'
import {
  type AgentContext,
  type AgentInput,
  agentMachine,
  toolCallMachine,
} from '../../machines/index.ts'
import { memoryStore, type Store } from '../../src/store/index.ts'
import { scriptedAgent } from '../conformance/agent.ts'
import { ScriptedModel } from '../conformance/model.ts'
import { Recording } from '../conformance/recording.ts'
import { promptOf, runOptions } from '../conformance/run-options.ts'
import { readVector, type RunVector } from '../conformance/vector.ts'
import { Coverage } from './coverage.ts'
import {
  type AnyGraphEvent,
  asked,
  done,
  end,
  enqueued,
  failed,
  input,
  type InvokeId,
  moved,
  prompt,
  rejected,
  request,
  response,
  saved,
  started,
  to,
} from './outcomes.ts'

const invokes: readonly InvokeId[] = ['prepare-prompt', 'request-model', 'call-tools']

/** All that can come to a run: from people, from slots, and from a host that does not know the chart. */
const everything: readonly AnyGraphEvent[] = [
  { type: 'next' },
  { type: 'next', limitsChanged: true },
  ...[prompt, request, response].map((node) => ({ type: 'next' as const, node })),
  { type: 'next', node: end as never }, // untyped callers can send it
  { type: 'cancel', reason: 'enough' },
  { type: 'drive', drive: 'auto' },
  { type: 'drive', drive: 'step' },
  { type: 'enqueue', entry: enqueued('a') },
  { type: 'next', deadline: { at: 1 } },
  ...(['run', 'model-request', 'tool-phase', 'wait'] as const).map((scope) => ({
    type: 'deadline-passed' as const,
    scope,
    index: 0,
  })),
  { type: 'run-resumed' },
  { type: 'deps', deps: {} },
  started('a'),
  asked('approval', ['a']),
  moved({ index: 0, type: 'call-started' }),
  { type: 'tool-call-approved', toolCallId: 'a' },
  { type: 'tool-call-denied', toolCallId: 'a' },
  { type: 'tool-call-answered', toolCallId: 'a', result: 1 },
  saved,
  rejected('save-step', new Error('full')),
  ...invokes.flatMap((id) => [
    ...[prompt, request, response, end].map((node) => done(id, to(node))),
    ...[true, false].map((isFinal) => done(id, failed(new Error('no'), { isFinal }))),
    rejected(id, new Error('broken')),
  ]),
]

/** What decides about what can happen next; numbers that only grow are left out, so that walks come to an end. */
function situation({ value, context, status }: AnyMachineSnapshot): string {
  const { drive, onFailure, node, failure, cancelRequest, ledger, pending }: AgentContext = context
  const isFinal = failure?.isFinal
  const states = ledger.map(({ state }) => state)
  const waiting = pending.length
  const kind = node.kind
  const mode = { value, status, drive, onFailure }
  const held = heldIn(context)
  return JSON.stringify({ mode, kind, isFinal, cancelRequest, states, waiting, held })
}

/** Where an outcome that is not saved yet leads. */
function heldIn({ unsaved }: AgentContext): unknown {
  return unsaved?.kind === 'advanced' ? unsaved.node.kind : unsaved?.isFinal
}

/** Sends everything in every situation that can be reached. */
function walkAgent(coverage: Coverage, definition: AnyStateMachine = agentMachine): void {
  const machine = coverage.watch(definition.provide({}))
  const logic = settling(machine)
  for (const onFailure of ['fail', 'stay'] as const) {
    for (const isStored of [false, true]) {
      const walked = getAdjacencyMap(logic, {
        input: input({ onFailure, isStored }), // an event makes it drive itself
        events: ({ status }: AnyMachineSnapshot) => (status === 'active' ? everything : []),
        serializeState: situation,
        serializeEvent: (event: AnyGraphEvent) => String(everything.indexOf(event)),
        limit: 100_000,
      })
      for (const { state } of Object.values(walked)) coverage.enter(state)
    }
  }
}

/** As an actor does it: an error that is thrown in a transition becomes the machine's own. */
function settling(
  machine: AnyStateMachine,
): ActorLogic<AnyMachineSnapshot, AnyGraphEvent, AgentInput> {
  return {
    getInitialSnapshot: (scope, given) => machine.getInitialSnapshot(scope, given),
    getPersistedSnapshot: (snapshot) => machine.getPersistedSnapshot(snapshot),
    transition: (snapshot, event, scope) => {
      try {
        return machine.transition(snapshot, event, scope)
      } catch (error) {
        return { ...snapshot, status: 'error', error } as AnyMachineSnapshot
      }
    },
  }
}

function walkToolCall(coverage: Coverage): void {
  const machine = coverage.watch(toolCallMachine.provide({}))
  const events = machine.events.filter((type) => type !== '*').map((type) => ({ type }))
  for (const { state } of Object.values(getAdjacencyMap(machine, { events }))) coverage.enter(state)
}

const directory = join(import.meta.dirname, '../conformance/vectors')
const files: unknown[] = readdirSync(directory)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(join(directory, name), 'utf8')))
const vectors = files.map(readVector).filter((vector): vector is RunVector => !('wire' in vector))

/**
 * Runs the vector on the machine that is watched: node by node as the conformance runner does, or, with a store, all at
 * once. Its judgement is another test's.
 */
async function runVector(
  { agent: spec, model, run }: RunVector,
  coverage: Coverage,
  options: { readonly store?: Store },
) {
  const recording = Recording()
  const agent = scriptedAgent(spec, new ScriptedModel(model, recording), recording)
  try {
    const agentRun = agent.iter(promptOf(run), {
      ...runOptions(run),
      ...options,
      inspect: (event) => {
        if (event.type === '@xstate.snapshot' && isOfMachine(event.snapshot)) {
          coverage.enter(event.snapshot)
        }
      },
    })
    if (options.store !== undefined) await agentRun.finish()
    for await (const node of agentRun) recording.nodes.push({ kind: node.kind })
  } catch {
    return // many vectors expect it
  }
}

function isOfMachine(snapshot: object): snapshot is AnyMachineSnapshot {
  return 'machine' in snapshot
}

describe('every state, transition and guard outcome of the charts is visited', () => {
  it('of the agent, by walks and by the vectors', { timeout: 60_000 }, async () => {
    const byVectors = new Coverage(agentMachine)
    const byWalks = new Coverage(agentMachine)
    walkAgent(byWalks)
    byVectors.watch(agentMachine) // all agents share its nodes
    for (const vector of vectors) {
      await runVector(vector, byVectors, {})
      await runVector(vector, byVectors, { store: memoryStore() })
    }
    const leftByVectors = byVectors.left()
    expect(byWalks.left().filter((fact) => leftByVectors.includes(fact))).toEqual([])
    expect(byWalks.facts.length).toBeGreaterThan(180)
    expect(leftByVectors.length).toBeLessThan(0.6 * byVectors.facts.length)
  })

  it('of a tool call', () => {
    const coverage = new Coverage(toolCallMachine)
    walkToolCall(coverage)
    expect(coverage.left()).toEqual([])
    expect(coverage.facts.length).toBeGreaterThan(20)
  })
})

describe('what nobody visits is found', { timeout: 60_000 }, () => {
  const { config, implementations } = agentMachine
  const { UserPrompt, ...others } = config.states ?? {}
  const guards = { ...implementations.guards, never: () => false, always: () => true }

  function leftIn(userPrompt: object): string[] {
    const states = { ...others, UserPrompt: { ...UserPrompt, ...userPrompt } }
    const machine = createMachine({ ...config, states }, { ...implementations, guards } as never)
    const coverage = new Coverage(machine)
    walkAgent(coverage, machine)
    return coverage.left()
  }

  it.each([
    { what: 'an event that never comes', on: { rain: {} }, left: ['on rain #0 taken'] },
    {
      what: 'a guard that always refuses',
      on: { next: { guard: 'never' } },
      left: ['on next #0 [never] taken'],
    },
    {
      what: 'a guard that never refuses, and what is behind it',
      on: { cancel: [{ guard: 'always' }, { target: '#agent.End' }] },
      left: ['on cancel #0 [always] refused', 'on cancel #1 taken'],
    },
  ])('$what', ({ on, left }) => {
    expect(leftIn({ on })).toEqual(left.map((fact) => `agent.UserPrompt ${fact}`))
  })

  it('a state that is never entered', () => {
    const states = { ...UserPrompt?.states, elsewhere: {} }
    expect(leftIn({ states })).toEqual(['agent.UserPrompt.elsewhere entered'])
  })

  it('nothing, in the chart as it is', () => {
    expect(leftIn({})).toEqual([])
  })
})
