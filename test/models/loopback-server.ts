import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ModelResponseInput } from '../../src/messages/index.ts'
import type { Model, ModelCall } from '../../src/models/index.ts'
import { type AgentEvent, ResponseFold } from '../../src/streaming/index.ts'
import { rejection } from '../agent/script.ts'
import { at, modelCall } from './calls.ts'

/** A request as it arrived. */
export interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: Readonly<Record<string, unknown>>
}

/** Writes an answer. */
export type Respond = (response: ServerResponse, asked: Asked) => void

/** A provider on loopback that answers as the test says. */
export class LoopbackServer {
  readonly asked: Asked[] = []
  /** Writes the next answers. */
  answer: Respond = (response) => response.end()
  readonly #responses: Promise<unknown>[] = []
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = []
    this.#responses.push(once(response, 'close'))
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const body = JSON.parse(Buffer.concat(chunks).toString() || '{}') as Asked['body']
      const asked = { method, url, headers, body }
      this.asked.push(asked)
      this.answer(response, asked)
    })
  })
  /** What was asked, in short: `GET /v1/responses/resp_1?stream=false`. */
  get requests(): string[] {
    return this.asked.map(({ method, url }) => `${method} ${url}`)
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Resolves when all connections that were asked over are closed, or have got their whole answer. */
  async closed(): Promise<void> {
    await Promise.all(this.#responses)
  }

  static async start<TServer extends LoopbackServer>(this: new () => TServer): Promise<TServer> {
    const server = new this()
    server.#server.listen(0, '127.0.0.1')
    await once(server.#server, 'listening')
    return server
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

/** Answers whole, as JSON unless told otherwise. */
export function whole(
  body: unknown,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): Respond {
  return (response) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text)
  }
}

/** Events of a stream as they go over the wire, named by their `type` if they have one; text goes as it is. */
export function eventText(...events: readonly (object | string)[]): string {
  return events
    .map((event) => {
      if (typeof event === 'string') return event
      const name = 'type' in event ? `event: ${String(event.type)}\n` : ''
      return `${name}data: ${JSON.stringify(event)}\n\n`
    })
    .join('')
}

export function streamed(...events: readonly (object | string)[]): Respond {
  return unfinished(events, (response) => response.end())
}

/** A stream that begins, and then what the test does with it. Left alone, it stays open. */
export function unfinished(
  events: readonly (object | string)[],
  next: (response: ServerResponse) => void = () => {},
): Respond {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(eventText(...events), () => next(response))
  }
}

/** What becomes of a request that fails: asked for in one, and in pieces. */
export async function errorsOf(
  model: Required<Pick<Model, 'request' | 'stream'>>,
  call = modelCall(),
): Promise<readonly [inOne: unknown, inPieces: unknown]> {
  const { error } = await pull(model, call)
  return [await rejection(model.request(call)), error]
}

/** What came of a stream: events, the response as far as it came, and the error if there was one. */
export async function pull(
  model: Required<Pick<Model, 'stream'>>,
  call: ModelCall,
): Promise<{
  readonly response: ModelResponseInput
  readonly events: readonly AgentEvent[]
  readonly error?: unknown
}> {
  const events: AgentEvent[] = []
  const emit = (event: AgentEvent): void => void events.push(event)
  const fold = new ResponseFold({ emit, timestamp: at, awaited: call.parameters })
  try {
    for await (const piece of model.stream(call)) fold.add(piece)
    fold.end()
    return { response: fold.response, events }
  } catch (error) {
    return { response: fold.response, events, error }
  }
}
