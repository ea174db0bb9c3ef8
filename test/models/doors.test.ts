import { getEventListeners } from 'node:events'
import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ImageUrl, type ModelMessage, UserPromptPart } from '../../src/messages/index.ts'
import { type Model, type ModelCall, model as named } from '../../src/models/index.ts'
import { AnthropicModel } from '../../src/models/anthropic/model.ts'
import { GoogleModel } from '../../src/models/google/model.ts'
import { OpenAIChatModel } from '../../src/models/openai-chat/model.ts'
import { OpenAIResponsesModel } from '../../src/models/openai-responses/model.ts'
import { ManualClock } from '../../src/testing/index.ts'
import { rejection } from '../agent/script.ts'
import { at, modelCall, request } from './calls.ts'
import { doors, modelAt } from './doors.ts'
import { LoopbackServer, streamed, unfinished, whole } from './loopback-server.ts'

let server: LoopbackServer

beforeEach(async () => {
  server = await LoopbackServer.start()
})
afterEach(() => server.close())

/** The answer, as far as it is text. */
async function textFrom(model: Model, call: ModelCall = modelCall()): Promise<string> {
  let text = ''
  for await (const piece of model.stream?.(call) ?? []) {
    if (piece.kind === 'text') text += piece.content
  }
  return text
}

/** What leads to requests that nobody waits for must not come up later. */
async function unhandled(work: () => Promise<void>): Promise<unknown[]> {
  const reasons: unknown[] = []
  const listen = (reason: unknown): void => void reasons.push(reason)
  process.on('unhandledRejection', listen)
  await work()
  await new Promise((resolve) => setImmediate(resolve))
  process.off('unhandledRejection', listen)
  return reasons
}

const picture = 'data:image/png;base64,iVBORw0KGgo='

const everyDoor = doors.flatMap((door) => [door, { ...door, name: `ai-sdk/${door.name}` }])

describe.each(everyDoor)('$name', ({ name, begin, end, whole: answer }) => {
  it('asks with the `fetch` and the headers that it was made with, and those of the call', async () => {
    let count = 0
    const fetch: typeof globalThis.fetch = (input, init) => {
      count += 1
      return globalThis.fetch(input, init)
    }
    const model = modelAt(server, name, { fetch, headers: { 'x-mine': '1', 'x-both': 'model' } })
    const settings = { extraHeaders: { 'x-call': '2', 'x-both': 'call' } }
    server.answer = whole(answer)
    await model.request(modelCall({ settings }))
    server.answer = streamed(begin, end)
    expect(await textFrom(model, modelCall({ settings }))).toBe('Hel')
    const headers = { 'x-mine': '1', 'x-call': '2', 'x-both': 'call' }
    expect(server.asked).toMatchObject([{ headers }, { headers }])
    expect(count).toBe(2)
  })

  it('downloads what says `forceDownload`', async () => {
    server.answer = whole(answer)
    const file = ImageUrl(picture, { forceDownload: true })
    const messages: ModelMessage[] = [request(UserPromptPart([file], at))]
    await modelAt(server, name).request(modelCall({ messages }))
    expect(JSON.stringify(server.asked[0]?.body)).toContain('iVBORw0KGgo=')
  })

  it('waits for a whole answer no longer than `timeoutMs`, by the clock of the call', async () => {
    const clock = new ManualClock()
    const call = { ...modelCall({ settings: { timeoutMs: 5_000 } }), clock }
    server.answer = (response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write('{"id":', () => void clock.advance(5_000))
    }
    expect(await rejection(modelAt(server, name).request(call))).toMatchObject({
      name: 'ModelAPIError',
      message: 'No answer within 5000 ms',
      isRetryable: true,
    })
    await server.closed()
    expect(clock.pendingTimers).toBe(0)
  })

  it('waits for the beginning of a stream no longer than that, and then as long as it takes', async () => {
    const clock = new ManualClock()
    const call = { ...modelCall({ settings: { timeoutMs: 5_000 } }), clock }
    server.answer = () => void clock.advance(5_000)
    const error = await rejection(textFrom(modelAt(server, name), call))
    expect(error).toMatchObject({ message: 'No answer within 5000 ms', isRetryable: true })
    const begun = Promise.withResolvers<ServerResponse>()
    server.answer = unfinished([begin], begun.resolve)
    const kinds: string[] = []
    for await (const { kind } of modelAt(server, name).stream?.(call) ?? []) {
      kinds.push(kind)
      if (kind !== 'text') continue
      await clock.advance(15_000)
      void (await begun.promise).end(end)
    }
    expect(kinds).toContain('text')
    expect(clock.pendingTimers).toBe(0)
  })

  it('rejects with the reason of the signal, before, while it waits and in mid-stream', async () => {
    const reason = { why: 'no longer wanted' }
    const early = modelCall({ signal: AbortSignal.abort(reason) })
    expect(await rejection(modelAt(server, name).request(early))).toBe(reason)
    expect(await rejection(textFrom(modelAt(server, name), early))).toBe(reason)
    expect(server.asked).toEqual([])
    for (const respond of [() => {}, unfinished([begin])]) {
      const controller = new AbortController()
      server.answer = (response, asked) => {
        respond(response, asked)
        setImmediate(() => controller.abort(reason))
      }
      const call = modelCall({ signal: controller.signal })
      expect(await rejection(textFrom(modelAt(server, name), call))).toBe(reason)
    }
    await server.closed()
  })

  it('closes the connection when its reader leaves, and nothing comes of it later', async () => {
    server.answer = unfinished([begin])
    const reasons = await unhandled(async () => {
      for (let left = 0; left < 3; left += 1) {
        for await (const piece of modelAt(server, name).stream?.(modelCall()) ?? []) {
          if (piece.kind === 'text') break
        }
      }
      await server.closed()
    })
    expect(server.asked).toHaveLength(3)
    expect(reasons).toEqual([])
  })

  it('leaves nothing on a signal that serves for many calls', async () => {
    const { signal } = new AbortController()
    const model = modelAt(server, name)
    for (let count = 0; count < 6; count += 1) {
      server.answer = whole(answer)
      await model.request(modelCall({ signal }))
      server.answer = streamed(begin, end)
      await textFrom(model, modelCall({ signal }))
      expect(getEventListeners(signal, 'abort')).toEqual([])
    }
  })
})

