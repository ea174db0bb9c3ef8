import { describe, expect, it } from 'vitest'
import { assign, createActor, setup, toPromise, waitFor } from 'xstate'
import { Agent, RunCancelledError, tool, type Toolset } from '../../src/index.ts'
import { FunctionModel, ScriptedModel } from '../../src/testing/index.ts'
import { calls, errorOf, gate, runTo } from './scripts.ts'

function parentOf(agent: Pick<Agent, 'machine'>, onFailure?: 'fail' | 'stay') {
  return setup({
    types: { context: {} as { output: string; error: unknown } },
    actors: { agent: agent.machine },
  }).createMachine({
    context: { output: '', error: null },
    initial: 'asking',
    states: {
      asking: {
        on: { leave: 'left' },
        invoke: {
          id: 'agent',
          src: 'agent',
          input: { prompt: 'Go.', ...(onFailure && { onFailure }) },
          onDone: {
            target: 'answered',
            actions: assign({ output: ({ event }) => event.output.output }),
          },
          onError: { target: 'failed', actions: assign({ error: ({ event }) => event.error }) },
        },
      },
      answered: { type: 'final' },
      failed: { type: 'final' },
      left: {},
    },
  })
}

function logged() {
  const log: string[] = []
  const toolset: Toolset = {
    tools: () => [],
    open: () => void log.push('open'),
    close: () => void log.push('close'),
  }
  return { log, toolsets: [toolset] }
}

describe('lesson-27: an agent in a machine of your own', () => {
  it('runs when it is invoked, and its output is that of the run', async () => {
    const agent = new Agent({ model: new ScriptedModel(['answer']) })
    const actor = createActor(parentOf(agent)).start()
    const { value, context } = await waitFor(actor, ({ status }) => status === 'done')
    expect({ value, context }).toEqual({
      value: 'answered',
      context: { output: 'answer', error: null },
    })
  })

  it('is an actor by itself, too', async () => {
    const agent = new Agent({ model: new ScriptedModel(['answer']) })
    const actor = createActor(agent.machine, { input: { prompt: 'Go.' } }).start()
    expect(await toPromise(actor)).toMatchObject({
      output: 'answer',
      toolName: null,
      usage: { requests: 1 },
      runId: expect.any(String),
    })
  })

  it("a failure ends the actor with that very error, and the parent's `onError` gets it", async () => {
    const error = new Error('offline')
    const model = () => new ScriptedModel([error])
    const parent = createActor(parentOf(new Agent({ model: model() }))).start()
    const { value, context } = await waitFor(parent, ({ status }) => status === 'done')
    expect(value).toBe('failed')
    expect(context.error).toBe(error)

    const alone = createActor(new Agent({ model: model() }).machine, { input: { prompt: 'Go.' } })
    const outcome = errorOf(toPromise(alone.start()))
    expect(await outcome).toBe(error)
    expect(alone.getSnapshot()).toMatchObject({ status: 'error', error })
  })

  it('with `stay` it rests at the failure, and goes on with `next`', async () => {
    const agent = new Agent({ model: new ScriptedModel([new Error('offline'), 'answer']) })
    const input = { prompt: 'Go.', onFailure: 'stay' } as const
    const actor = createActor(agent.machine, { input }).start()
    const { value } = await waitFor(actor, ({ context }) => context.failure !== null)
    expect(value).toEqual({ ModelRequest: 'ready' })
    actor.send({ type: 'next' })
    expect(await toPromise(actor)).toMatchObject({ output: 'answer' })
  })

  it('lesson-13: a signal in the input cancels it', async () => {
    const wait = gate<string>()
    const controller = new AbortController()
    const agent = new Agent({ model: new FunctionModel(wait.pass) })
    const input = { prompt: 'Go.', signal: controller.signal }
    const outcome = errorOf(toPromise(createActor(agent.machine, { input }).start()))
    await wait.entered
    controller.abort('enough')
    wait.open('late')
    expect(await outcome).toMatchObject({ name: 'RunCancelledError', reason: 'enough' })
  })

  it.each(['fail', 'stay'] as const)(
    'lesson-13: when its parent leaves, work is aborted and toolsets are closed: %s',
    async (onFailure) => {
      const entered = Promise.withResolvers<AbortSignal>()
      const { log, toolsets } = logged()
      const polite = tool({
        name: 'polite',
        execute: (_, { signal }) => {
          entered.resolve(signal)
          return new Promise((__, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason))
          })
        },
      })
      const model = new ScriptedModel([calls('polite')])
      const agent = new Agent({ model, tools: [polite], toolsets })
      const parent = createActor(parentOf(agent, onFailure)).start()
      const signal = await entered.promise
      parent.send({ type: 'leave' })
      expect(signal.aborted).toBe(true)
      expect(signal.reason).toBeInstanceOf(RunCancelledError)
      await new Promise((resolve) => {
        setTimeout(resolve, 5)
      })
      expect(log).toEqual(['open', 'close'])
    },
  )

  it.each([
    { why: 'its end', responses: ['answer'] },
    { why: 'a failure', responses: [new Error('offline')] },
  ])('closes what it opened at $why', async ({ responses }) => {
    const { log, toolsets } = logged()
    const agent = new Agent({ model: new ScriptedModel(responses), toolsets })
    const actor = createActor(agent.machine, { input: { prompt: 'Go.' } }).start()
    await errorOf(toPromise(actor))
    expect(log).toEqual(['open', 'close'])
  })

  it('closes what it opened when it is stopped at rest', async () => {
    const { log, toolsets } = logged()
    const agent = new Agent({ model: new ScriptedModel([new Error('offline')]), toolsets })
    const input = { prompt: 'Go.', onFailure: 'stay' } as const
    const actor = createActor(agent.machine, { input }).start()
    await waitFor(actor, ({ context }) => context.failure !== null)
    expect(log).toEqual(['open'])
    actor.stop()
    await Promise.resolve()
    expect(log).toEqual(['open', 'close'])
  })

  it('survives `provide`', async () => {
    const agent = new Agent({ model: new ScriptedModel(['answer']) })
    const actor = createActor(agent.machine.provide({}), { input: { prompt: 'Go.' } })
    expect(await toPromise(actor.start())).toMatchObject({ output: 'answer' })
  })

  it('two actors of one machine are two runs', async () => {
    const { machine } = new Agent({ model: new FunctionModel(() => 'answer') })
    const outputs = await Promise.all(
      ['a', 'b'].map((runId) =>
        toPromise(createActor(machine, { input: { prompt: 'Go.', runId } }).start()),
      ),
    )
    expect(outputs.map(({ runId }) => runId)).toEqual(['a', 'b'])
  })
})

