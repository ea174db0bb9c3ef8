import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  ModelAPIError,
  ModelHTTPError,
  ModelStreamError,
  UnexpectedModelBehavior,
} from '../../src/errors/index.ts'
import { AnthropicServer, end, start, stop, textBlock } from './anthropic-server.ts'
import { errorsOf, eventText, pull, type Respond, streamed, whole } from './loopback-server.ts'
import { modelCall } from './calls.ts'

let server: AnthropicServer

beforeEach(async () => {
  server = await AnthropicServer.start()
})
afterEach(() => server.close())

const failure = (type: string) => ({ type: 'error', error: { type, message: 'No more' } })

/** What the model makes of the server's answer, asked in both ways. */
function errorsOn(answer: Respond): Promise<readonly unknown[]> {
  server.answer = answer
  return errorsOf(server.model())
}

describe('a failing Anthropic model', () => {
  it('tells status, body and how long to wait, and asks once', async () => {
    const headers = { 'retry-after': '7', 'request-id': 'req_1' }
    const errors = await errorsOn(whole(failure('rate_limit_error'), { status: 429, headers }))
    for (const error of errors) {
      expect(error).toBeInstanceOf(ModelHTTPError)
      expect(error).toMatchObject({
        statusCode: 429,
        body: failure('rate_limit_error'),
        provider: 'anthropic',
        modelName: 'claude-sonnet-4-5',
        retryAfter: 7,
        isRetryable: true,
      })
    }
    expect(server.asked).toHaveLength(2)
  })

  it.each([
    { status: 500, isRetryable: true },
    { status: 529, isRetryable: true },
    { status: 400, isRetryable: false },
    { status: 401, isRetryable: false },
  ])('says of status $status whether another try helps', async ({ status, isRetryable }) => {
    const errors = await errorsOn(whole(failure('api_error'), { status }))
    for (const error of errors) expect(error).toMatchObject({ statusCode: status, isRetryable })
  })

  it('can be tried again when the connection is cut before an answer', async () => {
    const errors = await errorsOn((response) => response.destroy())
    for (const error of errors) {
      expect(error).toBeInstanceOf(ModelAPIError)
      expect(error).toMatchObject({ isRetryable: true, provider: 'anthropic' })
    }
  })

  it('can be tried again when the connection is cut in the middle of a stream', async () => {
    server.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const text = eventText(start, ...textBlock(0, 'Hel').slice(0, 2))
      response.write(text, () => response.destroy())
    }
    const { response, error } = await pull(server.model(), modelCall())
    expect(error).toBeInstanceOf(ModelAPIError)
    expect(error).toMatchObject({ isRetryable: true })
    expect(response.parts).toMatchObject([{ partKind: 'text', content: 'Hel' }])
  })

  it.each([
    { why: 'before its end is told', events: [start, ...textBlock(0, 'Hello')] },
    { why: 'before the last event', events: [start, ...textBlock(0, 'Hello'), end('end_turn')] },
  ])('takes no stream for an answer that closes $why', async ({ events }) => {
    server.answer = streamed(...events)
    const { error } = await pull(server.model(), modelCall())
    expect(error).toBeInstanceOf(ModelAPIError)
    expect(error).toMatchObject({ isRetryable: true })
  })

  it.each([
    { type: 'overloaded_error', isRetryable: true },
    { type: 'invalid_request_error', isRetryable: false },
  ])('reports $type in the stream, with what came before it', async ({ type, isRetryable }) => {
    server.answer = streamed(start, ...textBlock(0, 'Hel'), failure(type))
    const { response, error } = await pull(server.model(), modelCall())
    expect(error).toBeInstanceOf(ModelStreamError)
    expect(error).toMatchObject({ message: 'No more', body: failure(type), isRetryable })
    expect(response.parts).toMatchObject([{ content: 'Hel' }])
  })

  it('reports an error that is the first event of a stream', async () => {
    server.answer = streamed(failure('overloaded_error'))
    const { error } = await pull(server.model(), modelCall())
    expect(error).toBeInstanceOf(ModelStreamError)
  })

  it.each([
    { what: 'a web page', body: '<html>Sign in</html>', type: 'text/html' },
    { what: 'nothing', body: '', type: 'application/json' },
    { what: 'cut JSON', body: '{"id": "msg', type: 'application/json' },
    { what: 'JSON of something else', body: '{"choices": []}', type: 'application/json' },
    { what: 'JSON that is no object', body: '[]', type: 'application/json' },
  ])('takes $what for no answer', async ({ body, type }) => {
    const errors = await errorsOn(whole(body, { headers: { 'content-type': type } }))
    for (const error of errors) expect(error).toBeInstanceOf(UnexpectedModelBehavior)
  })

  it('takes events that are no JSON for no answer', async () => {
    server.answer = streamed(start, 'event: content_block_start\ndata: {"index": 0, oops\n\n', stop)
    const { error } = await pull(server.model(), modelCall())
    expect(error).toBeInstanceOf(UnexpectedModelBehavior)
  })

  it('stops with the reason of the signal, whenever it is aborted', async () => {
    const reason = new Error('no longer wanted')
    const controller = new AbortController()
    server.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
      controller.abort(reason)
    }
    const call = modelCall({ signal: controller.signal })
    expect(await pull(server.model(), call)).toMatchObject({ error: reason })
    await expect(server.model().request(call)).rejects.toBe(reason)
  })
})
