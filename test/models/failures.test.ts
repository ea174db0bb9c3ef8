import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Agent } from '../../src/agent/index.ts'
import {
  ModelAPIError,
  ModelHTTPError,
  ModelStreamError,
  UnexpectedModelBehavior,
} from '../../src/errors/index.ts'
import { model } from '../../src/models/index.ts'
import { ManualClock } from '../../src/testing/index.ts'
import { rejection } from '../agent/script.ts'
import { collect } from '../helpers/events.ts'

type Respond = (response: ServerResponse) => void

let server: Server
let answers: Respond[]
let arrived: PromiseWithResolvers<void>

beforeEach(async () => {
  answers = []
  arrived = Promise.withResolvers()
  server = createServer((request, response) => {
    request.resume().on('end', () => {
      arrived.resolve()
      answers.shift()?.(response)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(async () => {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})

const sse = (...events: readonly object[]): string =>
  events
    .map(
      (event) =>
        `${'type' in event ? `event: ${String(event.type)}\n` : ''}data: ${JSON.stringify(event)}\n\n`,
    )
    .join('')

/** What each provider answers, and how its streams begin. */
const doors = [
  {
    name: 'openai-chat:gpt-4o',
    begin: sse({
      id: 'c',
      model: 'm',
      created: 1,
      choices: [{ index: 0, delta: { role: 'assistant', content: 'Hel' } }],
    }),
    whole: {
      id: 'c',
      model: 'm',
      created: 1,
      choices: [
        { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hello' } },
      ],
    },
    trouble: sse({ error: { message: 'Overloaded', code: 'overloaded' } }),
  },
  {
    name: 'openai:gpt-4o',
    begin: sse(
      {
        type: 'response.created',
        sequence_number: 0,
        response: { id: 'r', model: 'm', status: 'in_progress', output: [] },
      },
      {
        type: 'response.output_item.added',
        sequence_number: 1,
        output_index: 0,
        item: { id: 'i', type: 'message', role: 'assistant', content: [] },
      },
      {
        type: 'response.output_text.delta',
        sequence_number: 2,
        item_id: 'i',
        output_index: 0,
        content_index: 0,
        delta: 'Hel',
      },
    ),
    whole: {
      id: 'r',
      object: 'response',
      model: 'm',
      created_at: 1,
      status: 'completed',
      output: [
        {
          id: 'i',
          type: 'message',
          role: 'assistant',
          content: [{ type: 'output_text', text: 'Hello', annotations: [] }],
        },
      ],
    },
    trouble: sse({
      type: 'error',
      sequence_number: 3,
      code: 'server_error',
      message: 'Overloaded',
    }),
  },
  {
    name: 'anthropic:claude-sonnet-4-5',
    begin: sse(
      {
        type: 'message_start',
        message: {
          id: 'm',
          type: 'message',
          role: 'assistant',
          model: 'm',
          content: [],
          usage: { input_tokens: 3, output_tokens: 1 },
        },
      },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hel' } },
    ),
    whole: {
      id: 'm',
      type: 'message',
      role: 'assistant',
      model: 'm',
      stop_reason: 'end_turn',
      content: [{ type: 'text', text: 'Hello' }],
      usage: { input_tokens: 3, output_tokens: 1 },
    },
    trouble: sse({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }),
  },
  {
    name: 'google:gemini-2.5-flash',
    begin: sse({
      responseId: 'g',
      modelVersion: 'm',
      candidates: [{ content: { role: 'model', parts: [{ text: 'Hel' }] } }],
    }),
    whole: {
      responseId: 'g',
      modelVersion: 'm',
      candidates: [
        { content: { role: 'model', parts: [{ text: 'Hello' }] }, finishReason: 'STOP' },
      ],
    },
    trouble: sse({ error: { code: 503, status: 'UNAVAILABLE', message: 'Overloaded' } }),
  },
] as const

type Door = (typeof doors)[number]

const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Respond => {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(body))
  }
}
const stream = (text: string, end: (response: ServerResponse) => void): Respond => {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(text)
    setImmediate(() => end(response))
  }
}
const html: Respond = (response) => {
  response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>')
}
const cut = (response: ServerResponse): void => void response.destroy()
const stay = (): void => {}

function startRun({ name }: Door) {
  const { port } = server.address() as AddressInfo
  const version = name.startsWith('google') ? 'v1beta' : 'v1'
  const asked = model(name, { baseUrl: `http://127.0.0.1:${port}/${version}`, apiKey: 'key' })
  const clock = new ManualClock()
  return { clock, run: new Agent({ model: asked }).iter('Hi', { clock }) }
}

const limited = { error: { type: 'rate_limit_error', code: 429, message: 'Slow down' } }
const broken = { error: { type: 'server_error', code: 500, message: 'Oops' } }

const failures: readonly {
  readonly what: string
  readonly isStreamed: boolean
  readonly answer: (door: Door) => Respond
  readonly error: new (...args: never[]) => Error
  readonly facts?: object
  /** What is kept of the answer. */
  readonly partial?: string
}[] = [
  {
    what: 'a 429',
    isStreamed: false,
    answer: () => json(limited, 429, { 'retry-after': '7' }),
    error: ModelHTTPError,
    facts: { statusCode: 429, retryAfter: 7, isRetryable: true },
  },
  {
    what: 'a 429 instead of a stream',
    isStreamed: true,
    answer: () => json(limited, 429, { 'retry-after': '7' }),
    error: ModelHTTPError,
    facts: { statusCode: 429, retryAfter: 7, isRetryable: true },
  },
  {
    what: 'a 500',
    isStreamed: false,
    answer: () => json(broken, 500),
    error: ModelHTTPError,
    facts: { statusCode: 500, retryAfter: null, isRetryable: true },
  },
  {
    what: 'a connection that is cut before the answer',
    isStreamed: false,
    answer: () => cut,
    error: ModelAPIError,
    facts: { isRetryable: true },
  },
  {
    what: 'HTML instead of JSON',
    isStreamed: false,
    answer: () => html,
    error: UnexpectedModelBehavior,
  },
  {
    what: 'HTML instead of a stream',
    isStreamed: true,
    answer: () => html,
    error: UnexpectedModelBehavior,
  },
  {
    what: 'a stream that is cut in mid-word',
    isStreamed: true,
    answer: ({ begin }) => stream(begin, cut),
    error: ModelAPIError,
    facts: { isRetryable: true },
    partial: 'Hel',
  },
  {
    what: 'a stream that stops without its end',
    isStreamed: true,
    answer: ({ begin }) => stream(begin, (response) => response.end()),
    error: ModelAPIError,
    facts: { isRetryable: true },
    partial: 'Hel',
  },
  {
    what: 'an event that is no JSON',
    isStreamed: true,
    answer: ({ begin }) =>
      stream(`${begin}event: content_block_delta\ndata: {"cho\n\n`, (response) => response.end()),
    error: UnexpectedModelBehavior,
    partial: 'Hel',
  },
  {
    what: 'an error in the stream',
    isStreamed: true,
    answer: ({ begin, trouble }) => stream(begin + trouble, (response) => response.end()),
    error: ModelStreamError,
    partial: 'Hel',
  },
]

describe.each(doors)('$name leaves the run at its request, to be tried again, after', (door) => {
  it.each(failures)('$what', async ({ isStreamed, answer, error, facts = {}, partial }) => {
    const { run } = startRun(door)
    await run.next()
    answers.push(answer(door), json(door.whole))
    const failure = await rejection(isStreamed ? collect(run.stream()) : run.next())
    expect(failure).toBeInstanceOf(error)
    expect(failure).toMatchObject({ name: error.name, ...facts })
    expect(run.actor.getSnapshot().value).toEqual({ ModelRequest: 'ready' })
    const kept = run.allMessages().flatMap(({ parts }) => parts.flatMap(textOf))
    expect(kept).toEqual(partial === undefined ? [] : [partial])
    const next = await run.next()
    expect(next).toMatchObject({ kind: 'call-tools', response: { parts: [{ content: 'Hello' }] } })
    expect(run.allMessages()).toHaveLength(2)
  })

  it('ten minutes of silence', async () => {
    const { run, clock } = startRun(door)
    await run.next()
    answers.push(stream(door.begin, stay), json(door.whole))
    const events = run.stream()
    let event = await events.next()
    while (!event.done && event.value.eventKind !== 'part_start') event = await events.next()
    const rest = rejection(collect(events))
    await arrived.promise
    await clock.advance(599_999)
    expect(run.actor.getSnapshot().value).toEqual({ ModelRequest: { active: 'requesting' } })
    await clock.advance(600_000)
    expect(await rest).toMatchObject({ name: 'ModelAPIError', isRetryable: true })
    expect(run.actor.getSnapshot().value).toEqual({ ModelRequest: 'ready' })
    expect(await run.next()).toMatchObject({ kind: 'call-tools' })
  })
})

function textOf(part: object): readonly unknown[] {
  return 'partKind' in part && part.partKind === 'text' && 'content' in part ? [part.content] : []
}
