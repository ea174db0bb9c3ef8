import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  ModelAPIError,
  ModelHTTPError,
  ModelStreamError,
  UnexpectedModelBehavior,
} from '../../src/errors/index.ts'
import { ManualClock } from '../../src/testing/index.ts'
import { modelCall } from './calls.ts'
import { content, GoogleServer } from './google-server.ts'
import { errorsOf, eventText, pull, type Respond, streamed, whole } from './loopback-server.ts'

let server: GoogleServer

beforeEach(async () => {
  server = await GoogleServer.start()
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await server.close()
})

/** What the model makes of the server's answer, asked in both ways. */
function errorsOn(answer: Respond): Promise<readonly unknown[]> {
  server.answer = answer
  return errorsOf(server.model())
}

const refusal = (code: number, more: object = {}) => ({
  error: { code, message: 'No more', status: 'UNAVAILABLE', ...more },
})

describe('a failing Google model', () => {
  it('tells status, body and how long to wait, and asks once', async () => {
    const headers = { 'retry-after': '7' }
    for (const error of await errorsOn(whole(refusal(429), { status: 429, headers }))) {
      expect(error).toBeInstanceOf(ModelHTTPError)
      expect(error).toMatchObject({
        statusCode: 429,
        body: refusal(429),
        provider: 'google',
        modelName: 'gemini-2.5-flash',
        retryAfter: 7,
        isRetryable: true,
      })
    }
    expect(server.asked).toHaveLength(2)
  })

  it('finds in the body how long to wait when no header says it', async () => {
    const type = 'type.googleapis.com/google.rpc.RetryInfo'
    const body = refusal(429, { details: [{ '@type': type, retryDelay: '34.5s' }] })
    for (const error of await errorsOn(whole(body, { status: 429 }))) {
      expect(error).toMatchObject({ retryAfter: 34.5 })
    }
  })

  it.each([
    { status: 500, isRetryable: true },
    { status: 503, isRetryable: true },
    { status: 400, isRetryable: false },
    { status: 403, isRetryable: false },
  ])('says of status $status whether another try helps', async ({ status, isRetryable }) => {
    for (const error of await errorsOn(whole(refusal(status), { status }))) {
      expect(error).toMatchObject({ statusCode: status, isRetryable })
    }
  })

  it('keeps a refusal that is no JSON as text', async () => {
    const headers = { 'content-type': 'text/html' }
    for (const error of await errorsOn(whole('<h1>Bad gateway</h1>', { status: 502, headers }))) {
      expect(error).toMatchObject({ statusCode: 502, body: '<h1>Bad gateway</h1>' })
    }
  })

  it('can be tried again when the connection is cut before an answer', async () => {
    for (const error of await errorsOn((response) => response.destroy())) {
      expect(error).toBeInstanceOf(ModelAPIError)
      expect(error).toMatchObject({ isRetryable: true, provider: 'google' })
    }
  })

  it('can be tried again when the connection is cut in the middle of a stream', async () => {
    server.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(eventText(content(['Hel'])), () => response.destroy())
    }
    const { response, error } = await pull(server.model(), modelCall())
    expect(response.parts).toMatchObject([{ content: 'Hel' }])
    expect(error).toBeInstanceOf(ModelAPIError)
    expect(error).toMatchObject({ isRetryable: true })
  })

  it('does not take a stream for whole that ends before the answer does', async () => {
    server.answer = streamed(content(['Hel']))
    const { response, error } = await pull(server.model(), modelCall())
    expect(response.parts).toMatchObject([{ content: 'Hel' }])
    expect(error).toBeInstanceOf(ModelAPIError)
    expect(error).toMatchObject({ isRetryable: true })
  })

  it.each([
    { code: 503, isRetryable: true },
    { code: 429, isRetryable: true },
    { code: 400, isRetryable: false },
  ])('tells error $code in a stream, after what came', async ({ code, isRetryable }) => {
    server.answer = streamed(content(['Hel']), refusal(code))
    const { response, error } = await pull(server.model(), modelCall())
    expect(response.parts).toMatchObject([{ content: 'Hel' }])
    expect(error).toBeInstanceOf(ModelStreamError)
    expect(error).toMatchObject({ message: 'No more', body: refusal(code), isRetryable })
  })

  it('tells an error that stands alone in place of a stream', async () => {
    server.answer = whole(refusal(503))
    expect(await pull(server.model(), modelCall())).toMatchObject({
      error: { name: 'ModelStreamError', body: refusal(503) },
    })
  })

  it.each([
    {
      what: 'a page',
      answer: whole('<p>Sign in</p>', { headers: { 'content-type': 'text/html' } }),
    },
    { what: 'nothing', answer: whole('') },
    { what: 'JSON of somebody else', answer: whole('{"hello":"world"}') },
  ])('cannot make sense of $what', async ({ answer }) => {
    for (const error of await errorsOn(answer))
      expect(error).toBeInstanceOf(UnexpectedModelBehavior)
  })

  it.each([
    { what: 'broken JSON', chunk: 'data: {"candidates": [}\n\n' },
    { what: 'no object', chunk: 'data: 5\n\n' },
    { what: 'no event at all', chunk: ': hello\n\n' },
  ])('cannot make sense of a stream with $what', async ({ chunk }) => {
    server.answer = streamed(chunk)
    const { error } = await pull(server.model(), modelCall())
    expect(error).toBeInstanceOf(UnexpectedModelBehavior)
  })

  it('gives up when the answer takes longer than it may', async () => {
    const clock = new ManualClock()
    const settings = { timeoutMs: 5_000 }
    server.answer = () => void clock.advance(5_000)
    const calls = [
      server
        .model()
        .request({ ...modelCall({ settings }), clock })
        .catch((error: unknown) => error),
      pull(server.model(), { ...modelCall({ settings }), clock }).then(({ error }) => error),
    ]
    for (const error of await Promise.all(calls)) {
      expect(error).toMatchObject({ message: 'No answer within 5000 ms', isRetryable: true })
    }
  })

  it('rejects with the reason of whoever cancels', async () => {
    const controller = new AbortController()
    const reason = new Error('changed my mind')
    server.answer = () => controller.abort(reason)
    const call = modelCall({ signal: controller.signal })
    await expect(server.model().request(call)).rejects.toBe(reason)
    expect((await pull(server.model(), call)).error).toBe(reason)
  })

  it('needs a key before it asks', async () => {
    vi.stubEnv('GOOGLE_API_KEY', '')
    vi.stubEnv('GEMINI_API_KEY', '')
    const model = server.model('gemini-2.5-flash', { apiKey: '' })
    await expect(model.request(modelCall())).rejects.toMatchObject({ name: 'MissingKeyError' })
    expect(server.asked).toHaveLength(0)
  })
})

