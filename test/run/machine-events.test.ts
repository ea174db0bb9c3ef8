import { describe, expect, it } from 'vitest'
import {
  assign,
  createActor,
  fromPromise,
  sendTo,
  setup,
  stopChild,
  toPromise,
  waitFor,
} from 'xstate'
import {
  Agent,
  enqueueEvent,
  type ModelMessage,
  RunCancelledError,
  externalToolset,
  runOf,
  tool,
  UserError,
} from '../../src/index.ts'
import { FunctionModel } from '../../src/testing/index.ts'
import { calls, errorOf } from './scripts.ts'

const answer = (text: string) => ({ parts: [{ partKind: 'text' as const, content: text }] })

/** What the results of the latest calls say. */
function resultsIn(messages: readonly ModelMessage[]): string {
  const parts = messages.flatMap<ModelMessage['parts'][number]>((message) => message.parts)
  return parts
    .flatMap((part) => (part.partKind === 'tool-return' ? [JSON.stringify(part.content)] : []))
    .join()
}

/** A clerk that asks for two approvals and an answer from outside, then tells what has come of them. */
function clerk() {
  return new Agent({
    name: 'clerk',
    model: new FunctionModel((messages) =>
      messages.length === 1 ? calls('pay', 'pay', 'stock') : answer(resultsIn(messages)),
    ),
    tools: [tool({ name: 'pay', needsApproval: true, execute: () => 'paid' })],
    toolsets: [
      externalToolset([
        { name: 'stock', description: null, parametersJsonSchema: { type: 'object' } },
      ]),
    ],
    deferred: 'wait',
  })
}

/** A desk that spawns a clerk, and passes on what people say. */
function desk(agent: Pick<Agent, 'machine'>) {
  return setup({
    types: {
      context: {} as { output: string; error: unknown },
      events: {} as
        | { type: 'yes'; id: string }
        | { type: 'no'; id: string }
        | { type: 'stock'; count: number }
        | { type: 'hint' }
        | { type: 'stop' }
        | { type: 'leave' },
      children: {} as { clerk: 'clerk' },
    },
    actors: { clerk: agent.machine },
  }).createMachine({
    context: { output: '', error: null },
    initial: 'open',
    states: {
      open: {
        invoke: {
          id: 'clerk',
          src: 'clerk',
          input: { prompt: 'Go.' },
          onDone: {
            target: 'done',
            actions: assign({ output: ({ event }) => event.output.output }),
          },
          onError: { target: 'failed', actions: assign({ error: ({ event }) => event.error }) },
        },
        on: {
          yes: {
            actions: sendTo('clerk', ({ event }) => ({
              type: 'tool-call-approved',
              toolCallId: event.id,
              by: 'Ada',
            })),
          },
          no: {
            actions: sendTo('clerk', ({ event }) => ({
              type: 'tool-call-denied',
              toolCallId: event.id,
              message: 'No.',
            })),
          },
          stock: {
            actions: sendTo('clerk', ({ event }) => ({
              type: 'tool-call-answered',
              toolCallId: 'stock',
              result: event.count,
            })),
          },
          hint: { actions: sendTo('clerk', enqueueEvent('Be quick.')) },
          stop: { actions: sendTo('clerk', { type: 'cancel', reason: 'closing time' }) },
          leave: 'left',
        },
      },
      done: { type: 'final' },
      failed: { type: 'final' },
      left: {},
    },
  })
}

async function opened(agent: Pick<Agent, 'machine'> = clerk()) {
  const actor = createActor(desk(agent)).start()
  const { clerk: child } = actor.getSnapshot().children
  if (child === undefined) throw new Error('It is invoked at the start')
  await waitFor(child, ({ context }) => context.ledger.length > 0)
  await expect.poll(() => runOf(child).waitingFor.length).toBe(3)
  return { actor, child }
}

