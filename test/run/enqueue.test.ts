import { describe, expect, it } from 'vitest'
import {
  Agent,
  deferredToolRequests,
  type Enqueued,
  RunDisposedError,
  RunEndedError,
  text,
  tool,
  type Toolset,
  UserError,
} from '../../src/index.ts'
import type { ModelMessage } from '../../src/messages/index.ts'
import { FunctionModel, ScriptedModel } from '../../src/testing/index.ts'
import { outline } from '../agent/script.ts'
import { collect } from '../helpers/events.ts'
import { outlineOf } from '../streaming/outline.ts'
import { calls, errorOf, gate, runTo } from './scripts.ts'

/** An agent whose tool enqueues these, one after the other. */
function enqueuing(
  items: readonly (readonly [Enqueued, 'asap' | 'when_idle'])[],
  answers: readonly string[],
) {
  const ids: (string | null)[] = []
  const note = tool({
    name: 'note',
    execute: (_, ctx) => {
      for (const [content, priority] of items) ids.push(ctx.enqueue(content, { priority }))
      return 'noted'
    },
  })
  const model = new ScriptedModel([calls('note'), ...answers])
  return { agent: new Agent({ model, tools: [note] }), model, ids }
}

describe('messages that a tool enqueues', () => {
  it('asap: go behind the request that is sent next', async () => {
    const { agent, model, ids } = enqueuing([['Mind the gap.', 'asap']], ['fine.'])
    const run = agent.iter('Go.')
    await run.finish()
    expect(outline(run.allMessages())).toEqual([
      ['user: Go.'],
      ['call: note'],
      ['note returned: noted'],
      ['user: Mind the gap.'],
      ['text: fine.'],
    ])
    expect(ids).toEqual([expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/)])
    expect(outline(model.calls[1]?.messages ?? []).flat()).toContain('user: Mind the gap.')
    expect(run.ctx.state.pending).toEqual([])
  })

  it('when_idle: keep the run from ending, and its output is that of the last response', async () => {
    const { agent } = enqueuing([['And now?', 'when_idle']], ['fine.', 'done.'])
    const run = agent.iter('Go.')
    expect((await run.finish()).output).toBe('done.')
    expect(outline(run.allMessages())).toEqual([
      ['user: Go.'],
      ['call: note'],
      ['note returned: noted'],
      ['text: fine.'],
      ['user: And now?'],
      ['text: done.'],
    ])
    expect(run.newMessages()).toHaveLength(6)
  })

  it('both: in the order that the reference has', async () => {
    const items = [
      ['idle', 'when_idle'],
      ['asap', 'asap'],
    ] as const
    const { agent } = enqueuing(items, ['fine.', 'done.'])
    const { allMessages } = await agent
      .run('Go.')
      .then((result) => ({ allMessages: result.allMessages() }))
    expect(allMessages.map(({ kind }) => kind)).toEqual([
      'request',
      'response',
      'request',
      'request',
      'response',
      'request',
      'response',
    ])
    expect(outline(allMessages).slice(2).flat()).toEqual([
      'note returned: noted',
      'user: asap',
      'text: fine.',
      'user: idle',
      'text: done.',
    ])
  })

  it('are told of when they are delivered, with their id and as they are in the history', async () => {
    const items = [
      ['idle', 'when_idle'],
      ['one', 'asap'],
      ['two', 'asap'],
    ] as const
    const { agent, ids } = enqueuing(items, ['fine.', 'done.'])
    const stream = agent.stream('Go.')
    const events = await collect(stream)
    const told = events.flatMap((event) => (event.eventKind === 'enqueued_messages' ? [event] : []))
    expect(told.map(({ enqueueId }) => enqueueId)).toEqual([ids[1], ids[2], ids[0]])
    const messages = stream.run.allMessages()
    expect(told.map((event) => event.messages)).toEqual([
      [messages[3]],
      [messages[4]],
      [messages[6]],
    ])
    const places = outlineOf(events).flatMap((line, place) =>
      line === 'enqueued_messages' ? [place] : [],
    )
    expect(outlineOf(events)[(places[0] as number) - 1]).toBe('function_tool_result note')
    expect(
      messages.every(({ runId, timestamp }) => runId === stream.run.runId && timestamp !== null),
    ).toBe(true)
  })

  it('of many kinds are joined: user content to one prompt, parts to one request', async () => {
    const content: Enqueued = [
      'Look:',
      { kind: 'image-url', url: 'https://example.com/a.png' },
      { partKind: 'system-prompt', content: 'Be brief.' },
      { kind: 'response', parts: [{ partKind: 'text', content: 'I said so.' }] },
      'Did you?',
    ]
    const { agent } = enqueuing([[content, 'when_idle']], ['fine.', 'done.'])
    const result = await agent.run('Go.')
    expect(outline(result.allMessages()).slice(4)).toEqual([
      [expect.stringContaining('user: ["Look:",{'), 'system: Be brief.'],
      ['text: I said so.'],
      ['user: Did you?'],
      ['text: done.'],
    ])
  })

  it('are nothing when there is nothing in them', async () => {
    const { agent, ids } = enqueuing([[[], 'asap']], ['fine.'])
    const result = await agent.run('Go.')
    expect(ids).toEqual([null])
    expect(result.allMessages()).toHaveLength(4)
  })
})