describe('a streaming Google model', () => {
  it('shows each piece as it comes', async () => {
    const shown: string[] = []
    server.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(eventText(content([{ text: 'Hm', thought: true }])))
      next = () => response.write(eventText(content(['Hel'])))
      last = () => response.end(eventText(content(['lo'], 'STOP')))
    }
    let next = (): unknown => undefined
    let last = (): unknown => undefined
    for await (const delta of server.model().stream(modelCall())) {
      if (delta.kind !== 'text' && delta.kind !== 'thinking') continue
      shown.push(delta.content ?? '')
      if (shown.length === 1) next()
      if (shown.length === 2) last()
    }
    expect(shown).toEqual(['Hm', 'Hel', 'lo'])
  })

  it('closes the connection when its reader leaves', async () => {
    const closed = Promise.withResolvers<void>()
    server.answer = (response) => {
      response.on('close', closed.resolve)
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(eventText(content(['Hel'])))
    }
    for await (const delta of server.model().stream(modelCall())) if (delta.kind === 'text') break
    await expect(closed.promise).resolves.toBeUndefined()
  })

  it('asks at the first pull, not before', async () => {
    server.answer = streamed(content(['Hello'], 'STOP'))
    const stream = server.model().stream(modelCall())
    expect(server.asked).toHaveLength(0)
    await stream.next()
    expect(server.asked).toHaveLength(1)
    await stream.return(undefined)
  })
})
