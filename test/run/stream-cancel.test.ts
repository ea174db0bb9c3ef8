import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import {
  Agent,
  AgentRun,
  type AgentStream,
  RunCancelledError,
  type RunContext,
  tool,
} from '../../src/index.ts'
import type { ModelMessage } from '../../src/messages/index.ts'
import type { ResponseDelta } from '../../src/streaming/index.ts'
import { FunctionModel, ManualClock, ScriptedModel } from '../../src/testing/index.ts'
import { collect } from '../helpers/events.ts'
import { calls, errorOf, outline } from './scripts.ts'
import { live, settled, twoCalls } from './streams.ts'

const usage = { inputTokens: 7, outputTokens: 5 }
const facts: ResponseDelta = { kind: 'response', usage }

/** What came of the last response, and in what state. */
function partial(messages: readonly ModelMessage[]) {
  const last = messages.at(-1)
  return last?.kind === 'response'
    ? [
        ...last.parts.map((part) =>
          'args' in part ? part.args : 'content' in part && part.content,
        ),
        last.state,
      ]
    : last?.state
}

const ways: Record<string, (stream: AgentStream<string>, controller: AbortController) => void> = {
  'run.cancel()': ({ run }) => run.cancel('enough'),
  'the signal': (_, controller) => controller.abort('enough'),
  'the stream': (stream) => stream.cancel('enough'),
}

