import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  completeResponse,
  type ModelMessage,
  type ModelResponseInput,
} from '../../src/messages/index.ts'
import { at, modelCall, request } from './calls.ts'
import { begunWith, body, ended, ResponsesServer } from './responses-server.ts'
import { eventText, pull, streamed, whole } from './loopback-server.ts'

let server: ResponsesServer

beforeEach(async () => {
  server = await ResponsesServer.start()
})
afterEach(() => server.close())

const settings = { openaiBackground: true }
const prompt = request({ partKind: 'user-prompt', content: 'Hi', timestamp: at })
const queued = { ...body, status: 'queued', background: true, output: [], usage: null }
const finished = { ...body, background: true }

/** A history that waits for an answer. */
function waiting(answer: ModelResponseInput): ModelMessage[] {
  return [prompt, completeResponse(answer, at)]
}

/** Resolves when the server has been asked so often. */
async function askedTimes(count: number): Promise<void> {
  while (server.asked.length < count) await setImmediate()
}

describe('a response in the background', () => {
  it('is asked for, and suspended until it is done', async () => {
    server.answer = whole(queued)
    const model = server.model('gpt-5')
    const first = completeResponse(await model.request(modelCall({ settings })), at)
    expect(server.asked[0]?.body).toMatchObject({ background: true })
    expect(first).toMatchObject({ state: 'suspended', providerResponseId: 'resp_1', parts: [] })
    expect(model.continuationDelayMs(first)).toBe(1000)

    server.answer = whole(finished)
    const include = { ...settings, openaiIncludeWebSearchSources: true }
    const call = modelCall({ messages: waiting(first), settings: include })
    const done = completeResponse(await model.request(call), at)
    expect(decodeURIComponent(server.requests[1] ?? '')).toBe(
      'GET /v1/responses/resp_1?stream=false&include[]=web_search_call.action.sources',
    )
    expect(done).toMatchObject({ state: 'complete', parts: [{ content: 'Hello' }] })
    expect(model.continuationDelayMs(done)).toBe(0)
  })

  it.each([
    ['ends', (text: string) => streamed(text)],
    [
      'is cut',
      (text: string): ResponsesServer['answer'] =>
        (response) => {
          response.writeHead(200, { 'content-type': 'text/event-stream' })
          response.write(text, () => response.destroy())
        },
    ],
  ])('goes on where its stream %s', async (_, answer) => {
    server.answer = answer(eventText(...begunWith({ background: true }, 'Hel')))
    const model = server.model()
    const first = await pull(model, modelCall({ settings }))
    expect(first.error).toBeUndefined()
    expect(first.response).toMatchObject({
      state: 'suspended',
      providerResponseId: 'resp_1',
      providerDetails: { background: true, last_sequence_number: 2 },
      parts: [{ content: 'Hel' }],
    })
    server.answer = streamed(
      { type: 'response.output_text.delta', item_id: 'msg_1', delta: 'lo', sequence_number: 3 },
      ended('response.completed', { background: true }),
    )
    const rest = await pull(model, modelCall({ messages: waiting(first.response), settings }))
    expect(server.requests[1]).toBe('GET /v1/responses/resp_1?stream=true&starting_after=2')
    expect(rest.response).toMatchObject({
      state: 'complete',
      modelName: 'gpt-4o-2024-08-06',
      parts: [{ content: 'lo' }],
    })
  })

  it('is told anew when the stream breaks off in the middle of a call', async () => {
    const item = {
      type: 'function_call',
      id: 'fc_1',
      call_id: 'call_1',
      name: 'add',
      arguments: '',
    }
    server.answer = streamed(
      ...begunWith({ background: true }),
      { type: 'response.output_item.added', item, sequence_number: 2 },
      {
        type: 'response.function_call_arguments.delta',
        item_id: 'fc_1',
        delta: '{"a":',
        sequence_number: 3,
      },
    )
    const model = server.model()
    const first = await pull(model, modelCall({ settings }))
    server.answer = whole({ ...finished, output: [{ ...item, arguments: '{"a":1}' }] })
    const { response } = await pull(model, modelCall({ messages: waiting(first.response) }))
    expect(server.requests[1]).toBe('GET /v1/responses/resp_1?stream=false')
    expect(response).toMatchObject({
      providerResponseId: 'resp_1',
      parts: [{ toolName: 'add', args: '{"a":1}' }],
    })
  })

  it('comes whole when there is no stream to go on with', async () => {
    server.answer = whole(finished)
    const suspended = {
      parts: [],
      state: 'suspended',
      providerName: 'openai',
      providerResponseId: 'resp_1',
    } as const
    const { response } = await pull(server.model(), modelCall({ messages: waiting(suspended) }))
    expect(server.requests).toEqual(['GET /v1/responses/resp_1?stream=false'])
    expect(response).toMatchObject({ state: 'complete', parts: [{ content: 'Hello' }] })
  })

  it('of another provider is not asked about', async () => {
    server.answer = whole(body)
    const suspended = {
      parts: [],
      state: 'suspended',
      providerName: 'azure',
      providerResponseId: 'resp_9',
    } as const
    await server.model().request(modelCall({ messages: waiting(suspended) }))
    expect(server.requests).toEqual(['POST /v1/responses'])
  })
})

