import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Agent } from '../../src/agent/index.ts'
import {
  ModelAPIError,
  ModelHTTPError,
  ModelStreamError,
  UnexpectedModelBehavior,
} from '../../src/errors/index.ts'
import { ManualClock } from '../../src/testing/index.ts'
import { rejection } from '../agent/script.ts'
import { collect } from '../helpers/events.ts'
import { type Door, doors, modelAt } from './doors.ts'
import { LoopbackServer, type Respond, streamed, unfinished, whole } from './loopback-server.ts'

let server: LoopbackServer
let answers: Respond[]
let arrived: PromiseWithResolvers<void>

beforeEach(async () => {
  server = await LoopbackServer.start()
  answers = []
  arrived = Promise.withResolvers()
  server.answer = (response, asked) => {
    arrived.resolve()
    answers.shift()?.(response, asked)
  }
})
afterEach(() => server.close())

const html = whole('<html>Sign in</html>', { headers: { 'content-type': 'text/html' } })
const cut = (response: ServerResponse): void => void response.destroy()

function startRun({ name }: Door) {
  const clock = new ManualClock()
  return { clock, run: new Agent({ model: modelAt(server, name) }).iter('Hi', { clock }) }
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
    answer: () => whole(limited, { status: 429, headers: { 'retry-after': '7' } }),
    error: ModelHTTPError,
    facts: { statusCode: 429, retryAfter: 7, isRetryable: true },
  },
  {
    what: 'a 429 instead of a stream',
    isStreamed: true,
    answer: () => whole(limited, { status: 429, headers: { 'retry-after': '7' } }),
    error: ModelHTTPError,
    facts: { statusCode: 429, retryAfter: 7, isRetryable: true },
  },
  {
    what: 'a 500',
    isStreamed: false,
    answer: () => whole(broken, { status: 500 }),
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
    answer: ({ begin }) => unfinished([begin], cut),
    error: ModelAPIError,
    facts: { isRetryable: true },
    partial: 'Hel',
  },
  {
    what: 'a stream that stops without its end',
    isStreamed: true,
    answer: ({ begin }) => streamed(begin),
    error: ModelAPIError,
    facts: { isRetryable: true },
    partial: 'Hel',
  },
  {
    what: 'an event that is no JSON',
    isStreamed: true,
    answer: ({ begin }) => streamed(begin, 'event: content_block_delta\ndata: {"cho\n\n'),
    error: UnexpectedModelBehavior,
    partial: 'Hel',
  },
  {
    what: 'an error in the stream',
    isStreamed: true,
    answer: ({ begin, trouble }) => streamed(begin, trouble),
    error: ModelStreamError,
    partial: 'Hel',
  },
]

describe.each(doors)('$name leaves the run at its request, to be tried again, after', (door) => {
  it.each(failures)('$what', async ({ isStreamed, answer, error, facts = {}, partial }) => {
    const { run } = startRun(door)
    await run.next()
    answers.push(answer(door), whole(door.whole))
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
    answers.push(unfinished([door.begin]), whole(door.whole))
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
