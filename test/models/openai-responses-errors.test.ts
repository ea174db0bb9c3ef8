import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  ModelAPIError,
  ModelHTTPError,
  ModelStreamError,
  UnexpectedModelBehavior,
} from '../../src/errors/index.ts'
import { rejection } from '../agent/script.ts'
import { modelCall } from './calls.ts'
import { begun, body, ended, ResponsesServer } from './responses-server.ts'
import { errorsOf, eventText, pull, streamed, whole } from './loopback-server.ts'

let server: ResponsesServer

beforeEach(async () => {
  server = await ResponsesServer.start()
})
afterEach(() => server.close())

const requestError = (): Promise<unknown> => rejection(server.model().request(modelCall()))
const streamFailure = () => pull(server.model(), modelCall())

const html = '<html><body>Bad gateway</body></html>'

describe('an error status of the Responses API', () => {
  it('tells how long to wait, and what the provider says', async () => {
    const sent = { error: { message: 'Slow down', type: 'requests', code: 'rate_limit_exceeded' } }
    server.answer = whole(sent, { status: 429, headers: { 'retry-after': '7' } })
    const expected = {
      statusCode: 429,
      body: sent.error,
      retryAfter: 7,
      provider: 'openai',
      modelName: 'gpt-4o',
      isRetryable: true,
    }
    expect(await errorsOf(server.model())).toMatchObject([expected, expected])
    expect(server.asked).toHaveLength(2)
  })

  it.each([
    [
      'JSON',
      { error: { message: 'Oops', type: 'server_error' } },
      { message: 'Oops', type: 'server_error' },
    ],
    ['HTML', html, html],
    ['nothing', '', null],
  ])('is worth a retry when the server failed: %s', async (_, sent, expected) => {
    server.answer = whole(sent, { status: 500 })
    const error = await requestError()
    expect(error).toBeInstanceOf(ModelHTTPError)
    expect(error).toMatchObject({ statusCode: 500, body: expected, isRetryable: true })
  })
})

describe('an answer of the Responses API that cannot be read', () => {
  it.each([
    ['HTML', whole(html, { headers: { 'content-type': 'text/html' } })],
    ['JSON that breaks off', whole('{"id": "resp_1", "outp')],
    ['JSON of something else', whole({ status: 'ok' })],
    ['nothing', whole('')],
  ])('is no answer: %s', async (_, answer) => {
    server.answer = answer
    expect(await requestError()).toBeInstanceOf(UnexpectedModelBehavior)
  })

  it.each([
    ['HTML', whole(html, { headers: { 'content-type': 'text/html' } })],
    ['an event that is no JSON', streamed(...begun('Hel'), 'data: {"type"\n\n', ended())],
    ['events of another API', streamed('data: {"object":"chat.completion.chunk"}\n\n')],
    ['nothing', streamed('')],
  ])('is no answer in a stream: %s', async (_, answer) => {
    server.answer = answer
    expect((await streamFailure()).error).toBeInstanceOf(UnexpectedModelBehavior)
  })

  it('is read when a server answers whole instead of streaming', async () => {
    server.answer = whole(body)
    const { response, error } = await streamFailure()
    expect(error).toBeUndefined()
    expect(response).toMatchObject({ parts: [{ content: 'Hello' }], finishReason: 'stop' })
  })
})

describe('a broken connection to the Responses API', () => {
  it('is worth a retry when nothing had come', async () => {
    server.answer = (response) => response.destroy()
    for (const error of await errorsOf(server.model())) {
      expect(error).toBeInstanceOf(ModelAPIError)
      expect(error).toMatchObject({ name: 'ModelAPIError', isRetryable: true, provider: 'openai' })
    }
  })

  it('keeps what had come, and is worth a retry', async () => {
    server.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(eventText(...begun('Hel')), () => response.destroy())
    }
    const { response, error } = await streamFailure()
    expect(response.parts).toMatchObject([{ content: 'Hel' }])
    expect(error).toMatchObject({ name: 'ModelAPIError', isRetryable: true })
  })

  it('is also a stream that ends without saying so', async () => {
    server.answer = streamed(...begun('Hel', 'lo'), {
      type: 'response.output_text.done',
      item_id: 'msg_1',
    })
    const { response, error } = await streamFailure()
    expect(response.parts).toMatchObject([{ content: 'Hello' }])
    expect(error).toMatchObject({ name: 'ModelAPIError', isRetryable: true })
  })

  it('does not matter once the response is over', async () => {
    server.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(eventText(...begun('Hello'), ended()))
    }
    const { response, error } = await streamFailure()
    expect(error).toBeUndefined()
    expect(response).toMatchObject({ finishReason: 'stop', state: 'complete' })
  })
})

describe('an error inside a stream of the Responses API', () => {
  const failure = { code: 'server_error', message: 'The model broke' }

  it.each([
    [
      'named by the event',
      'event: error\ndata: {"code":"server_error","message":"The model broke"}\n\n',
    ],
    ['as the API writes it', eventText({ type: 'error', ...failure })],
    ['wrapped', eventText({ type: 'error', error: failure })],
    ['of the response', eventText(ended('response.failed', { status: 'failed', error: failure }))],
  ])('ends the stream after what had come: %s', async (_, text) => {
    server.answer = streamed(...begun('Hel'), text)
    const { response, error } = await streamFailure()
    expect(response.parts).toMatchObject([{ content: 'Hel' }])
    expect(error).toBeInstanceOf(ModelStreamError)
    expect(error).toMatchObject({
      message: 'The model broke',
      body: failure,
      provider: 'openai',
      isRetryable: true,
    })
  })

  it('is not worth a retry when the request was at fault', async () => {
    const error = {
      type: 'invalid_request_error',
      message: 'Too long',
      code: 'context_length_exceeded',
    }
    server.answer = streamed({ type: 'error', error })
    expect((await streamFailure()).error).toMatchObject({
      name: 'ModelStreamError',
      isRetryable: false,
    })
  })
})

describe('an aborted request to the Responses API', () => {
  it('rejects with the reason, before and in the middle of the stream', async () => {
    const reason = new Error('enough')
    const controller = new AbortController()
    server.answer = () => controller.abort(reason)
    const call = modelCall({ signal: controller.signal })
    await expect(server.model().request(call)).rejects.toBe(reason)

    const second = new AbortController()
    server.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(eventText(...begun('Hel')))
    }
    const stream = server.model().stream(modelCall({ signal: second.signal }))
    const pullAll = async (): Promise<void> => {
      for await (const piece of stream) if (piece.kind === 'text') second.abort(reason)
    }
    await expect(pullAll()).rejects.toBe(reason)
  })

  it('closes the connection when the stream is left early', async () => {
    const closed = new Promise<void>((resolve) => {
      server.answer = (response) => {
        response.on('close', resolve)
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write(eventText(...begun('Hel')))
      }
    })
    for await (const piece of server.model().stream(modelCall())) if (piece.kind === 'text') break
    await closed
    expect(server.requests).toEqual(['POST /v1/responses'])
  })
})