describe('a response in the background that nobody wants any more', () => {
  const cancelled = 'POST /v1/responses/resp_1/cancel'

  it('is cancelled once when the call is aborted between two polls', async () => {
    server.answer = whole(queued)
    const controller = new AbortController()
    const model = server.model()
    const call = modelCall({ settings, signal: controller.signal })
    const first = completeResponse(await model.request(call), at)
    server.answer = (response) => response.destroy() // that it fails is told to nobody
    controller.abort()
    await askedTimes(2)
    await model.cancelSuspended(first)
    expect(server.requests).toEqual(['POST /v1/responses', cancelled])
  })

  it('is cancelled when the call is aborted during a poll, which rejects with the reason', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const suspended = {
      parts: [],
      state: 'suspended',
      providerName: 'openai',
      providerResponseId: 'resp_1',
      providerDetails: { background: true },
    } as const
    server.answer = (response, { method }) => {
      if (method === 'GET') controller.abort(reason)
      else response.writeHead(404).end()
    }
    const call = modelCall({ messages: waiting(suspended), signal: controller.signal })
    await expect(server.model().request(call)).rejects.toBe(reason)
    await askedTimes(2)
    expect(server.requests).toEqual(['GET /v1/responses/resp_1?stream=false', cancelled])
  })

  it('is cancelled when its stream is left early', async () => {
    server.answer = (response, { url }) => {
      if (url.endsWith('cancel')) return response.end()
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(eventText(...begunWith({ background: true }, 'Hel')))
      return undefined
    }
    const stream = server.model().stream(modelCall({ settings }))
    for await (const piece of stream) if (piece.kind === 'text') break
    await askedTimes(2)
    expect(server.requests).toEqual(['POST /v1/responses', cancelled])
  })

  it('is cancelled when its stream cannot be read, so that it is in no history', async () => {
    const text = eventText(...begunWith({ background: true }, 'Hel'), 'data: {"type"\n\n')
    server.answer = (response, asked) =>
      asked.url.endsWith('cancel') ? response.end() : streamed(text)(response, asked)
    const { error } = await pull(server.model(), modelCall({ settings }))
    expect(error).toMatchObject({ name: 'UnexpectedModelBehavior' })
    await askedTimes(2)
    expect(server.requests).toEqual(['POST /v1/responses', cancelled])
  })

  it('is cancelled on request, by whoever has the history', async () => {
    server.answer = whole(queued)
    const model = server.model()
    const first = completeResponse(await model.request(modelCall({ settings })), at)
    const elsewhere = server.model()
    server.answer = whole({ ...queued, status: 'cancelled' })
    await elsewhere.cancelSuspended(first)
    expect(server.requests).toEqual(['POST /v1/responses', cancelled])
  })

  it('is left alone once it is done', async () => {
    const controller = new AbortController()
    server.answer = streamed(...begunWith({ background: true }, 'Hello'), ended())
    const model = server.model()
    const { response } = await pull(model, modelCall({ settings, signal: controller.signal }))
    controller.abort()
    await model.cancelSuspended(completeResponse(response, at))
    await setImmediate()
    expect(server.requests).toEqual(['POST /v1/responses'])
  })
})
