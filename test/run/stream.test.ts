import { describe, expect, it } from 'vitest'
import { Agent, AgentRun, AgentRunResult, tool } from '../../src/index.ts'
import type { AgentEvent } from '../../src/streaming/index.ts'
import { ManualClock, ScriptedModel } from '../../src/testing/index.ts'
import { collect } from '../helpers/events.ts'
import { outlineOf } from '../streaming/outline.ts'
import { errorOf, outline } from './scripts.ts'
import { live, readOne, settled, twoCalls } from './streams.ts'

const look = tool({
  name: 'look',
  inputSchema: { type: 'object', properties: { n: { type: 'number' } } },
  execute: (input) => JSON.stringify(input),
})

const looking = () =>
  new Agent({
    model: new ScriptedModel([twoCalls, ['All ', 'fine.']], { modelName: 'm' }),
    tools: [look],
  })

const args = (text: string) => `look(${JSON.stringify(text)})`

const firstResponse = [
  'start 0 thinking "Let " after null',
  'delta 0 "me see."',
  'end 0 thinking "Let me see." before text',
  'start 1 text "I will " after thinking',
  'final null',
  'delta 1 "look."',
  'end 1 text "I will look." before tool-call',
  `start 2 tool-call ${args('{"n"')} after text`,
  'delta 2 ":1}"',
  `end 2 tool-call ${args('{"n":1}')} before tool-call`,
  `start 3 tool-call ${args('{"n":2}')} after tool-call`,
  `end 3 tool-call ${args('{"n":2}')} before null`,
]

const toolPhase = [
  'function_tool_call c1 true',
  'function_tool_call c2 true',
  'function_tool_result c1',
  'function_tool_result c2',
]

const secondResponse = [
  'start 0 text "All " after null',
  'final null',
  'delta 0 "fine."',
  'end 0 text "All fine." before null',
]

describe('the events of a stream', () => {
  it('come in the order of what happens, the result last', async () => {
    const events = await collect(looking().stream('Go.'))
    expect(outlineOf(events)).toEqual([
      ...firstResponse,
      ...toolPhase,
      ...secondResponse,
      'agent_run_result',
    ])
    const last = events.at(-1)
    expect(last?.eventKind === 'agent_run_result' && last.result).toBeInstanceOf(AgentRunResult)
    expect(last).toMatchObject({ result: { output: 'All fine.' } })
  })

  it('of a response that is not streamed are its whole parts', async () => {
    const model = new ScriptedModel([
      {
        parts: [
          { partKind: 'thinking', content: 'Hm' },
          { partKind: 'text', content: 'Fine.' },
        ],
      },
    ])
    const asked: string[] = []
    const whole = {
      modelName: 'whole',
      system: 'test',
      isRemote: false,
      profile: model.profile,
      request: (call: Parameters<ScriptedModel['request']>[0]) => {
        asked.push('request')
        return model.request(call)
      },
    }
    const stream = new Agent({ model: whole }).stream('Go.')
    expect(outlineOf(await collect(stream))).toEqual([
      'start 0 thinking "Hm" after null',
      'end 0 thinking "Hm" before text',
      'start 1 text "Fine." after thinking',
      'final null',
      'end 1 text "Fine." before null',
      'agent_run_result',
    ])
    expect(asked).toEqual(['request'])
  })

  it('tell of tools in the order in which they end', async () => {
    const order: (() => void)[] = []
    const wait = tool({
      name: 'look',
      inputSchema: { type: 'object', properties: { n: { type: 'number' } } },
      execute: () => new Promise<string>((resolve) => order.push(() => resolve('seen'))),
    })
    const stream = new Agent({ model: new ScriptedModel([twoCalls, 'ok']), tools: [wait] }).stream(
      'Go.',
    )
    const seen: string[] = []
    for await (const event of stream) {
      if (!event.eventKind.startsWith('function_')) continue
      seen.push(...outlineOf([event]))
      if (seen.length < 2) continue
      await settled()
      order.pop()?.()
    }
    expect(seen.slice(2)).toEqual(['function_tool_result c2', 'function_tool_result c1'])
  })
})