it.each(doors)('$name takes `extraBody` and `providerOptions` into its body', async (door) => {
  const { name, whole: answer } = door
  const model = modelAt(server, name)
  server.answer = whole(answer)
  const providerOptions = { [model.system]: { one: 1, both: 'options' }, other: { two: 2 } }
  const extraBody = { three: 3, both: 'body' }
  await model.request(modelCall({ settings: { providerOptions, extraBody } }))
  expect(server.asked[0]?.body).toMatchObject({ one: 1, three: 3, both: 'body' })
  expect(server.asked[0]?.body).not.toHaveProperty('two')
})

it('an address that is there and empty of meaning does not send to somebody else', async () => {
  const sent = Promise.withResolvers<string>()
  const fetch: typeof globalThis.fetch = async (input) => {
    sent.resolve(new Request(input).url)
    return new Response('{}', { status: 400 })
  }
  const options = { fetch, baseUrl: undefined } as object
  await rejection(named('ollama:llama3', options).request(modelCall()))
  expect(await sent.promise).toBe('http://localhost:11434/v1/chat/completions')
})

describe('a model made as an object', () => {
  const makers: readonly (readonly [string, string, () => Model])[] = [
    ['OpenAIChatModel', 'OPENAI_API_KEY', () => new OpenAIChatModel('gpt-4o')],
    ['OpenAIResponsesModel', 'OPENAI_API_KEY', () => new OpenAIResponsesModel('gpt-4o')],
    ['AnthropicModel', 'ANTHROPIC_API_KEY', () => new AnthropicModel('claude-sonnet-4-5')],
    ['GoogleModel', 'GOOGLE_API_KEY', () => new GoogleModel('gemini-2.5-flash')],
  ]
  it.each(makers)('%s names %s when there is no key', async (_, variable, make) => {
    for (const name of [
      'GEMINI_API_KEY',
      'ANTHROPIC_AUTH_TOKEN',
      ...makers.map(([, key]) => key),
    ]) {
      vi.stubEnv(name, '')
    }
    const error = await rejection(make().request(modelCall()))
    expect(error).toMatchObject({
      name: 'MissingKeyError',
      message: expect.stringContaining(variable),
    })
    vi.unstubAllEnvs()
  })

  it('does not give the key of OpenAI to another provider', async () => {
    vi.stubEnv('OPENAI_API_KEY', 'secret')
    const model = new OpenAIChatModel('llama', { baseUrl: `${server.url}/v1`, system: 'else' })
    expect(await rejection(model.request(modelCall()))).toMatchObject({ name: 'UserError' })
    expect(server.asked).toEqual([])
    vi.unstubAllEnvs()
  })
})
