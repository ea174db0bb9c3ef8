import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ModelResponseInput } from '../../src/messages/index.ts'
import type { ModelCall } from '../../src/models/index.ts'
import type { DirectModelOptions } from '../../src/models/direct-model.ts'
import { OpenAIResponsesModel } from '../../src/models/openai-responses/model.ts'
import { type AgentEvent, ResponseFold } from '../../src/streaming/index.ts'
import { at } from './calls.ts'

/** A request as it arrived. */
export interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: Readonly<Record<string, unknown>>
}

/** A Responses API on loopback that answers as the test says. */
export class ResponsesServer {
  readonly asked: Asked[] = []
  /** Writes the next answers. */
  answer: (response: ServerResponse, asked: Asked) => void = (response) => response.end()
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const body = JSON.parse(Buffer.concat(chunks).toString() || '{}') as Asked['body']
      const asked = { method, url, headers, body }
      this.asked.push(asked)
      this.answer(response, asked)
    })
  })

  static async start(): Promise<ResponsesServer> {
    const server = new ResponsesServer()
    server.#server.listen(0, '127.0.0.1')
    await once(server.#server, 'listening')
    return server
  }

  /** What was asked, in short: `GET /v1/responses/resp_1?stream=false`. */
  get requests(): string[] {
    return this.asked.map(({ method, url }) => `${method} ${url}`)
  }

  model(modelName = 'gpt-4o', options: DirectModelOptions = {}): OpenAIResponsesModel {
    const { port } = this.#server.address() as AddressInfo
    const baseUrl = `http://127.0.0.1:${port}/v1`
    return new OpenAIResponsesModel(modelName, { baseUrl, apiKey: 'key', ...options })
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
): ResponsesServer['answer'] {
  return (response) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text)
  }
}

/** Events of a stream as they go over the wire; text goes as it is. */
export function eventText(...events: readonly (StreamEvent | string)[]): string {
  return events
    .map((event) =>
      typeof event === 'string'
        ? event
        : `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`,
    )
    .join('')
}

export function streamed(...events: readonly (StreamEvent | string)[]): ResponsesServer['answer'] {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(eventText(...events))
  }
}

/** An event of a stream. */
export interface StreamEvent {
  readonly type: string
  readonly [key: string]: unknown
}

export const body = {
  id: 'resp_1',
  object: 'response',
  created_at: 1_767_225_600,
  model: 'gpt-4o-2024-08-06',
  status: 'completed',
  background: false,
  error: null,
  incomplete_details: null,
  output: [
    {
      type: 'message',
      id: 'msg_1',
      status: 'completed',
      role: 'assistant',
      content: [{ type: 'output_text', text: 'Hello', annotations: [] }],
    },
  ],
  usage: { input_tokens: 3, output_tokens: 2, total_tokens: 5 },
}

const pending = { ...body, status: 'in_progress', output: [], usage: null }

/** The events of a response that says something; `fields` hold of it from the beginning. */
export function begun(...texts: readonly string[]): StreamEvent[] {
  return begunWith({}, ...texts)
}

export function begunWith(fields: object, ...texts: readonly string[]): StreamEvent[] {
  const item = { type: 'message', id: 'msg_1', role: 'assistant', content: [] }
  const events = [
    { type: 'response.created', response: { ...pending, ...fields } },
    { type: 'response.output_item.added', item },
    ...texts.map((delta) => ({ type: 'response.output_text.delta', item_id: 'msg_1', delta })),
  ]
  return events.map((event, sequence_number) => ({ ...event, sequence_number }))
}

/** The last event. */
export function ended(type = 'response.completed', fields: object = {}): StreamEvent {
  return { type, response: { ...body, ...fields }, sequence_number: 99 }
}

/** What came before the error, and the error if there was one. */
export async function pull(
  model: OpenAIResponsesModel,
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