describe('run, iter and stream', () => {
  const options = {
    runId: 'run',
    conversationId: 'conversation',
    clock: new ManualClock(0),
  }

  it('make the same history and use the same', async () => {
    const plain = await looking().run('Go.', options)
    const run = looking().iter('Go.', options)
    await collect(run)
    const stream = looking().stream('Go.', options)
    const streamed = await stream.result
    const watched = looking().iter('Go.', options)
    const events = collect(watched.events())
    await collect(watched)
    await events
    const byStep = looking().iter('Go.', options)
    while (byStep.nextNode.kind !== 'end') await collect(byStep.stream())
    for (const other of [run.result, streamed, watched.result, byStep.result]) {
      expect(other?.allMessages()).toEqual(plain.allMessages())
      expect(other?.usage).toEqual(plain.usage)
      expect(other?.output).toBe(plain.output)
    }
  })
})

describe('the promises of a stream', () => {
  it('tell output, usage and result, whether somebody reads or not', async () => {
    const stream = looking().stream('Go.')
    expect(await stream.output).toBe('All fine.')
    expect((await stream.result).output).toBe('All fine.')
    expect(await stream.usage).toMatchObject({ requests: 2, toolCalls: 2 })
    expect(stream.run.result?.output).toBe('All fine.')
  })

  it('reject with the very error, and the run can go on from there', async () => {
    const offline = new Error('offline')
    const model = new ScriptedModel([offline, 'answer'])
    const stream = new Agent({ model }).stream('Go.')
    expect(await errorOf(stream.output)).toBe(offline)
    expect(await errorOf(stream.result)).toBe(offline)
    expect(await stream.usage).toMatchObject({ requests: 0 })
    expect(await errorOf(collect(stream))).toBe(offline)
    expect(AgentRun.of(offline)).toBe(stream.run)
    expect(await stream.run.next()).toMatchObject({ kind: 'end' })
  })
})

describe('whoever begins to read late', () => {
  it('has missed nothing as long as little was told', async () => {
    const stream = looking().stream('Go.')
    await stream.output
    const events = await collect(stream)
    expect(outlineOf(events)).toEqual([
      ...firstResponse,
      ...toolPhase,
      ...secondResponse,
      'agent_run_result',
    ])
  })

  it('is told each thing once when it begins in the middle', async () => {
    const { model, give, end } = live()
    const stream = new Agent({ model }).stream('Go.')
    give('one ', 'two ')
    await settled()
    const events = collect(stream)
    await settled()
    give('three')
    end()
    expect(outlineOf(await events)).toEqual([
      'start 0 text "one " after null',
      'final null',
      'delta 0 "two "',
      'delta 0 "three"',
      'end 0 text "one two three" before null',
      'agent_run_result',
    ])
  })

  it('is told each thing once when it begins after a response', async () => {
    const { model, give, end } = live()
    const stream = new Agent({ model, tools: [look] }).stream('Go.')
    give(...twoCalls)
    end()
    await settled()
    const events = collect(stream)
    give('All ', 'fine.')
    end()
    expect(outlineOf(await events)).toEqual([
      ...firstResponse,
      ...toolPhase,
      ...secondResponse,
      'agent_run_result',
    ])
  })

  const replayed = [
    'start 0 thinking "Let me see." after null',
    'end 0 thinking "Let me see." before text',
    'start 1 text "I will look." after thinking',
    'final null',
    'end 1 text "I will look." before tool-call',
    `start 2 tool-call ${args('{"n":1}')} after text`,
    `end 2 tool-call ${args('{"n":1}')} before tool-call`,
    `start 3 tool-call ${args('{"n":2}')} after tool-call`,
    `end 3 tool-call ${args('{"n":2}')} before null`,
    ...toolPhase,
  ]

  it('is told in whole parts what others have read', async () => {
    const stream = looking().stream('Go.')
    await collect(stream)
    expect(outlineOf(await collect(stream))).toEqual([
      ...replayed,
      'start 0 text "All fine." after null',
      'final null',
      'end 0 text "All fine." before null',
      'agent_run_result',
    ])
  })

  it('is told of the response under way as far as it has come, and then as it grows', async () => {
    const { model, give, end } = live()
    const stream = new Agent({ model, tools: [look] }).stream('Go.')
    const first = collect(stream)
    give(...twoCalls)
    end()
    await settled()
    give('All ', 'is ')
    await settled()
    const second = collect(stream)
    await settled()
    give('fine.')
    end()
    expect(outlineOf(await second)).toEqual([
      ...replayed,
      'start 0 text "All is " after null',
      'final null',
      'delta 0 "fine."',
      'end 0 text "All is fine." before null',
      'agent_run_result',
    ])
    expect((await first).length).toBeGreaterThan((await second).length)
  })

  it('is told in whole parts when nobody has read and much was told', async () => {
    const words = Array.from({ length: 1_000 }, (_, i) => `${i} `)
    const stream = new Agent({ model: new ScriptedModel([words]) }).stream('Go.')
    const output = await stream.output
    expect(outlineOf(await collect(stream))).toEqual([
      `start 0 text ${JSON.stringify(output)} after null`,
      'final null',
      `end 0 text ${JSON.stringify(output)} before null`,
      'agent_run_result',
    ])
  })

  it('is told what came of a response that broke off, and then its error', async () => {
    const cut = new Error('cut')
    const words = Array.from({ length: 300 }, () => 'x')
    const model = new ScriptedModel([
      async function* () {
        yield* words
        throw cut
      },
    ])
    const stream = new Agent({ model }).stream('Go.')
    await errorOf(stream.output)
    const seen: AgentEvent[] = []
    const reading = async () => {
      for await (const event of stream) seen.push(event)
    }
    expect(await errorOf(reading())).toBe(cut)
    expect(outlineOf(seen)).toEqual([`start 0 text "${'x'.repeat(300)}" after null`, 'final null'])
  })
})

