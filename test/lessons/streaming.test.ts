/** What users of other frameworks ran into with streams and cancels; numbers as in `lessons.test.ts`. */
import { describe, expect, it } from 'vitest'
import { Agent } from '../../src/agent/index.ts'
import { RunCancelledError } from '../../src/errors/index.ts'
import { FallbackModel } from '../../src/models/index.ts'
import type { ResponseDelta } from '../../src/streaming/index.ts'
import { FunctionModel, ScriptedModel } from '../../src/testing/index.ts'
import { tool } from '../../src/tools/index.ts'
import { call, outline, rejection, script } from '../agent/script.ts'
import { collect } from '../helpers/events.ts'
import { live, readOne, settled } from '../run/streams.ts'

const used: ResponseDelta = { kind: 'response', usage: { inputTokens: 100, outputTokens: 10 } }

describe('lesson-13: the signal reaches a stream', () => {
  it('of the run and of the runs inside its tools, and closes both', async () => {
    const inner = live()
    const child = new Agent({ model: inner.model })
    const delegate = tool({
      name: 'delegate',
      execute: (_, ctx) => child.stream('What?', { parent: ctx }).output,
    })
    const controller = new AbortController()
    const agent = new Agent({ model: script([call('delegate')]), tools: [delegate] })
    const stream = agent.stream('Go', { signal: controller.signal })
    inner.give('some')
    await settled()
    controller.abort('enough')
    expect(await rejection(stream.output)).toMatchObject({ reason: 'enough' })
    expect(inner.signals[0]?.aborted).toBe(true)
    expect(inner.counts.closed).toBe(1)
  })
})

describe('lesson-14: after a cancel nothing is in flight', () => {
  it('and what a deaf model says later lands nowhere', async () => {
    const { model, give, end } = live({ isDeaf: true })
    const stream = new Agent({ model }).stream('Go')
    give('kept')
    await settled()
    stream.cancel()
    await rejection(stream.output)
    const messages = stream.run.allMessages()
    const { state } = stream.run.ctx
    give(' late', used)
    end()
    await settled()
    expect(stream.run.allMessages()).toEqual(messages)
    expect(stream.run.ctx.state).toBe(state)
  })
})

describe('lesson-15: a cancel loses nothing', () => {
  it('of the prompt and of what was streamed, and everybody is told', async () => {
    const { model, give } = live()
    const stream = new Agent({ model }).stream('Go')
    const events = collect(stream)
    give('partial ', 'text')
    await settled()
    stream.cancel('enough')
    expect(await rejection(events)).toBeInstanceOf(RunCancelledError)
    expect(await rejection(stream.result)).toMatchObject({ reason: 'enough' })
    expect(outline(stream.run.allMessages())).toEqual([
      ['user: Go'],
      ['(interrupted)', 'text: partial text'],
    ])
  })
})

describe('lesson-16: a stream that is cut off has a usage', () => {
  it.each(['a cancel', 'an error'])('by %s', async (how) => {
    const { model, give } = live()
    const stream = new Agent({ model }).stream('Go')
    give('partial', used, ...(how === 'an error' ? [new Error('cut')] : []))
    await settled()
    stream.cancel()
    await rejection(stream.output)
    expect(await stream.usage).toMatchObject({ requests: 1, inputTokens: 100, outputTokens: 10 })
    expect(stream.run.allMessages().at(-1)).toMatchObject({ usage: { inputTokens: 100 } })
  })
})

describe('lesson-17: stopping is told to the run', () => {
  it('a reader that goes away stops nothing, and another one can take over', async () => {
    const { model, give, end } = live()
    const stream = new Agent({ model }).stream('Go')
    give('one ')
    await readOne(stream)
    give('two')
    end()
    expect((await collect(stream.text())).at(-1)).toBe('one two')
  })
})

describe('lesson-18: a stream with many readers keeps nothing', () => {
  it('no reader holds more than a bound of what another has read', async () => {
    let said = 0
    const model = new FunctionModel(async function* () {
      for (; said < 5_000; said += 1) yield 'word '
    })
    const stream = new Agent({ model }).stream('Go')
    const slow = stream[Symbol.asyncIterator]()
    await slow.next()
    const fast = collect(stream.textDeltas())
    await settled()
    expect(said).toBeLessThan(300)
    await slow.return?.()
    expect(await fast).toHaveLength(5_000)
  })

  it('and the context of the run holds no piece of it', async () => {
    const { model, give, end } = live()
    const stream = new Agent({ model }).stream('Go')
    give('secret')
    await settled()
    expect(JSON.stringify(stream.run.ctx.state)).not.toContain('secret')
    end()
    await stream.output
  })
})

