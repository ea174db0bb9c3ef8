import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Agent, RunCancelledError, tool } from '../../src/index.ts'
import type { AgentEvent } from '../../src/streaming/index.ts'
import { FunctionModel, ScriptedModel } from '../../src/testing/index.ts'
import { collect } from '../helpers/events.ts'
import { calls, errorOf, gate, outline } from './scripts.ts'
import { live, settled } from './streams.ts'

/** A model that says as much as one takes, and how much it has said. */
function chatty(pieces: number) {
  const counts = { said: 0, closed: 0 }
  const model = new FunctionModel(async function* () {
    try {
      for (; counts.said < pieces; counts.said += 1) yield 'word '
    } finally {
      counts.closed += 1
    }
  })
  return { model, counts }
}

const bound = 256

describe('a slow reader', () => {
  it('slows the provider: no more is asked for than is read and a bound beyond', async () => {
    const { model, counts } = chatty(10_000)
    const stream = new Agent({ model }).stream('Go.')
    const reader = stream[Symbol.asyncIterator]()
    for (let read = 1; read <= 1_000; read += 1) {
      await reader.next()
      if (read % 100 !== 0) continue
      await settled()
      expect(counts.said).toBeGreaterThanOrEqual(read)
      expect(counts.said).toBeLessThanOrEqual(read + bound + 2)
    }
    await reader.return?.()
    expect((await stream.output).length).toBe(10_000 * 5)
  })

  it('slows the others down to its own pace, but for the bound', async () => {
    const { model } = chatty(10_000)
    const stream = new Agent({ model }).stream('Go.')
    const slow = stream[Symbol.asyncIterator]()
    await slow.next()
    let fast = 0
    const reading = (async () => {
      for await (const delta of stream.textDeltas()) fast += delta.length / 5
    })()
    await settled()
    await settled()
    expect(fast).toBeLessThanOrEqual(bound + 2)
    await slow.return?.()
    await reading
    expect(fast).toBe(10_000)
  })

  it('slows nobody when it is lossy', async () => {
    const { model } = chatty(10_000)
    const stream = new Agent({ model }).stream('Go.')
    const lossy = stream.events({ lossy: true })
    await lossy.next()
    const { length } = await stream.output
    const rest: AgentEvent[] = []
    for await (const event of lossy) rest.push(event)
    expect(rest.length).toBeLessThan(10)
    const deltas = rest.flatMap((event) =>
      event.eventKind === 'part_delta' && 'contentDelta' in event.delta
        ? [event.delta.contentDelta ?? '']
        : [],
    )
    expect('word '.length + deltas.join('').length).toBe(length)
  })

  it('that never reads slows nobody: nor does one that only waits for the output', async () => {
    const { model } = chatty(10_000)
    const stream = new Agent({ model }).stream('Go.')
    stream.events()
    stream.text()
    stream[Symbol.asyncIterator]()
    expect(await stream.output).toHaveLength(10_000 * 5)
  })

  it('does not hold up a cancel', async () => {
    const { model, counts } = chatty(10_000)
    const stream = new Agent({ model }).stream('Go.')
    const reader = stream[Symbol.asyncIterator]()
    await reader.next()
    await settled()
    const { said } = counts
    stream.cancel('enough')
    expect(await errorOf(stream.output)).toMatchObject({ reason: 'enough' })
    expect(counts).toEqual({ said, closed: 1 })
    expect(outline(stream.run.allMessages()).at(-1)).toEqual(['text', 'interrupted'])
    const seen: AgentEvent[] = []
    const reading = async () => {
      for (;;) {
        const { value } = await reader.next()
        if (value !== undefined) seen.push(value)
      }
    }
    expect(await errorOf(reading())).toBeInstanceOf(RunCancelledError) // behind what was told before
    expect(seen.length).toBeGreaterThanOrEqual(bound)
  })

  it('does not hold up tools, even if they tell much', async () => {
    const tell = tool({
      name: 'tell',
      execute: (_, ctx) => {
        for (let i = 0; i < 5_000; i += 1) void ctx.emit('tick', i)
        return 'told'
      },
    })
    const model = new ScriptedModel([calls('tell', 'tell', 'tell'), 'ok'])
    const stream = new Agent({ model, tools: [tell] }).stream('Go.')
    const reader = stream[Symbol.asyncIterator]()
    await reader.next()
    while (stream.run.nextNode.kind !== 'model-request' || stream.run.ctx.state.step < 1) {
      await settled()
    }
    expect(stream.run.usage.toolCalls).toBe(3)
    await reader.return?.()
    expect(await stream.output).toBe('ok')
  })

  it('holds up a tool only if that asks to wait, and not when it is cancelled', async () => {
    const counts = { told: 0, ended: 0 }
    const tell = tool({
      name: 'tell',
      execute: async (_, ctx) => {
        for (; counts.told < 2_000; counts.told += 1) await ctx.emit('tick')
        counts.ended += 1
      },
    })
    const agent = new Agent({ model: new ScriptedModel([calls('tell')]), tools: [tell] })
    const stream = agent.stream('Go.')
    const reader = stream[Symbol.asyncIterator]()
    await reader.next()
    await settled()
    expect(counts.told).toBeLessThan(bound)
    for (let i = 0; i < 100; i += 1) await reader.next()
    await settled()
    const { told } = counts
    expect(told).toBeGreaterThan(100)
    stream.cancel()
    await errorOf(stream.output)
    expect(counts).toEqual({ told: 2_000, ended: 1 })
  })
})

