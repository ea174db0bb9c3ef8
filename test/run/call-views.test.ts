import { describe, expect, it } from 'vitest'
import { type AnyActorRef, createActor, type InspectionEvent, setup, waitFor } from 'xstate'
import { Agent, type AgentEmitted, ModelRetry, runOf, tool } from '../../src/index.ts'
import { FunctionModel } from '../../src/testing/index.ts'
import { calls, gate } from './scripts.ts'

const answer = (text: string) => ({ parts: [{ partKind: 'text' as const, content: text }] })

function isWaiting(value: unknown): boolean {
  return JSON.stringify(value) === '{"CallTools":{"active":"waiting"}}'
}

/** Calls these once, then answers. */
function calling(...names: readonly string[]) {
  return new FunctionModel((messages) => (messages.length === 1 ? calls(...names) : answer('ok')))
}

const helper = new Agent({
  name: 'helper',
  model: calling('touch'),
  tools: [tool({ name: 'touch', execute: () => 'touched' })],
})

/** The id of the actor within its parent. */
function idOf({ actorRef }: InspectionEvent): string {
  return (actorRef as AnyActorRef).id // which XState's type of the event leaves out
}

/** Actors by the path of their ids, and what became of them. */
function watch() {
  const paths = new Map<string, string>()
  const seen: string[] = []
  const inspect = (event: InspectionEvent): void => {
    if (event.type === '@xstate.actor') {
      const { sessionId, id, _parent } = event.actorRef as AnyActorRef
      const above = _parent && paths.get(_parent.sessionId)
      paths.set(sessionId, above === undefined ? 'root' : `${above}/${id}`)
    }
    if (event.type === '@xstate.snapshot') {
      const path = paths.get(event.actorRef.sessionId) ?? ''
      const { value } = event.snapshot as { value?: unknown }
      if (typeof value === 'string') seen.push(`${path} ${value}`)
    }
  }
  const of = (path: string) => seen.filter((line) => line.startsWith(`${path} `))
  return { inspect, paths: () => [...paths.values()], of }
}

describe('what an inspector sees of a run', () => {
  it('is the run, the work of each state, each call, and the runs below calls, as a tree', async () => {
    const { inspect, paths, of } = watch()
    const agent = new Agent({
      model: calling('look', 'helper', 'wrong'),
      tools: [
        tool({ name: 'look', execute: () => 'seen' }),
        helper.asTool({ inputSchema: { type: 'object' }, prompt: () => 'Help.' }),
        tool({
          name: 'wrong',
          execute: () => {
            throw new ModelRetry('Not like this')
          },
        }),
      ],
    })
    await agent.run('Go.', { inspect })
    expect([...new Set(paths())].toSorted()).toEqual(
      [
        'root',
        'root/prepare-prompt',
        'root/request-model',
        'root/call-tools',
        'root/call-0',
        'root/call-1',
        'root/call-1/run:helper',
        'root/call-1/run:helper/prepare-prompt',
        'root/call-1/run:helper/request-model',
        'root/call-1/run:helper/call-tools',
        'root/call-1/run:helper/call-0',
        'root/call-2',
      ].toSorted(),
    )
    const states = (path: string) => of(path).map((line) => line.slice(path.length + 1))
    expect(states('root/call-0')).toEqual(['requested', 'waiting', 'executing', 'returned'])
    expect(states('root/call-1/run:helper/call-0').at(-1)).toBe('returned')
    expect(states('root/call-2').at(-1)).toBe('retryAsked')
  })

  it('is a run that is given `parent: ctx` below the call that started it', async () => {
    const { inspect, paths } = watch()
    const agent = new Agent({
      model: calling('ask'),
      tools: [
        tool({
          name: 'ask',
          execute: async (_, ctx) => (await helper.run('Help.', { parent: ctx })).output,
        }),
      ],
    })
    await agent.run('Go.', { inspect })
    expect(paths()).toContain('root/call-0/run:helper/request-model')
  })

  it('is a call that waits, and goes on with what was said', async () => {
    const { inspect, of } = watch()
    const agent = new Agent({
      model: calling('pay'),
      tools: [tool({ name: 'pay', needsApproval: true, execute: () => 'paid' })],
    })
    const run = agent.iter('Go.', { inspect, deferred: 'wait' })
    await run.proceed()
    await run.approve('pay')
    await run.finish()
    expect(of('root/call-0')).toEqual(
      ['requested', 'waiting', 'awaitingApproval', 'waiting', 'executing', 'returned'].map(
        (state) => `root/call-0 ${state}`,
      ),
    )
  })

  it('shows a call with its arguments and what came of it', async () => {
    const contexts: unknown[] = []
    const agent = new Agent({
      model: calling('look'),
      tools: [tool({ name: 'look', execute: () => 'seen' })],
    })
    await agent.run('Go.', {
      inspect: (event) => {
        if (event.type !== '@xstate.snapshot' || idOf(event) !== 'call-0') return
        contexts.push((event.snapshot as { context?: unknown }).context)
      },
    })
    expect(contexts.at(-1)).toMatchObject({
      toolCallId: 'look',
      toolName: 'look',
      state: 'returned',
      result: { part: { content: 'seen' } },
    })
  })
})