describe('messages that are enqueued from outside', () => {
  it('before the first step go out with the first request', async () => {
    const run = new Agent({ model: new ScriptedModel(['fine.']) }).iter('Go.')
    run.enqueue('Mind the gap.')
    await run.finish()
    expect(outline(run.allMessages())).toEqual([
      ['user: Go.'],
      ['user: Mind the gap.'],
      ['text: fine.'],
    ])
  })

  it('while the model answers, keep the run from ending', async () => {
    const wait = gate<string>()
    let asked = 0
    const run = new Agent({
      model: new FunctionModel(() => (++asked === 1 ? wait.pass() : 'done.')),
    }).iter('Go.')
    const finished = run.finish()
    await wait.entered
    const id = run.enqueue('One more thing.')
    expect(run.ctx.state.pending).toMatchObject([{ enqueueId: id, priority: 'asap' }])
    wait.open('fine.')
    expect((await finished).output).toBe('done.')
    expect(outline(run.allMessages())).toEqual([
      ['user: Go.'],
      ['text: fine.'],
      ['user: One more thing.'],
      ['text: done.'],
    ])
  })

  it('at the end go urgent ones first, in the order in which they came', async () => {
    const run = new Agent({ model: new ScriptedModel(['fine.', 'done.', 'over.', 'out.']) }).iter(
      'Go.',
    )
    await runTo(run, 'call-tools')
    run.enqueue('idle', { priority: 'when_idle' })
    run.enqueue('first')
    run.enqueue('second')
    const node = await run.next()
    expect(node).toMatchObject({ kind: 'model-request' })
    await run.finish()
    const said = outline(run.allMessages()).flat()
    expect(said.indexOf('user: first')).toBeLessThan(said.indexOf('user: second'))
    expect(said.indexOf('user: second')).toBeLessThan(said.indexOf('user: idle'))
    expect(said.filter((line) => line.startsWith('user')).toSorted()).toEqual([
      'user: Go.',
      'user: first',
      'user: idle',
      'user: second',
    ])
  })

  it('while the prompt is looked at, are sent with it', async () => {
    const wait = gate<string>()
    const model = new ScriptedModel(['fine.'])
    const run = new Agent({ model, systemPrompt: wait.pass }).iter('Go.')
    const step = run.next()
    await wait.entered
    run.enqueue('Mind the gap.')
    wait.open('Be brief.')
    await step
    await run.finish()
    expect(outline(run.allMessages())[1]).toEqual(['user: Mind the gap.'])
  })

  it('survive a request that fails, and are delivered once', async () => {
    const model = new ScriptedModel([new Error('offline'), 'fine.'])
    const run = new Agent({ model }).iter('Go.')
    await run.next()
    run.enqueue('Mind the gap.')
    await errorOf(run.next())
    expect(outline(run.allMessages())).toEqual([['user: Go.'], ['user: Mind the gap.']])
    expect(run.ctx.state.pending).toHaveLength(1)
    const events = collect(run.events())
    await run.next()
    expect(run.ctx.state.pending).toEqual([])
    await run.finish()
    expect(outline(run.allMessages())).toEqual([
      ['user: Go.'],
      ['user: Mind the gap.'],
      ['text: fine.'],
    ])
    const told = (await events).filter(({ eventKind }) => eventKind === 'enqueued_messages')
    expect(told).toHaveLength(1)
  })

  it('that keep the run from ending survive a failure, too', async () => {
    const model = new ScriptedModel(['fine.', new Error('offline'), 'done.'])
    const run = new Agent({ model }).iter('Go.')
    run.enqueue('And now?', { priority: 'when_idle' })
    expect(await errorOf(run.finish())).toMatchObject({ message: 'offline' })
    expect((await run.finish()).output).toBe('done.')
    const said = outline(run.allMessages()).flat()
    expect(said.filter((line) => line === 'user: And now?')).toHaveLength(1)
  })

  it('behind an output tool: its call has its answer, and the run goes on', async () => {
    const output = { type: 'object', properties: { n: { type: 'number' } } } as const
    const answer = (n: number) => ({
      parts: [
        {
          partKind: 'tool-call',
          toolName: 'final_result',
          args: { n },
          toolCallId: `${n}`,
        } as const,
      ],
    })
    const run = new Agent({ model: new ScriptedModel([answer(1), answer(2)]), output }).iter('Go.')
    run.enqueue('Once more.', { priority: 'when_idle' })
    expect((await run.finish()).output).toEqual({ n: 2 })
    expect(outline(run.allMessages())).toEqual([
      ['user: Go.'],
      ['call: final_result'],
      ['final_result returned: Final result processed.'],
      ['user: Once more.'],
      ['call: final_result'],
      ['final_result returned: Final result processed.'],
    ])
  })

  it('stay with a run that ends with calls for somebody else', async () => {
    const pay = tool({ name: 'pay', needsApproval: true, execute: () => 'paid' })
    const run = new Agent({
      model: new ScriptedModel([calls('pay')]),
      tools: [pay],
      output: [text, deferredToolRequests],
    }).iter('Go.')
    run.enqueue('And now?', { priority: 'when_idle' })
    await run.finish()
    expect(run.nextNode.kind).toBe('end')
    expect(run.ctx.state.pending).toMatchObject([{ priority: 'when_idle' }])
    expect(run.allMessages()).toHaveLength(2)
  })

  it('do not close and open the toolset in between', async () => {
    const log: string[] = []
    const toolset: Toolset = {
      tools: () => [],
      open: () => void log.push('open'),
      close: () => void log.push('close'),
    }
    const model = new ScriptedModel(['fine.', 'done.'])
    const run = new Agent({ model, toolsets: [toolset] }).iter('Go.')
    run.enqueue('And now?', { priority: 'when_idle' })
    await run.finish()
    expect(log).toEqual(['open', 'close'])
  })

  it('sent twice by a host count once', async () => {
    const run = new Agent({ model: new ScriptedModel(['fine.']) }).iter('Go.')
    run.enqueue('Mind the gap.')
    const [entry] = run.ctx.state.pending
    if (entry !== undefined) run.actor.send({ type: 'enqueue', entry })
    await run.finish()
    expect(run.allMessages()).toHaveLength(3)
  })

  it('can be enqueued and cancelled in one tick: they wait for the next try', async () => {
    const wait = gate<string>()
    let asked = 0
    const model = new FunctionModel(() => (++asked === 1 ? wait.pass() : `answer ${asked}`))
    const run = new Agent({ model }).iter('Go.')
    const finished = errorOf(run.finish())
    await wait.entered
    run.enqueue('Mind the gap.')
    run.cancel()
    wait.open('late')
    await finished
    expect(run.ctx.state.pending).toHaveLength(1)
    await run.finish()
    expect(outline(run.allMessages()).flat()).toContain('user: Mind the gap.')
  })
})

