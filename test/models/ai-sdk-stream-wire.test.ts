import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Model } from '../../src/models/index.ts'
import type { ResponseDelta } from '../../src/streaming/index.ts'
import { modelCall } from './calls.ts'
import { modelAt } from './doors.ts'
import { LoopbackServer, streamed, unfinished, whole } from './loopback-server.ts'

let server: LoopbackServer

beforeEach(async () => {
  server = await LoopbackServer.start()
})
afterEach(() => server.close())

const named = (name: string): Model => modelAt(server, `ai-sdk/${name}`)

/** What was streamed until the stream ended, and the error it ended with. */
async function textFrom(name: string) {
  const deltas: ResponseDelta[] = []
  try {
    for await (const delta of named(name).stream?.(modelCall()) ?? []) deltas.push(delta)
    return { text: textOf(deltas) }
  } catch (error) {
    return { text: textOf(deltas), error }
  }
}

function textOf(deltas: readonly ResponseDelta[]): string {
  return deltas.map((delta) => (delta.kind === 'text' ? delta.content : '')).join('')
}

const chatChunk = (delta: object, finish_reason: string | null = null) => ({
  id: 'r1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [{ index: 0, delta, finish_reason }],
})
const googleChunk = (text: string, more: object = {}) => ({
  candidates: [{ content: { role: 'model', parts: [{ text }] }, ...more }],
})
const item = { id: 'i1', type: 'message', role: 'assistant', content: [], status: 'in_progress' }
const created = {
  type: 'response.created',
  response: { id: 'r1', object: 'response', created_at: 1, model: 'm', output: [] },
}

/** How each provider begins to stream the text `Hi`, ends it, and reports an error. */
const wires = [
  {
    name: 'openai-chat:gpt-5.2',
    begun: [chatChunk({ role: 'assistant', content: '' }), chatChunk({ content: 'Hi' })],
    end: [chatChunk({}, 'stop')],
    error: { error: { message: 'busy', type: 'server_error', code: null, param: null } },
    body: { message: 'busy', type: 'server_error' },
  },
  {
    name: 'openai:gpt-5.2',
    begun: [
      created,
      { type: 'response.output_item.added', output_index: 0, item },
      { type: 'response.output_text.delta', item_id: 'i1', output_index: 0, delta: 'Hi' },
    ],
    end: [
      {
        type: 'response.completed',
        response: { ...created.response, status: 'completed', usage: null },
      },
    ],
    error: {
      type: 'error',
      sequence_number: 9,
      message: 'busy',
      code: 'server_error',
      param: null,
    },
    body: { message: 'busy', code: 'server_error' },
  },
  {
    name: 'anthropic:claude-sonnet-4-5',
    begun: [
      {
        type: 'message_start',
        message: {
          id: 'r1',
          type: 'message',
          role: 'assistant',
          model: 'm',
          content: [],
          usage: { input_tokens: 1, output_tokens: 1 },
        },
      },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } },
    ],
    end: [
      { type: 'content_block_stop', index: 0 },
      {
        type: 'message_delta',
        delta: { stop_reason: 'end_turn', stop_sequence: null },
        usage: { output_tokens: 2 },
      },
      { type: 'message_stop' },
    ],
    error: { type: 'error', error: { type: 'overloaded_error', message: 'busy' } },
    body: { type: 'error', error: { message: 'busy' } },
  },
  {
    name: 'google:gemini-2.5-pro',
    begun: [googleChunk('Hi')],
    end: [googleChunk('', { finishReason: 'STOP' })],
    error: { error: { message: 'busy', code: 503, status: 'UNAVAILABLE' } },
    body: { error: { message: 'busy' } },
  },
]

describe.each(wires)('a stream of $name through the AI SDK', (wire) => {
  const { name, begun, end, error, body } = wire

  it('is told as it comes, and ends without an error', async () => {
    const done = name.startsWith('openai') ? 'data: [DONE]\n\n' : ''
    server.answer = streamed(...begun, ...end, done)
    expect(await textFrom(name)).toEqual({ text: 'Hi' })
  })

  it('that is refused tells the status, and when to come again', async () => {
    const headers = { 'retry-after': '7' }
    server.answer = whole({ error: { message: 'slow down' } }, { status: 429, headers })
    expect(await textFrom(name)).toMatchObject({
      text: '',
      error: { name: 'ModelHTTPError', statusCode: 429, retryAfter: 7, isRetryable: true },
    })
  })

  it('that reports an error in its middle tells it after what came before', async () => {
    server.answer = streamed(...begun, error)
    expect(await textFrom(name)).toMatchObject({
      text: 'Hi',
      error: { name: 'ModelStreamError', message: 'busy', body, isRetryable: true },
    })
  })

  it('that reports an error at once is not taken for a refused request', async () => {
    server.answer = streamed(error)
    expect(await textFrom(name)).toMatchObject({
      text: '',
      error: { name: 'ModelStreamError', message: 'busy', isRetryable: true },
    })
  })

  it.each([
    { how: 'ends', stop: (response: ServerResponse) => void response.end() },
    { how: 'breaks off', stop: (response: ServerResponse) => void response.destroy() },
  ])('that $how before its finish was cut off, and is worth a retry', async ({ stop }) => {
    server.answer = unfinished(begun, stop)
    expect(await textFrom(name)).toMatchObject({
      text: 'Hi',
      error: { name: 'ModelAPIError', isRetryable: true, provider: expect.any(String) },
    })
  })

  it('that nobody follows any more is closed at the server', async () => {
    server.answer = unfinished(begun)
    for await (const delta of named(name).stream?.(modelCall()) ?? []) {
      if (delta.kind === 'text') break
    }
    await expect(server.closed()).resolves.toBeUndefined()
  })

  it('that does not begin in time is one of the provider, worth a retry', async () => {
    server.answer = () => {}
    const call = modelCall({ settings: { timeoutMs: 20 } })
    const pulled = named(name).stream?.(call)[Symbol.asyncIterator]().next()
    await expect(pulled).rejects.toMatchObject({
      name: 'ModelAPIError',
      message: 'No answer within 20 ms',
      isRetryable: true,
    })
    await server.closed()
  })
})

describe('an answer that breaks off', () => {
  it.each(wires)('is worth a retry: $name', async ({ name }) => {
    server.answer = (response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write('{"id": "r1", ', () => response.destroy())
    }
    await expect(named(name).request(modelCall())).rejects.toMatchObject({
      name: 'ModelAPIError',
      isRetryable: true,
      provider: expect.any(String),
    })
  })
})
