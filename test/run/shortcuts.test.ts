import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type AnyStateMachine,
  createActor,
  enqueueActions,
  initialTransition,
  toPromise,
  transition,
} from 'xstate'
import {
  type AgentContext,
  type AgentInput,
  agentMachine,
  type GraphEvent,
  isSettled,
} from '../../machines/index.ts'
import { Agent, ModelRetry, tool, type ModelResponseInput } from '../../src/index.ts'
import { hostedGraph } from '../../src/run/hosted-machine.ts'
import { Shortcuts } from '../../src/run/shortcuts.ts'
import { ManualClock, ScriptedModel } from '../../src/testing/index.ts'
import { eventOf, happenings } from '../machines/happenings.ts'
import { type AnyGraphEvent, input } from '../machines/outcomes.ts'
import type { Snapshot } from '../machines/transitions.ts'

/** What the model does in one round, and with it the tools. */
type Round = (typeof rounds)[number]

const rounds = [
  'one tool',
  'two tools',
  'retry',
  'unknown',
  'nothing',
  'failure',
  'asap',
  'when_idle',
  'cancel',
  'deadline',
] as const

function responseFor(round: Round, index: number): ModelResponseInput {
  const call = (toolName: string, n: number) => ({
    partKind: 'tool-call' as const,
    toolName,
    args: {},
    toolCallId: `call-${index}-${n}`,
  })
  if (round === 'nothing') return { parts: [] }
  if (round === 'two tools') return { parts: [call('work', 0), call('work', 1)] }
  const names = {
    'one tool': 'work',
    retry: 'picky',
    unknown: 'nobody',
    failure: 'broken',
    asap: 'asap',
    when_idle: 'when_idle',
    cancel: 'stop',
    deadline: 'hang',
  } as const
  return { parts: [call(names[round], 0)] }
}

/** The time that a tool phase has. */
const limitMs = 100