describe('what cannot be enqueued', () => {
  const run = () => new Agent({ model: new ScriptedModel(['fine.']) }).iter('Go.')
  const response: Enqueued = { kind: 'response', parts: [{ partKind: 'text', content: 'x' }] }

  it.each<[string, Enqueued]>([
    ['a response', response],
    ['a response at the end', ['a', response]],
  ])('%s: the model would have nothing to respond to', async (_, content) => {
    const own = run()
    expect(() => own.enqueue(content)).toThrow(UserError)
    expect(() => own.enqueue(content)).toThrow('Enqueued content must end with a `ModelRequest`')
    expect(own.ctx.state.pending).toEqual([])
  })

  it.each([
    ['null', null],
    ['a number', 5],
    ['an unknown part', { partKind: 'nonsense' }],
    ['an unknown message', { kind: 'nonsense', parts: [] }],
    ['an unknown piece of content', { kind: 'nonsense' }],
    ['a list with a hole', [undefined]],
  ])('%s: with an error of ours', (_, content) => {
    const own = run()
    let error: unknown
    try {
      own.enqueue(content as never)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toMatchObject({ name: expect.stringMatching(/^(UserError|ValidationError)$/) })
    expect(own.ctx.state.pending).toEqual([])
  })

  it('anything after the end, or after the run was disposed of', async () => {
    const ended = run()
    const { runContext } = ended.ctx
    await ended.finish()
    expect(() => ended.enqueue('late')).toThrow(RunEndedError)
    expect(() => runContext.enqueue('late')).toThrow(RunEndedError)
    const disposed = run()
    await disposed.dispose()
    expect(() => disposed.enqueue('late')).toThrow(RunDisposedError)
  })
})

describe('enqueued messages of a run without readers', () => {
  it('cost nothing in the context once they are delivered', async () => {
    const { agent } = enqueuing([['asap', 'asap']], ['fine.'])
    const messages: readonly ModelMessage[] = (await agent.run('Go.')).allMessages()
    expect(messages).toHaveLength(5)
  })
})