describe('lesson-22: nested streams are counted once', () => {
  it('when they are streamed, and also when they are cut off', async () => {
    const answer = ['4', used, '2'] as const
    const child = new Agent({ model: new FunctionModel(() => answer) })
    const broken = new Agent({
      model: new FunctionModel(async function* () {
        yield* answer
        throw new Error('cut')
      }),
    })
    const delegate = tool({
      name: 'delegate',
      execute: (_, ctx) => child.stream('What?', { parent: ctx }).output,
    })
    const fragile = tool({
      name: 'fragile',
      execute: async (_, ctx) => {
        const stream = broken.stream('What?', { parent: ctx })
        await rejection(stream.output)
        return 'no answer'
      },
    })
    const calls = [call('delegate', {}, 'a'), call('delegate', {}, 'b'), call('fragile')]
    const model = new ScriptedModel([{ parts: calls }, ['ok']])
    const stream = new Agent({ model, tools: [delegate, fragile] }).stream('Go')
    expect(await stream.usage).toMatchObject({
      requests: 5,
      inputTokens: 300,
      outputTokens: 30,
      toolCalls: 3,
    })
  })

  it('and what happens in a child is told with the way there, apart from what happens in the run', async () => {
    const grandchild = new Agent({ name: 'clerk', model: new ScriptedModel([['4', '2']]) })
    const ask = tool({
      name: 'ask',
      execute: async (_, ctx) => (await grandchild.run('What?', { parent: ctx })).output,
    })
    const child = new Agent({
      name: 'boss',
      model: script([call('ask', {}, 'inner')], 'asked'),
      tools: [ask],
    })
    const delegate = tool({
      name: 'delegate',
      execute: async (_, ctx) => (await child.run('What?', { parent: ctx })).output,
    })
    const agent = new Agent({
      model: script([call('delegate', {}, 'outer')], 'ok'),
      tools: [delegate],
    })
    const events = await collect(agent.stream('Go'))
    expect(events.filter(({ eventKind }) => eventKind === 'part_delta')).toEqual([])
    const deltas = events.flatMap((event) =>
      event.eventKind === 'nested' && event.event.eventKind === 'nested' ? [event] : [],
    )
    expect(deltas.map(({ event }) => event)).toContainEqual(
      expect.objectContaining({
        agentName: 'clerk',
        toolCallId: 'inner',
        event: expect.objectContaining({
          eventKind: 'part_delta',
          delta: expect.objectContaining({ contentDelta: '2' }),
        }),
      }),
    )
    expect(
      deltas.every(({ agentName, toolCallId }) => agentName === 'boss' && toolCallId === 'outer'),
    ).toBe(true)
  })
})

describe('lesson-23: a fallback is seen', () => {
  it('each attempt that failed is an event of the stream', async () => {
    const failing = new ScriptedModel([new Error('offline')], { modelName: 'first' })
    const answering = new ScriptedModel([['fine', '.']], { modelName: 'second' })
    const model = new FallbackModel([failing, answering], { fallbackOn: [Error] })
    const stream = new Agent({ model }).stream('Go')
    const events = await collect(stream)
    expect(events[0]).toMatchObject({
      eventKind: 'model_attempt_failed',
      modelName: 'first',
      nextModelName: 'second',
      error: { message: 'offline' },
    })
    expect(await stream.output).toBe('fine.')
    expect(stream.run.allMessages().at(-1)).toMatchObject({ modelName: 'second' })
  })
})

describe('lesson-25: usage is known while a response comes', () => {
  it('in the response so far, and counted once at its end', async () => {
    const more: ResponseDelta = { kind: 'response', usage: { inputTokens: 100, outputTokens: 20 } }
    const agent = new Agent({ model: new ScriptedModel([[used, 'a', more, 'b']]) })
    const stream = agent.stream('Go')
    expect(await stream.usage).toMatchObject({ requests: 1, inputTokens: 100, outputTokens: 20 })
    expect((await stream.result).response.usage).toMatchObject({ outputTokens: 20 })
  })
})