describe('lesson-15, lesson-16: a cancel in mid-stream', () => {
  it.each(Object.keys(ways))(
    'by %s keeps what has come, as interrupted, and what it used',
    async (way) => {
      const { model, give, signals, end } = live()
      const controller = new AbortController()
      const stream = new Agent({ model }).stream('Go.', { signal: controller.signal })
      give(...twoCalls.slice(0, 5), facts)
      await settled()
      ways[way]?.(stream, controller)
      const error = await errorOf(stream.output)
      expect(error).toBeInstanceOf(RunCancelledError)
      expect(error).toMatchObject({ reason: 'enough' })
      expect(AgentRun.of(error)).toBe(stream.run)
      expect(signals[0]?.aborted).toBe(true)
      expect(partial(stream.run.allMessages())).toEqual([
        'Let me see.',
        'I will look.',
        '{"n"',
        'interrupted',
      ])
      expect(outline(stream.run.newMessages())[0]).toEqual(['user-prompt'])
      expect(await stream.usage).toMatchObject({ requests: 1, ...usage })

      const again = stream.run.next()
      give('fine.')
      end()
      await again
      expect(stream.run.result?.output).toBe('fine.')
      expect(outline(stream.run.allMessages())).toEqual([['user-prompt'], ['text']])
      expect(stream.run.usage).toMatchObject({ requests: 2 })
      expect(stream.run.usage.inputTokens).toBeGreaterThan(usage.inputTokens)
    },
  )

  it('can be followed by a new prompt over its messages', async () => {
    const { model, give } = live()
    const stream = new Agent({ model }).stream('Go.')
    give(...twoCalls)
    await settled()
    stream.cancel()
    await errorOf(stream.output)
    const next = new ScriptedModel(['fine.'])
    const messageHistory = stream.run.allMessages()
    const result = await new Agent({ model: next }).run('Never mind.', { messageHistory })
    expect(result.output).toBe('fine.')
    const sent = next.calls[0]?.messages ?? []
    const open = sent.flatMap(({ parts }) =>
      parts.flatMap((part) => ('toolCallId' in part ? [part.toolCallId] : [])),
    )
    expect(open).toEqual(['c1', 'c2', 'c1', 'c2']) // each call has its answer
  })

  it('before the first piece leaves the request alone, and nothing is counted', async () => {
    const { model, counts } = live()
    const stream = new Agent({ model }).stream('Go.')
    await settled()
    stream.cancel()
    expect(await errorOf(stream.output)).toBeInstanceOf(RunCancelledError)
    expect(outline(stream.run.allMessages())).toEqual([['user-prompt']])
    expect(await stream.usage).toMatchObject({ requests: 0 })
    await settled()
    expect(counts).toEqual({ requests: 1, pulls: 1, closed: 1 })
  })

  it('after facts alone leaves no response without content, unless something was used', async () => {
    const { model, give } = live()
    const stream = new Agent({ model }).stream('Go.')
    give({ kind: 'response', modelName: 'm' })
    await settled()
    stream.cancel()
    await errorOf(stream.output)
    expect(outline(stream.run.allMessages())).toEqual([['user-prompt']])
    const used = live()
    const other = new Agent({ model: used.model }).stream('Go.')
    used.give(facts)
    await settled()
    other.cancel()
    await errorOf(other.output)
    expect(outline(other.run.allMessages())).toEqual([['user-prompt'], ['interrupted']])
    expect(await other.usage).toMatchObject({ requests: 1, ...usage })
  })

  it('lesson-14: of a model that ignores the signal is at once, without the grace', async () => {
    const { model, give } = live({ isDeaf: true })
    const clock = new ManualClock()
    const stream = new Agent({ model }).stream('Go.', { clock })
    give('kept')
    await clock.advance(0)
    stream.cancel()
    expect(await errorOf(stream.output)).toBeInstanceOf(RunCancelledError)
    const messages = stream.run.allMessages()
    const { usage: before } = stream.run
    give(' dropped', facts)
    await clock.advance(0)
    expect(stream.run.allMessages()).toEqual(messages)
    expect(partial(messages)).toEqual(['kept', 'interrupted'])
    expect(stream.run.usage).toBe(before)
    expect(clock.pendingTimers).toBe(0)
  })

  it('twice, or after the end, is once or nothing', async () => {
    const { model, give, end } = live()
    const stream = new Agent({ model }).stream('Go.')
    give('a')
    await settled()
    stream.cancel('first')
    stream.cancel('second')
    expect(await errorOf(stream.output)).toMatchObject({ reason: 'first' })
    const again = stream.run.next()
    give('fine.')
    end()
    expect(await again).toMatchObject({ kind: 'end' })
    stream.cancel('third')
    expect(stream.run.result?.output).toBe('fine.')
  })

  it('by a reader in the loop over its events ends the loop with it', async () => {
    const { model, give } = live()
    const stream = new Agent({ model }).stream('Go.')
    give('a', 'b')
    const loop = async () => {
      for await (const event of stream) if (event.eventKind === 'part_delta') stream.cancel()
    }
    expect(await errorOf(loop())).toBeInstanceOf(RunCancelledError)
  })

  it('by a tool of an earlier response cancels no later one', async () => {
    const stop = tool({ name: 'stop', execute: (_, ctx) => ctx.cancel('the tool says so') })
    const model = new ScriptedModel([calls('stop'), ['fine.']])
    const stream = new Agent({ model, tools: [stop] }).stream('Go.')
    expect(await errorOf(collect(stream))).toMatchObject({ reason: 'the tool says so' })
    expect(await stream.run.next()).toMatchObject({ kind: 'end', data: { output: 'fine.' } })
  })

  it('keeps what a response came to before the provider paused it', async () => {
    const { model, give, end } = live()
    const paused = { kind: 'response', state: 'suspended', providerName: 'p', usage } as const
    const stream = new Agent({ model }).stream('Go.')
    give('first ', paused)
    end()
    await settled()
    give('second')
    await settled()
    stream.cancel()
    await errorOf(stream.output)
    expect(partial(stream.run.allMessages())).toEqual(['first ', 'second', 'interrupted'])
    expect(stream.run.usage).toMatchObject({ requests: 1, ...usage })
  })
})

