import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ModelSettings } from '../../src/models/index.ts'
import { ThinkTags } from '../../src/models/openai-chat/think-tags.ts'
import { readServerSentEvents } from '../../src/models/read-sse.ts'
import type { ResponseDelta } from '../../src/streaming/index.ts'
import { modelCall } from './calls.ts'
import { ChatServer, delta, done } from './chat-server.ts'
import { eventText, pull, streamed } from './loopback-server.ts'

let server: ChatServer

beforeEach(async () => {
  server = await ChatServer.start()
})
afterEach(() => server.close())

describe('a chat stream', () => {
  it('shows thinking while the model still thinks', async () => {
    let goOn = (): void => {}
    server.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(eventText(delta({ reasoning_content: 'Let me' })))
      goOn = () => void response.end(eventText(delta({ content: 'Hi' }, 'stop'), done))
    }
    const pieces: ResponseDelta[] = []
    for await (const piece of server.model().stream(modelCall())) {
      pieces.push(piece)
      if (piece.kind === 'thinking') goOn() // nothing more is sent before
    }
    expect(pieces.map(({ kind }) => kind)).toEqual(['response', 'thinking', 'response', 'text'])
  })

  it('closes the connection when its reader leaves', async () => {
    const closed = Promise.withResolvers<void>()
    server.answer = (response) => {
      response.on('close', () => closed.resolve())
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(eventText(delta({ content: 'Hel' })))
    }
    for await (const piece of server.model().stream(modelCall())) {
      expect(piece.kind).toBe('response')
      break
    }
    await expect(closed.promise).resolves.toBeUndefined()
  })

  it('asks nothing before the first pull', async () => {
    server.answer = streamed(done)
    const pieces = server.model().stream(modelCall())
    await pieces.return(undefined)
    expect(server.asked).toHaveLength(0)
  })

  it.each([
    ['[DONE], without a reason', [delta({ content: 'Hi' }), done], null],
    ['a reason, without [DONE]', [delta({ content: 'Hi' }, 'stop')], 'stop'],
  ])('is whole with %s', async (_, chunks, finishReason) => {
    server.answer = streamed(...chunks)
    const { response, error } = await pull(server.model(), modelCall())
    expect(error).toBeUndefined()
    expect(response.finishReason ?? null).toBe(finishReason)
    expect(response.parts).toMatchObject([{ content: 'Hi' }])
  })

  it('adds up what is used, unless the server tells the sum each time', async () => {
    const usage = (prompt_tokens: number) => ({ choices: [], usage: { prompt_tokens } })
    server.answer = streamed(delta({ content: 'Hi' }, 'stop'), usage(2), usage(5), done)
    const used = async (settings: ModelSettings) =>
      (await pull(server.model(), modelCall({ settings }))).response.usage?.inputTokens
    expect(await used({})).toBe(7)
    expect(await used({ openaiContinuousUsageStats: true })).toBe(5)
  })

  it('keeps calls apart that come at once, and gives an id to one that has none', async () => {
    const call = (index: number, id: string, name: string | null, args: string) => ({
      tool_calls: [{ index, id, function: { name, arguments: args } }],
    })
    server.answer = streamed(
      delta(call(0, 'call_1', 'add', '{"a"')),
      delta(call(1, '', 'sub', '{"b":2}')),
      delta(call(0, '', null, ':1}'), 'tool_calls'),
      done,
    )
    const { response } = await pull(server.model(), modelCall())
    expect(response).toMatchObject({
      finishReason: 'tool_call',
      parts: [
        { toolName: 'add', args: '{"a":1}', toolCallId: 'call_1' },
        { toolName: 'sub', args: '{"b":2}', toolCallId: expect.stringMatching(/.+/) },
      ],
    })
  })

  it('tells a refusal instead of an answer', async () => {
    server.answer = streamed(delta({ refusal: 'I can' }), delta({ refusal: 'not.' }, 'stop'), done)
    const { response } = await pull(server.model(), modelCall())
    expect(response).toMatchObject({
      parts: [],
      finishReason: 'content_filter',
      providerDetails: { refusal: 'I cannot.' },
    })
    expect(response.providerDetails).not.toHaveProperty('finish_reason')
  })

  it('does not take line breaks before a call of an open model for an answer', async () => {
    const calls = [{ index: 0, id: 'call_1', function: { name: 'add', arguments: '{}' } }]
    server.answer = streamed(
      delta({ content: '<think>\n' }),
      delta({ content: '</think>\n\n' }),
      delta({ tool_calls: calls }, 'tool_calls'),
      done,
    )
    const { events } = await pull(server.model('qwen3', { system: 'ollama' }), modelCall())
    expect(events.map(({ eventKind }) => eventKind)).not.toContain('final_result')
  })

  it("gathers OpenRouter's signed thinking, to be sent back as it was", async () => {
    const piece = (fields: object) => ({ type: 'reasoning.text', index: 0, ...fields })
    server.answer = streamed(
      delta({ reasoning: 'Let', reasoning_details: [piece({ text: 'Let' })] }),
      delta({ reasoning: ' me', reasoning_details: [piece({ text: ' me', signature: null })] }),
      delta({ reasoning_details: [piece({ text: '', signature: 'abc' })] }),
      delta({ content: 'Hi' }, 'stop'),
      done,
    )
    const model = server.model('anthropic/claude', { system: 'openrouter' })
    const { response } = await pull(model, modelCall())
    const details = [{ type: 'reasoning.text', index: 0, text: 'Let me', signature: 'abc' }]
    expect(response.parts).toMatchObject([
      { content: 'Let me', providerDetails: { reasoning_details: details } },
      { content: 'Hi' },
    ])
  })
})

