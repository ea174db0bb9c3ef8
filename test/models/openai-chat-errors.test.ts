import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  ModelAPIError,
  ModelHTTPError,
  ModelStreamError,
  UnexpectedModelBehavior,
} from '../../src/errors/index.ts'
import { rejection } from '../agent/script.ts'
import { modelCall } from './calls.ts'
import { ChatServer, completion, delta, done } from './chat-server.ts'
import { errorsOf, pull, streamed, whole } from './loopback-server.ts'

let server: ChatServer

beforeEach(async () => {
  server = await ChatServer.start()
})
afterEach(() => server.close())

const requestError = (): Promise<unknown> => rejection(server.model().request(modelCall()))
const streamFailure = () => pull(server.model(), modelCall())

const html = '<html><body>Bad gateway</body></html>'

describe('an answer with an error status', () => {
  it('tells how long to wait, and what the provider says', async () => {
    const body = { error: { message: 'Slow down', type: 'requests', code: 'rate_limit_exceeded' } }
    server.answer = whole(body, { status: 429, headers: { 'retry-after': '7' } })
    const expected = {
      statusCode: 429,
      body: body.error,
      retryAfter: 7,
      provider: 'openai',
      modelName: 'gpt-4o',
      isRetryable: true,
    }
    expect(await errorsOf(server.model())).toMatchObject([expected, expected])
    expect(server.asked).toHaveLength(2)
  })

  it.each([
    ['a body with no `error` in it', { detail: 'no such model' }, { detail: 'no such model' }],
    ['an error that is text', { error: 'model not found' }, 'model not found'],
    ['HTML', html, html],
    ['nothing', '', null],
  ])('keeps its body: %s', async (_, sent, body) => {
    server.answer = whole(sent, { status: 500 })
    const error = await requestError()
    expect(error).toBeInstanceOf(ModelHTTPError)
    expect(error).toMatchObject({ statusCode: 500, body, isRetryable: true })
  })
})

describe('an answer that cannot be read', () => {
  it.each([
    ['HTML', whole(html, { headers: { 'content-type': 'text/html' } })],
    ['JSON that breaks off', whole('{"id": "chatcmpl-1", "cho')],
    ['JSON of something else', whole({ status: 'ok' })],
    ['an error with status 200', whole({ error: { message: 'Provider returned error' } })],
    ['nothing', whole('')],
  ])('is no answer: %s', async (_, answer) => {
    server.answer = answer
    expect(await requestError()).toBeInstanceOf(UnexpectedModelBehavior)
  })

  it.each([
    ['HTML', whole(html, { headers: { 'content-type': 'text/html' } })],
    ['an event that is no JSON', streamed(delta({ content: 'Hel' }), 'data: {"choi\n\n', done)],
    ['nothing', streamed('')],
    ['nothing but the end', streamed(done)],
  ])('is no answer in a stream: %s', async (_, answer) => {
    server.answer = answer
    expect((await streamFailure()).error).toBeInstanceOf(UnexpectedModelBehavior)
  })
})