describe('what a machine of your own can send to an agent', () => {
  it('approvals, denials and answers, in any order', async () => {
    const { actor } = await opened()
    actor.send({ type: 'stock', count: 7 })
    actor.send({ type: 'no', id: 'pay-2' })
    actor.send({ type: 'yes', id: 'pay' })
    const { value, context } = await waitFor(actor, ({ status }) => status === 'done')
    expect(value).toBe('done')
    expect(context.output).toBe('"paid","No.",7')
  })

  it('messages for the model', async () => {
    const { actor, child } = await opened()
    actor.send({ type: 'hint' })
    for (const id of ['pay', 'pay-2']) actor.send({ type: 'yes', id })
    actor.send({ type: 'stock', count: 7 })
    await waitFor(actor, ({ status }) => status === 'done')
    expect(JSON.stringify(runOf(child).allMessages())).toContain('Be quick.')
  })

  it('a cancel, which it learns of as an error', async () => {
    const { actor } = await opened()
    actor.send({ type: 'stop' })
    const { value, context } = await waitFor(actor, ({ status }) => status === 'done')
    expect(value).toBe('failed')
    expect(context.error).toBeInstanceOf(RunCancelledError)
    expect(context.error).toMatchObject({ reason: 'closing time' })
  })

  it('nothing that counts once it has left: the agent stops, and its signal is aborted', async () => {
    const signals: AbortSignal[] = []
    const agent = new Agent({
      model: new FunctionModel((messages) =>
        messages.length === 1 ? calls('hang') : answer('ok'),
      ),
      tools: [
        tool({
          name: 'hang',
          execute: async (_, ctx) => {
            signals.push(ctx.signal)
            await new Promise(() => {})
          },
        }),
      ],
    })
    const actor = createActor(desk(agent)).start()
    const { clerk: child } = actor.getSnapshot().children
    await expect.poll(() => signals.length).toBe(1)
    actor.send({ type: 'leave' })
    expect(child?.getSnapshot().status).toBe('stopped')
    expect(signals[0]?.aborted).toBe(true)
  })

  it('refuses to enqueue nothing', () => {
    expect(() => enqueueEvent([])).toThrow(UserError)
  })
})

describe('agents that a machine spawns', () => {
  it('run side by side, each by its own id, and are stopped one by one', async () => {
    const machine = setup({
      types: { context: {} as { done: readonly string[] } },
      actors: {
        worker: new Agent({
          model: new FunctionModel((messages) => answer(JSON.stringify(messages[0]?.parts[0]))),
        }).machine,
      },
    }).createMachine({
      context: ({ spawn }) => {
        for (const id of ['a', 'b', 'c']) spawn('worker', { id, input: { prompt: `Do ${id}.` } })
        return { done: [] }
      },
      entry: stopChild('c'),
      on: {
        'xstate.done.actor.*': {
          actions: assign({
            done: ({ context, event }) => [...context.done, String(Reflect.get(event, 'actorId'))],
          }),
        },
      },
    })
    const actor = createActor(machine).start()
    const { context } = await waitFor(actor, ({ context: { done } }) => done.length === 2)
    expect(context.done.toSorted()).toEqual(['a', 'b'])
  })

  it('can have their work replaced: `provide` keeps the rest', async () => {
    const agent = new Agent({ model: new FunctionModel(() => answer('ok')) })
    const steps: string[] = []
    const machine = agent.machine.provide({
      actors: {
        preparePrompt: fromPromise(() => {
          steps.push('another preparePrompt')
          return Promise.reject(new Error('not today'))
        }),
      },
    })
    const actor = createActor(machine, { input: { prompt: 'Go.' } }).start()
    expect(await errorOf(toPromise(actor))).toMatchObject({ message: 'not today' })
    expect(steps).toEqual(['another preparePrompt'])
    expect(actor.getPersistedSnapshot()).toMatchObject({ format: 'agentchart/actor' })
  })
})