describe('thinking between tags', () => {
  it('becomes a part of its own as it comes', async () => {
    const texts = ['Well. <thi', 'nk>Let', ' me</', 'think>', 'Hi <', 'b> there']
    server.answer = streamed(...texts.map((content) => delta({ content })), done)
    const { response, events } = await pull(server.model(), modelCall())
    expect(response.parts).toMatchObject([
      { partKind: 'text', content: 'Well. ' },
      { partKind: 'thinking', content: 'Let me', id: 'content', providerName: 'openai' },
      { partKind: 'text', content: 'Hi <b> there' },
    ])
    const starts = events.filter(({ eventKind }) => eventKind === 'part_start')
    expect(starts).toMatchObject([
      { part: { content: 'Well. ' } },
      { part: { content: '' } },
      { part: { content: 'Hi ' } },
    ])
  })

  it('is told the same, wherever pieces end', () => {
    const word = fc.constantFrom('<think>', '</think>', '<', 'th', 'ink>', '</', ' ', 'a')
    const text = fc.array(word).map((words) => words.join(''))
    const cuts = fc.array(fc.nat(60))
    fc.assert(
      fc.property(text, cuts, (whole, at) => {
        expect(stretches(cut(whole, at))).toEqual(stretches([whole]))
      }),
    )
  })

  it('holds back nothing that cannot become a tag', () => {
    const tags = new ThinkTags()
    expect([...tags.read('a < b <thi')]).toEqual([{ kind: 'text', content: 'a < b ' }])
    expect([...tags.read('s')]).toEqual([{ kind: 'text', content: '<this' }])
  })
})

/** Neighbours of one kind joined. */
function stretches(pieces: readonly string[]): string[] {
  const tags = new ThinkTags()
  const told = [...pieces.flatMap((piece) => [...tags.read(piece)]), ...tags.end()]
  const joined: { kind: string; content: string }[] = []
  for (const { kind, content } of told) {
    const last = joined.at(-1)
    if (last?.kind === kind && content !== '') last.content += content
    else joined.push({ kind, content })
  }
  return joined.map(({ kind, content }) => `${kind}: ${content}`)
}

function cut(text: string, at: readonly number[]): string[] {
  const places = [0, ...at.filter((place) => place < text.length), text.length]
  const sorted = places.toSorted((a, b) => a - b)
  return sorted.slice(1).map((end, i) => text.slice(sorted[i], end))
}

describe('server-sent events', () => {
  const events = async (...pieces: readonly (string | Uint8Array)[]) => {
    const encoder = new TextEncoder()
    const bytes = pieces.map((piece) => (typeof piece === 'string' ? encoder.encode(piece) : piece))
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const piece of bytes) controller.enqueue(piece)
        controller.close()
      },
    })
    const found: unknown[] = []
    for await (const event of readServerSentEvents(new Response(body))) found.push(event)
    return found
  }

  it.each([
    ['line feeds', ['event: a\ndata: 1\n\ndata: 2\n\n']],
    ['carriage returns', ['event: a\rdata: 1\r', '\rdata: 2\r\r']],
    ['both', ['event: a\r\ndata: 1\r\n\r\ndata: 2\r\n\r\n']],
    ['both, cut in the middle', ['event: a\r', '\ndata: 1\r\n\r', '\nda', 'ta: 2\r\n\r\n']],
    ['comments and other fields between them', [': hi\n\nevent: a\nid: 7\ndata: 1\n\ndata:2\n\n']],
  ])('are told apart by %s', async (_, pieces) => {
    expect(await events(...pieces)).toEqual([
      { event: 'a', data: '1' },
      { event: '', data: '2' },
    ])
  })

  it('are the same in whatever pieces they come', async () => {
    const text = ': hi\r\nevent: a\r\ndata: {"x": "1: 2"}\r\ndata:  b\r\n\r\ndata\n\ndata: c\r\r'
    const whole = await events(text)
    expect(whole).toEqual([
      { event: 'a', data: '{"x": "1: 2"}\n b' },
      { event: '', data: '' },
      { event: '', data: 'c' },
    ])
    expect(await events(...text.split(''))).toEqual(whole)
  })

  it('close the connection when their reader leaves', async () => {
    let isClosed = false
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new TextEncoder().encode('data: 1\n\ndata: 2\n\n')),
      cancel: () => void (isClosed = true),
    })
    for await (const { data } of readServerSentEvents(new Response(body))) {
      expect(data).toBe('1')
      break
    }
    expect(isClosed).toBe(true)
  })

  it('may have several lines, and characters that are cut', async () => {
    const bytes = new TextEncoder().encode('data: ä\ndata: ö\n\ndata: cut off')
    expect(await events(bytes.slice(0, 7), bytes.slice(7))).toEqual([{ event: '', data: 'ä\nö' }])
  })
})