function agentFor(script: readonly Round[], clock: ManualClock) {
  return new Agent({
    model: new ScriptedModel([...script.map(responseFor), ...script.map(() => 'done'), 'done']),
    retries: 20,
    tools: [
      tool({ name: 'work', execute: async () => 'worked' }),
      tool({
        name: 'picky',
        execute: () => {
          throw new ModelRetry('again')
        },
      }),
      tool({
        name: 'broken',
        execute: (_, ctx) => {
          if (ctx.attempt === 0) throw new Error('broken once')
          return 'mended'
        },
      }),
      ...(['asap', 'when_idle'] as const).map((priority) =>
        tool({ name: priority, execute: (_, ctx) => ctx.enqueue('More.', { priority }) === null }),
      ),
      tool({
        name: 'stop',
        execute: (_, ctx) => {
          if (ctx.attempt === 0) ctx.cancel()
          return 'stopped'
        },
      }),
      tool({
        name: 'hang',
        execute: async (_, ctx) => {
          if (ctx.attempt > 0) return 'done'
          void clock.advance(limitMs)
          return aborted(ctx.signal)
        },
      }),
    ],
  })
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** All snapshots of a run that is driven to its end, as data. */
async function snapshotsOf(
  script: readonly Round[],
  options: { isInspected: boolean; byHand: boolean },
) {
  const clock = new ManualClock(0)
  const run = agentFor(script, clock).iter('go', {
    runId: 'run',
    conversationId: 'conversation',
    clock,
    timeoutMs: { toolPhase: limitMs },
    ...(options.isInspected && { inspect: () => {} }),
  })
  const seen: unknown[] = []
  const look = () => {
    const { ledger } = run.ctx.state
    const isLast = ledger.length > 0 && ledger.every(({ state }) => isSettled(state))
    if (!isLast) seen.push(asData(run.actor.getSnapshot())) // only those who look are told of it
  }
  look()
  run.actor.subscribe(look)
  while (run.result === null) {
    await (options.byHand ? run.next() : run.finish()).catch(() => {})
  }
  return seen
}

function asData(snapshot: object): unknown {
  const { status, value, context, output, children, tags, _nodes, historyValue, error } =
    snapshot as Record<string, unknown>
  return JSON.parse(
    JSON.stringify({
      status,
      value,
      context,
      output,
      error,
      historyValue,
      children: Object.keys(children as object).filter((id) => !/^call-\d+$/.test(id)), // only there to be looked at
      tags: [...(tags as Set<string>)],
      nodes: (_nodes as readonly { id: string }[]).map(({ id }) => id).toSorted(),
    }).replaceAll(/pyd_ai_[0-9a-f]+|[0-9a-f]{8}-[0-9a-f-]{27}/g, 'generated'),
  )
}

/** The machine of an agent, without one. */
const machine: AnyStateMachine = agentMachine.provide(hostedGraph().implementations as never)

/** The table and the interpreter, one beside the other. */
function bothWays(facts: Partial<AgentInput>) {
  const table = new Shortcuts(machine)
  const [first] = initialTransition(machine, input(facts))
  const scope = { self: { id: 'run' }, defer: () => {} } as never // nothing is started
  const host = { start: { input: input(facts) } } as never
  return {
    first,
    beginning: table.initial(machine, host, scope),
    interpret: (before: Snapshot, event: AnyGraphEvent) =>
      transition(machine, before, event as never)[0],
    lookUp: (before: Snapshot, event: AnyGraphEvent) =>
      table.next(before, { context: before.context, event: event as GraphEvent }, scope, host),
  }
}

describe('shortcuts through the chart', () => {
  it.each([
    { isStored: false, drive: 'auto' },
    { isStored: false, drive: 'step' },
    { isStored: true, drive: 'auto' },
    { isStored: true, drive: 'step' },
  ] as const)(
    'S1: whatever happens, they lead where the interpreter does ($drive, stored: $isStored)',
    { timeout: 60_000 },
    (facts) => {
      const taken = new Set<string>()
      fc.assert(
        fc.property(fc.array(happenings, { minLength: 20, maxLength: 50 }), (events) => {
          const { first, beginning, interpret, lookUp } = bothWays(facts)
          expect(asData(beginning ?? first)).toEqual(asData(first))
          let before = first
          let mixed = (beginning ?? first) as Snapshot // goes on from what the table has made
          for (const one of events) {
            const event = eventOf(one, before)
            const after = interpret(before, event)
            const known = lookUp(mixed, event)
            if (known !== undefined) taken.add(event.type)
            mixed = (known ?? interpret(mixed, event)) as Snapshot
            expect(asData(mixed)).toEqual(asData(after))
            before = after
            if (before.status !== 'active') break
          }
        }),
        { numRuns: 150 },
      )
      const slots = [
        'prepare-prompt',
        'request-model',
        'call-tools',
        ...(facts.isStored ? ['save-step'] : []),
      ]
      expect([...taken].toSorted()).toEqual(
        [...slots.map((slot) => `xstate.done.actor.${slot}`), 'tool-calls-moved'].toSorted(),
      )
    },
  )

  it.each([{ byHand: false }, { byHand: true }])(
    'S1: lead to the snapshots that the interpreter makes (by hand: $byHand)',
    async ({ byHand }) => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.constantFrom(...rounds), { maxLength: 6 }), async (script) => {
          const interpreted = await snapshotsOf(script, { isInspected: true, byHand })
          expect(await snapshotsOf(script, { isInspected: false, byHand })).toEqual(interpreted)
        }),
        { numRuns: 60 },
      )
    },
  )

  it('are not taken where somebody has provided something', async () => {
    const visits: unknown[] = []
    const shared = agentMachine.implementations.actions['advance']
    const seen = ({ context }: { context: AgentContext }): void => void visits.push(context.visit)
    const advance = enqueueActions(({ enqueue }) => {
      enqueue(seen as never)
      enqueue(shared as never)
    })
    const { machine: usual } = agentFor(['one tool'], new ManualClock())
    const provided = usual.provide({ actions: { advance } })
    await toPromise(createActor(provided, { input: { prompt: 'Go.' } }).start())
    expect(visits).toEqual([0, 1, 2, 3, 4])
  })

  it('leave each agent its own machine, though they are made for all', async () => {
    for (const script of [['one tool'], ['two tools']] as const) {
      const agent = agentFor(script, new ManualClock())
      const run = agent.iter('Go.')
      const machines = new Set([Reflect.get(run.actor.getSnapshot(), 'machine')])
      run.actor.subscribe((snapshot) => machines.add(Reflect.get(snapshot, 'machine')))
      await run.finish()
      expect(machines.size).toBe(1)
      expect(machines.has(agent.machine)).toBe(true)
    }
  })
})