describe('a connection', () => {
  it('that is cut before an answer is worth a retry', async () => {
    server.answer = (response) => response.destroy()
    for (const error of await errorsOf(server.model())) {
      expect(error).toBeInstanceOf(ModelAPIError)
      expect(error).toMatchObject({ isRetryable: true, provider: 'openai' })
    }
  })

  it('that is cut in the middle of an answer is worth a retry', async () => {
    server.answer = (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 })
      response.write('{"id":', () => response.destroy())
    }
    const error = await requestError()
    expect(error).toBeInstanceOf(ModelAPIError)
    expect(error).toMatchObject({ isRetryable: true })
  })

  it('that is cut in the middle of a stream leaves what came before', async () => {
    server.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const text = `data: ${JSON.stringify(delta({ content: 'Hel' }))}\n\n`
      response.write(text, () => response.destroy())
    }
    const { error, response } = await streamFailure()
    expect(error).toBeInstanceOf(ModelAPIError)
    expect(error).toMatchObject({ isRetryable: true })
    expect(response.parts).toMatchObject([{ partKind: 'text', content: 'Hel' }])
  })

  it('that ends well before the answer does is worth a retry, too', async () => {
    server.answer = streamed(delta({ content: 'Hel' }))
    const { error } = await streamFailure()
    expect(error).toBeInstanceOf(ModelAPIError)
    expect(error).toMatchObject({ isRetryable: true })
  })

  it('that nobody listens on is worth a retry', async () => {
    const { url } = server
    const model = server.model('gpt-4o', { baseUrl: url })
    await server.close()
    const error: unknown = await model.request(modelCall()).catch((e: unknown) => e)
    server = await ChatServer.start()
    expect(error).toBeInstanceOf(ModelAPIError)
    expect(error).toMatchObject({ isRetryable: true })
    expect(String(error)).toContain('ECONNREFUSED')
  })

  it('is given up after the time of the settings', async () => {
    server.answer = () => {}
    const call = modelCall({ settings: { timeoutMs: 20 } })
    const error: unknown = await server
      .model()
      .request(call)
      .catch((e: unknown) => e)
    expect(error).toBeInstanceOf(ModelAPIError)
    expect(error).toMatchObject({ isRetryable: true })
  })

  it('is given up with the reason of whoever aborts, before and within an answer', async () => {
    const reason = new Error('not wanted any more')
    const aborted = new AbortController()
    aborted.abort(reason)
    expect((await pull(server.model(), modelCall({ signal: aborted.signal }))).error).toBe(reason)

    const later = new AbortController()
    server.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(`data: ${JSON.stringify(delta({ content: 'Hel' }))}\n\n`)
    }
    const pieces = server.model().stream(modelCall({ signal: later.signal }))
    await pieces.next()
    await pieces.next()
    const next = pieces.next()
    later.abort(reason)
    await expect(next).rejects.toBe(reason)
  })
})

describe('an error inside of a stream', () => {
  it.each([
    ['with a name of its own', { message: 'Oops', type: 'server_error' }, 'event: error\n', true],
    ['beside choices', { message: 'Token limit reached', code: 400 }, '', false],
    ['of a server that is busy', { message: 'Overloaded', code: 503 }, '', true],
  ])('is thrown as the provider wrote it: %s', async (_, body, name, isRetryable) => {
    const text = `${name}data: ${JSON.stringify({ ...delta({ content: '' }), error: body })}\n\n`
    server.answer = streamed(delta({ reasoning: 'Hm' }), text, done)
    const { error, response } = await streamFailure()
    expect(error).toBeInstanceOf(ModelStreamError)
    expect(error).toMatchObject({ message: body.message, body, isRetryable, provider: 'openai' })
    expect(response.parts).toMatchObject([{ partKind: 'thinking', content: 'Hm' }])
  })

  it('is known even if it comes as plain JSON', async () => {
    server.answer = whole({ error: { message: 'No capacity', code: 'server_error' } })
    expect((await streamFailure()).error).toMatchObject({ message: 'No capacity' })
  })
})

it('a server that does not stream is heard all the same', async () => {
  server.answer = whole(completion)
  const { response, error } = await streamFailure()
  expect(error).toBeUndefined()
  expect(response).toMatchObject({ parts: [{ content: 'Hello' }], finishReason: 'stop' })
})

describe('a call that Groq will not hand out', () => {
  const failed = (failed_generation: string) => ({
    error: { message: 'It does not match the schema', code: 'tool_use_failed', failed_generation },
  })
  const groq = () => server.model('openai/gpt-oss-120b', { system: 'groq' })
  const call = JSON.stringify({ name: 'add', arguments: { a: 1 } })

  it.each([
    ['a call', call, { partKind: 'tool-call', toolName: 'add', args: { a: 1 } }],
    ['something else', 'add(1', { partKind: 'text', content: 'add(1' }],
  ])('is an answer for the model to correct: %s', async (_, written, part) => {
    server.answer = whole(failed(written), { status: 400 })
    const expected = { finishReason: 'error', providerName: 'groq', parts: [part] }
    expect(await groq().request(modelCall())).toMatchObject(expected)
    const thinking = { partKind: 'thinking', content: 'Hm' }
    server.answer = streamed(delta({ reasoning: 'Hm' }), failed(written))
    const { response, error } = await pull(groq(), modelCall())
    expect(error).toBeUndefined()
    expect(response).toMatchObject({ ...expected, parts: [thinking, part] })
  })

  it('is an error with anyone else', async () => {
    server.answer = whole(failed(call), { status: 400 })
    expect(await requestError()).toBeInstanceOf(ModelHTTPError)
  })
})