describe('an observer', () => {
  it.each([false, true])('changes nothing of a run: %s', async (isInspected) => {
    const types: string[] = []
    const good = tool({ name: 'good', execute: () => 1 })
    const bad = tool({ name: 'bad', execute: () => Promise.reject(new Error('no')) })
    const model = new ScriptedModel([calls('good', 'bad')])
    const run = new Agent({ model, tools: [good, bad] }).iter('Go.', {
      ...(isInspected && { inspect: ({ type }) => types.push(type) }),
    })
    await runTo(run, 'call-tools')
    await errorOf(run.next())
    expect(run.ctx.state.ledger).toMatchObject([
      { toolCallId: 'good', state: 'returned', attempt: 0, result: { part: { content: 1 } } },
      { toolCallId: 'bad', state: 'interrupted', attempt: 0 },
    ])
    expect(run.ctx.state.usage).toEqual(run.usage)
    expect(types.includes('@xstate.microstep')).toBe(isInspected)
  })
})

describe('an error that nobody observes', () => {
  it('of a run does not crash the process', async () => {
    const strays: unknown[] = []
    const note = (error: unknown) => strays.push(error)
    process.on('uncaughtException', note).on('unhandledRejection', note)
    const run = new Agent({ model: new ScriptedModel([new Error('offline')]) }).iter('Go.')
    await run.next()
    expect(await errorOf(run.next())).toMatchObject({ message: 'offline' })
    await run.dispose()
    await new Promise((resolve) => {
      setTimeout(resolve, 5)
    })
    process.off('uncaughtException', note).off('unhandledRejection', note)
    expect(strays).toEqual([])
  })
})