describe('an agent below a machine of your own', () => {
  function parentOf(agent: Pick<Agent, 'machine'>) {
    return setup({
      types: { children: {} as { agent: 'agent' } },
      actors: { agent: agent.machine },
    }).createMachine({ invoke: { id: 'agent', src: 'agent', input: { prompt: 'Go.' } } })
  }

  it('has its calls as children, as long as their response is dealt with', async () => {
    const { pass, open, entered } = gate()
    const agent = new Agent({
      model: calling('quick', 'slow'),
      tools: [tool({ name: 'quick', execute: () => 1 }), tool({ name: 'slow', execute: pass })],
    })
    const { agent: child } = createActor(parentOf(agent)).start().getSnapshot().children
    if (child === undefined) throw new Error('It is invoked at the start')
    await entered
    const states = () =>
      Object.entries(child.getSnapshot().children)
        .filter(([id]) => /^call-\d/.test(id))
        .map(([id, actor]) => [id, actor?.getSnapshot()])
    await expect.poll(states).toEqual([
      ['call-0', expect.objectContaining({ value: 'returned' })],
      ['call-1', expect.objectContaining({ value: 'executing' })],
    ])
    open()
    await runOf(child).finish()
    expect(states()).toEqual([])
  })

  it('shows a call that was cut off, and its next try', async () => {
    let tries = 0
    const agent = new Agent({
      model: calling('shaky'),
      tools: [
        tool({
          name: 'shaky',
          execute: () => {
            tries += 1
            if (tries === 1) throw new Error('offline')
          },
        }),
      ],
    })
    const states: unknown[] = []
    const run = agent.iter('Go.', {
      inspect: (event) => {
        if (event.type !== '@xstate.snapshot' || idOf(event) !== 'call-0') return
        states.push((event.snapshot as { value?: unknown }).value)
      },
    })
    await expect(run.finish()).rejects.toThrow('offline')
    await run.finish()
    expect(states).toEqual([
      'requested',
      'waiting',
      'executing',
      'interrupted',
      'executing',
      'returned',
    ])
  })

  it('emits nodes, calls, what it waits for and failures', async () => {
    const events: string[] = []
    const told = (event: AgentEmitted): string => {
      switch (event.type) {
        case 'node':
          return `node ${event.node.kind}`
        case 'tool-call':
          return `${event.toolCallId} ${event.state}${event.part === null ? '' : ` ${event.part.partKind}`}`
        case 'waiting':
          return `waiting for ${event.calls.map(({ toolCallId }) => toolCallId).join()}`
        case 'failure':
          return `failure ${String(event.error)}`
      }
    }
    let tries = 0
    const agent = new Agent({
      model: new FunctionModel((messages) => {
        tries += 1
        if (tries === 1) throw new Error('offline')
        return messages.length === 1 ? calls('look', 'pay') : answer('ok')
      }),
      tools: [
        tool({ name: 'look', execute: () => 1 }),
        tool({ name: 'pay', execute: () => 1, needsApproval: true }),
      ],
      deferred: 'wait',
    })
    const actor = createActor(agent.machine, { input: { prompt: 'Go.', onFailure: 'stay' } })
    actor.on('*', (event) => events.push(told(event)))
    actor.start()
    await waitFor(actor, ({ context }) => context.failure !== null)
    actor.send({ type: 'next' })
    await waitFor(actor, ({ value }) => isWaiting(value))
    actor.send({ type: 'tool-call-approved', toolCallId: 'pay' })
    await runOf(actor).finish()
    expect(events).toEqual([
      'node user-prompt',
      'node model-request',
      'failure Error: offline',
      'node call-tools',
      'look requested',
      'pay awaitingApproval',
      'waiting for pay',
      'look executing',
      'look returned tool-return',
      'pay waiting',
      'waiting for ',
      'pay executing',
      'pay returned tool-return',
      'node model-request',
      'node call-tools',
      'node end',
    ])
  })
})
