import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import {
  Agent,
  End,
  ForeignNodeError,
  ModelRequestNode,
  RunBusyError,
  RunDisposedError,
  RunEndedError,
  UserError,
} from '../../src/index.ts'
import { FunctionModel } from '../../src/testing/index.ts'
import { errorOf, gate, runTo } from './scripts.ts'

const agent = new Agent({ model: new FunctionModel(() => 'answer') })

describe('misuse is refused with an error that says what to do', () => {
  it('two drivers at once: RunBusyError', async () => {
    const wait = gate<string>()
    const run = new Agent({ model: new FunctionModel(wait.pass) }).iter('Go.')
    await run.next()
    const first = run.next()
    const error = await errorOf(run.next())
    expect(error).toBeInstanceOf(RunBusyError)
    expect(error).toMatchObject({ message: expect.stringContaining('Await the pending `next`') })
    wait.open('answer')
    expect((await first).kind).toBe('call-tools')
  })

  it.each(['proceed', 'finish'] as const)(
    'a run that is told to stop driving itself while somebody waits for `%s`',
    async (method) => {
      const wait = gate<string>()
      const run = new Agent({ model: new FunctionModel(wait.pass) }).iter('Go.')
      const error = errorOf(run[method]())
      await wait.entered
      run.actor.send({ type: 'drive', drive: 'step' })
      wait.open('answer')
      expect(await error).toMatchObject({ message: expect.stringContaining('rests at its end') })
      expect(run.nextNode.kind).toBe('call-tools')
    },
  )

  it.each([['x'], [{ kind: 'oops' }], [{ kind: 'user-prompt' }], [7]])(
    '%j is no node: UserError',
    async (node) => {
      const run = agent.iter('Go.')
      const error = await errorOf(run.next(node as never))
      expect(error).toBeInstanceOf(UserError)
      expect(error).toMatchObject({ message: expect.stringContaining('ModelRequestNode') })
      expect(run.nextNode.kind).toBe('user-prompt')
    },
  )

  it('a node whose message is none is refused with the place', async () => {
    const run = agent.iter('Go.')
    const broken = { kind: 'model-request', request: { parts: [{ partKind: 'oops' }] } }
    expect(await errorOf(run.next(broken as never))).toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining('parts[0].partKind'),
    })
    expect((await run.finish()).output).toBe('answer')
  })

  it('`next` after the end: RunEndedError', async () => {
    const run = agent.iter('Go.')
    await run.finish()
    const error = await errorOf(run.next())
    expect(error).toBeInstanceOf(RunEndedError)
    expect(error).toMatchObject({ message: expect.stringContaining('run.allMessages()') })
    expect(await errorOf(run.next(run.nextNode))).toBeInstanceOf(RunEndedError)
  })

  it('`next` after `dispose`: RunDisposedError', async () => {
    const run = agent.iter('Go.')
    await run.next()
    await run.dispose()
    const error = await errorOf(run.next())
    expect(error).toBeInstanceOf(RunDisposedError)
    expect(error).toMatchObject({ message: expect.stringContaining('run.allMessages()') })
  })

  it('`next` when somebody else has stopped the actor: RunDisposedError', async () => {
    const run = agent.iter('Go.')
    Reflect.apply(Reflect.get(run.actor, 'stop'), run.actor, [])
    expect(await errorOf(run.next())).toBeInstanceOf(RunDisposedError)
  })

  it('a node of another run: ForeignNodeError', async () => {
    const [one, other] = [agent.iter('Go.'), agent.iter('Go.')]
    const error = await errorOf(one.next(other.nextNode))
    expect(error).toBeInstanceOf(ForeignNodeError)
    expect(error).toMatchObject({
      runId: one.runId,
      nodeRunId: other.runId,
      message: expect.stringContaining('run.nextNode'),
    })
    expect(one.nextNode.kind).toBe('user-prompt')
  })

  it('`End`, which cannot be run: UserError', async () => {
    const run = agent.iter('Go.')
    const made = End({ output: 'mine', toolName: null, toolCallId: null })
    const error = await errorOf(run.next(made))
    expect(error).toBeInstanceOf(UserError)
    expect(error).toMatchObject({ message: expect.stringContaining('End') })
    expect(run.nextNode.kind).toBe('user-prompt')
  })
})

describe('nodes given to `next`', () => {
  it('an older one runs nothing and tells what followed', async () => {
    const run = agent.iter('Go.')
    const first = run.nextNode
    const second = await run.next(first)
    const third = await run.next(second)
    expect(await run.next(first)).toBe(second)
    expect(await run.next(second)).toBe(third)
    expect(run.usage.requests).toBe(1)
  })

  it('one from its factory skips to its state', async () => {
    const run = agent.iter('Go.')
    const node = await run.next()
    if (node.kind !== 'model-request') throw new Error('This is the first request')
    await run.next()
    expect(run.nextNode.kind).toBe('call-tools')
    expect(await run.next(ModelRequestNode(node.request))).toMatchObject({ kind: 'call-tools' })
    expect(run.usage.requests).toBe(2)
  })
})

describe('what a run shows of itself', () => {
  it('is readable, and short', async () => {
    const run = agent.iter('Go.')
    await runTo(run, 'call-tools')
    const shown = inspect(run)
    expect(shown).toContain('AgentRun')
    expect(shown).toContain("nextNode: 'call-tools'")
    expect(shown.length).toBeLessThan(400)
  })

  it('a snapshot that somebody writes to: later ones are as they were', () => {
    const run = agent.iter('Go.', { metadata: { tenant: 'acme' } })
    const metadataOf = (snapshot: object): object =>
      Object(Object(Reflect.get(snapshot, 'options')).metadata)
    Object.assign(metadataOf(run.snapshot()), { tenant: 'other' })
    expect(metadataOf(run.snapshot())).toEqual({ tenant: 'acme' })
  })

  it('lesson-21: its context is its own: two runs at once do not meet', async () => {
    const seen: string[] = []
    const nosy = new Agent({
      model: new FunctionModel(async (messages) => {
        await Promise.resolve()
        seen.push(String(messages[0]?.runId))
        return 'answer'
      }),
      instructions: (ctx) => `${ctx.runId} ${String(ctx.deps)}`,
    })
    const runs = ['a', 'b', 'c'].map((runId) => nosy.iter('Go.', { runId, deps: `deps-${runId}` }))
    const results = await Promise.all(runs.map((run) => run.finish()))
    expect(seen.toSorted()).toEqual(['a', 'b', 'c'])
    for (const [index, result] of results.entries()) {
      const runId = ['a', 'b', 'c'][index]
      const messages = result.allMessages()
      expect(messages[0]).toMatchObject({ runId, instructions: `${runId} deps-${runId}` })
      expect(messages.map((message) => message.runId)).toEqual([runId, runId])
    }
  })
})