describe('lesson-18: what was told is kept nowhere', () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void

  it(
    'a long stream with a slow reader and three others stays flat',
    { timeout: 60_000 },
    async () => {
      const pieces = 100_000
      let peak = 0
      const heap = (): number => {
        collectGarbage()
        return process.memoryUsage().heapUsed
      }
      const start = heap()
      const model = new FunctionModel(async function* () {
        for (let i = 0; i < pieces; i += 1) {
          if (i % 20_000 === 19_999) peak = Math.max(peak, heap())
          yield { kind: 'thinking', content: 'x', signature: `${i}` } as const
        }
      })
      const stream = new Agent({ model, output: { type: 'object' } }).stream('Go.')
      const count = async (events: AsyncIterable<unknown>, pause: number) => {
        let read = 0
        for await (const event of events) {
          read += event === undefined ? 0 : 1
          if (pause > 0 && read % pause === 0) await settled()
        }
      }
      const readers = [
        count(stream, 500),
        count(stream.events({ lossy: true }), 10),
        count(stream.textDeltas(), 0),
        count(stream, 0),
      ]
      await Promise.all([errorOf(stream.output), ...readers.map(errorOf)])
      expect(peak - start).toBeLessThan(20_000_000)
    },
  )
})

describe('promises that nobody waits for', () => {
  it('do not crash the process', async () => {
    const script = join(import.meta.dirname, 'fixtures/unawaited.ts')
    const { stdout } = await promisify(execFile)(process.execPath, [script])
    expect(stdout.trim().split('\n')).toEqual(['failed', 'cancelled', 'left', 'stepped', 'alive'])
  })
})

describe('a stream that is disposed of', () => {
  it('ends its readers with what it ends with, and leaves nothing open', async () => {
    const { model, counts, give } = live()
    const closed: string[] = []
    const stream = new Agent({
      model,
      toolsets: [{ tools: () => [], open: () => {}, close: () => void closed.push('closed') }],
    }).stream('Go.')
    const outcome = errorOf(collect(stream))
    give('a')
    await settled()
    await stream[Symbol.asyncDispose]()
    expect(await outcome).toBeInstanceOf(RunCancelledError)
    expect(await errorOf(stream.output)).toBeInstanceOf(RunCancelledError)
    expect(counts.closed).toBe(1)
    expect(closed).toEqual(['closed'])
  })
})

describe('a model that does not stop when told to', () => {
  it('is left behind at once; what it says later is dropped', async () => {
    const wait = gate()
    const model = new FunctionModel(async function* () {
      yield 'kept'
      await wait.pass()
      yield ' dropped'
    })
    const stream = new Agent({ model }).stream('Go.')
    const events = collect(stream)
    await wait.entered
    stream.cancel()
    expect(await errorOf(events)).toBeInstanceOf(RunCancelledError)
    const messages = stream.run.allMessages()
    const { usage } = stream.run
    wait.open()
    await settled()
    expect(stream.run.allMessages()).toEqual(messages)
    expect(stream.run.usage).toBe(usage)
    expect(messages.at(-1)).toMatchObject({ state: 'interrupted', parts: [{ content: 'kept' }] })
  })
})