describe('lesson-13: one signal', () => {
  it('reaches the HTTP request, the tools and the runs inside them', async () => {
    const reached: string[] = []
    const note = (name: string, signal: AbortSignal) =>
      signal.addEventListener('abort', () => reached.push(name))
    const inner = live()
    const child = new Agent({ model: inner.model })
    const ask = tool({
      name: 'ask',
      execute: async (_, ctx) => {
        note('tool', ctx.signal)
        return child.stream('Inside.', { parent: ctx }).output
      },
    })
    const outer = new AbortController()
    const stream = new Agent({ model: new ScriptedModel([calls('ask')]), tools: [ask] }).stream(
      'Go.',
      {
        signal: outer.signal,
      },
    )
    await settled()
    inner.give('a')
    await settled()
    note('request of the child', inner.signals[0] as AbortSignal)
    outer.abort('shut down')
    expect(await errorOf(stream.output)).toMatchObject({ reason: 'shut down' })
    expect(reached.toSorted()).toEqual(['request of the child', 'tool'])
    expect(inner.counts.closed).toBe(1)
  })
})

describe('lesson-13: the connection to the provider', () => {
  it('is closed by a cancel, by one that leaves, and by a deadline', async () => {
    const closed: string[] = []
    const server = createServer(({ url = '' }, reply) => {
      reply.on('close', () => closed.push(url))
      reply.write('word ')
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const { port } = server.address() as AddressInfo
    const model = (path: string) =>
      new FunctionModel(async function* (_, { signal }) {
        const { body } = await fetch(`http://127.0.0.1:${port}/${path}`, { signal })
        for await (const bytes of body ?? []) yield new TextDecoder().decode(bytes)
      })
    const start = async (path: string, options: object = {}) => {
      const stream = new Agent({ model: model(path) }).stream('Go.', options)
      const reader = stream.textDeltas()
      await reader.next()
      return { stream, reader }
    }
    const clock = new ManualClock()
    const cancelled = await start('cancelled')
    const left = await start('left', { onLeave: 'cancel' })
    const late = await start('late', { clock, timeoutMs: 500 })
    cancelled.stream.cancel()
    await left.reader.return()
    await clock.advance(500)
    for (const { stream } of [cancelled, left, late]) {
      await errorOf(stream.output)
      expect(partial(stream.run.allMessages())).toEqual(['word ', 'interrupted'])
    }
    while (closed.length < 3) await settled()
    expect(new Set(closed)).toEqual(new Set(['/cancelled', '/left', '/late']))
    await new Promise((resolve) => {
      server.close(resolve)
    })
  })
})

describe('a context that is kept after the end', () => {
  it('cancels nothing, and nothing is said of it', async () => {
    const warn = vi.spyOn(console, 'warn')
    let kept: RunContext | undefined
    const keep = tool({ name: 'keep', execute: (_, ctx) => void (kept = ctx) })
    const model = new ScriptedModel([calls('keep'), ['fine.']])
    const stream = new Agent({ model, tools: [keep] }).stream('Go.')
    expect(await stream.output).toBe('fine.')
    kept?.cancel()
    await kept?.emit('late')
    expect(stream.run.result?.output).toBe('fine.')
    expect(warn).not.toHaveBeenCalled()
    warn.mockRestore()
  })
})

describe('an error in mid-stream', () => {
  it('keeps what has come until the step is repeated, and what it used for good', async () => {
    const cut = new Error('cut')
    const { model, give, end, counts } = live()
    const run = new Agent({ model }).iter('Go.')
    await run.next()
    const events = collect(run.events())
    const ended = errorOf(events)
    give('Hal', facts, cut)
    expect(await errorOf(run.next())).toBe(cut)
    expect(await ended).toBe(cut)
    expect(partial(run.allMessages())).toEqual(['Hal', 'interrupted'])
    expect(run.usage).toMatchObject({ requests: 1, ...usage })
    expect(counts.closed).toBe(1)
    const again = run.next()
    give('Hallo')
    end()
    await again
    expect(partial(run.allMessages())).toEqual(['Hallo', 'complete'])
    expect(run.usage).toMatchObject({ requests: 2 })
  })

  it('before the first piece is like any other failure of a request', async () => {
    const model = new ScriptedModel([new Error('offline'), ['fine.']])
    const stream = new Agent({ model }).stream('Go.')
    expect(await errorOf(stream.output)).toMatchObject({ message: 'offline' })
    expect(outline(stream.run.allMessages())).toEqual([['user-prompt']])
    expect((await stream.run.finish()).output).toBe('fine.')
  })

  it('of pieces that do not fit together closes the connection', async () => {
    const counts = { closed: 0 }
    const model = new FunctionModel(async function* () {
      try {
        yield { kind: 'tool-call', toolName: 'a', args: '{}' } as const
        yield { kind: 'tool-call', args: { a: 1 } } as const
        yield 'never'
      } finally {
        counts.closed += 1
      }
    })
    const stream = new Agent({ model }).stream('Go.')
    expect(await errorOf(stream.output)).toMatchObject({ name: 'UnexpectedModelBehavior' })
    await settled()
    expect(counts.closed).toBe(1)
  })

  it('lesson-25: a limit is held while the response still comes, and closes it', async () => {
    const { model, give, counts, end } = live()
    const stream = new Agent({ model }).stream('Go.', { usageLimits: { outputTokensLimit: 4 } })
    give('a', { kind: 'response', usage: { outputTokens: 4 } }, 'b')
    await settled()
    expect(stream.run.ctx.state.failure).toBeNull()
    give(facts, 'c')
    expect(await errorOf(stream.output)).toMatchObject({ name: 'UsageLimitExceeded' })
    await settled()
    expect(counts.closed).toBe(1)
    expect(partial(stream.run.allMessages())).toEqual(['abc', 'interrupted'])
    expect(stream.run.usage).toMatchObject({ requests: 1, ...usage })
    expect(await errorOf(stream.run.next())).toMatchObject({ name: 'UsageLimitExceeded' })
    expect(counts.requests).toBe(1)
    const again = stream.run.next(undefined, { usageLimits: { outputTokensLimit: 400 } })
    give('fine.')
    end()
    expect(await again).toMatchObject({ kind: 'end' })
  })
})

describe('lesson-25: the usage of a stream', () => {
  it('is the last that the provider said, not the sum of what it said on the way', async () => {
    const said = (outputTokens: number): ResponseDelta => ({
      kind: 'response',
      usage: { inputTokens: 7, outputTokens, cacheReadTokens: 3 },
    })
    const model = new ScriptedModel([[said(1), 'a', said(2), 'b', said(3)]])
    const stream = new Agent({ model }).stream('Go.')
    expect(await stream.usage).toMatchObject({
      requests: 1,
      inputTokens: 7,
      outputTokens: 3,
      cacheReadTokens: 3,
    })
  })
})

describe('a cancel at any moment', () => {
  const moments = Array.from({ length: 60 }, (_, turns) => turns)

  it.each(moments)(
    '%s turns after the start leaves a run that goes on to the same end',
    async (turns) => {
      const ping = tool({ name: 'ping', execute: () => 'pong' })
      const model = new FunctionModel(function* (messages) {
        if (messages.length > 1) return yield* ['fi', 'ne.', facts]
        yield { kind: 'tool-call', toolName: 'ping', toolCallId: 'c', args: '{' } as const
        yield { kind: 'tool-call', args: '}' } as const
        yield facts
      })
      const stream = new Agent({ model, tools: [ping] }).stream('Go.')
      const events = errorOf(collect(stream))
      for (let i = 0; i < turns; i += 1) await Promise.resolve()
      stream.cancel()
      const error = await errorOf(stream.output)
      expect(await events).toBe(error)
      expect(error instanceof RunCancelledError).toBe(stream.run.result === null)
      const { requests } = stream.run.usage
      expect((await stream.run.finish()).output).toBe('fine.')
      expect(outline(stream.run.allMessages())).toEqual([
        ['user-prompt'],
        ['tool-call c'],
        ['tool-return c'],
        ['text'],
      ])
      expect(stream.run.usage.toolCalls).toBe(1)
      expect(stream.run.usage.requests).toBeGreaterThanOrEqual(Math.max(2, requests))
      expect(stream.run.usage.requests).toBeLessThanOrEqual(3)
    },
  )
})