describe('a reader that leaves early', () => {
  it('leaves the run going on, and nothing is cut off', async () => {
    const stream = looking().stream('Go.')
    await readOne(stream)
    expect(await stream.output).toBe('All fine.')
    expect(outline((await stream.result).allMessages())).toHaveLength(4)
  })

  it('cancels the run when asked to, which keeps what has come', async () => {
    const { model, give, counts } = live()
    const stream = new Agent({ model }).stream('Go.', { onLeave: 'cancel' })
    give('one ', 'two ')
    for await (const event of stream) if (event.eventKind === 'part_delta') break
    expect(await errorOf(stream.output)).toMatchObject({ name: 'RunCancelledError' })
    expect(outline(stream.run.allMessages())).toEqual([['user-prompt'], ['text', 'interrupted']])
    await settled()
    expect(counts.closed).toBe(1)
  })

  it('cancels only when it was the last one', async () => {
    const { model, give, end } = live()
    const stream = new Agent({ model }).stream('Go.', { onLeave: 'cancel' })
    const one = stream[Symbol.asyncIterator]()
    const two = stream.textDeltas()
    give('one ')
    await one.next()
    await two.next()
    await one.return?.()
    give('two')
    expect(await two.next()).toMatchObject({ value: 'two' })
    end()
    expect(await stream.output).toBe('one two')
  })

  it('cancels nothing that is over', async () => {
    const stream = looking().stream('Go.', { onLeave: 'cancel' })
    await stream.output
    await readOne(stream)
    expect((await stream.result).output).toBe('All fine.')
    expect(stream.run.ctx.state.failure).toBeNull()
  })

  it('does not cancel when it never began to read', async () => {
    const stream = looking().stream('Go.', { onLeave: 'cancel' })
    await stream.events().return?.()
    await stream.text().return()
    expect(await stream.output).toBe('All fine.')
  })
})

describe('what a system prompt tells at the very beginning', () => {
  it('is not lost', async () => {
    const agent = new Agent({
      model: new ScriptedModel(['ok']),
      systemPrompt: (ctx) => {
        void ctx.emit('early')
        return 'Be brief.'
      },
    })
    expect(outlineOf(await collect(agent.stream('Go.')))[0]).toBe('custom early null')
  })
})
