import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ModelResponseInput } from '../../src/messages/index.ts'
import type { ModelCall } from '../../src/models/index.ts'
import { requestBody } from '../../src/models/anthropic/request-body.ts'
import { AnthropicModel } from '../../src/models/anthropic/model.ts'
import type { DirectModelOptions } from '../../src/models/direct-model.ts'
import { type ResponseDelta, ResponseFold } from '../../src/streaming/index.ts'
import { at, modelCall } from './calls.ts'

/** A request as it arrived. */
export interface Asked {
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: Readonly<Record<string, unknown>>
}

/** A Messages API on loopback that answers as the test says. */
export class AnthropicServer {
  readonly asked: Asked[] = []
  /** Writes the next answers. */
  answer: (response: ServerResponse, asked: Asked) => void = (response) => response.end()
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Asked['body']
      const asked = { url: request.url ?? '', headers: request.headers, body }
      this.asked.push(asked)
      this.answer(response, asked)
    })
  })

  static async start(): Promise<AnthropicServer> {
    const server = new AnthropicServer()
    server.#server.listen(0, '127.0.0.1')
    await once(server.#server, 'listening')
    return server
  }

  model(modelName = 'claude-sonnet-4-5', options: DirectModelOptions = {}): AnthropicModel {
    const { port } = this.#server.address() as AddressInfo
    const baseUrl = `http://127.0.0.1:${port}/v1`
    return new AnthropicModel(modelName, { baseUrl, apiKey: 'key', ...options })
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
): AnthropicServer['answer'] {
  return (response) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text)
  }
}

/** An event of a stream. */
export interface StreamEvent {
  readonly type: string
  readonly [key: string]: unknown
}

/** Events of a stream as they go over the wire. */
export function eventText(...events: readonly StreamEvent[]): string {
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('')
}

/** Streams events and text as they are. */
export function streamed(...parts: readonly (StreamEvent | string)[]): AnthropicServer['answer'] {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const part of parts) response.write(typeof part === 'string' ? part : eventText(part))
    response.end()
  }
}

export const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-5-20250929',
  content: [{ type: 'text', text: 'Hello' }],
  stop_reason: 'end_turn',
  usage: { input_tokens: 3, output_tokens: 2 },
}

export const start = {
  type: 'message_start',
  message: { ...message, content: [], stop_reason: null },
}

export const stop = { type: 'message_stop' }

/** The last event but one. */
export function end(stop_reason: string, more: Readonly<Record<string, unknown>> = {}) {
  return {
    type: 'message_delta',
    delta: { stop_reason, ...more },
    usage: { output_tokens: 9 },
  }
}

/** The events of one block: its beginning, its deltas, its end. */
export function block(index: number, content_block: unknown, ...deltas: readonly unknown[]) {
  return [
    { type: 'content_block_start', index, content_block },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ]
}

export function textBlock(index: number, ...texts: readonly string[]) {
  const deltas = texts.map((text) => ({ type: 'text_delta', text }))
  return block(index, { type: 'text', text: '' }, ...deltas)
}

/** What came before the error, and the error if there was one. */
export async function pull(
  model: AnthropicModel,
  call: ModelCall,
): Promise<{ readonly response: ModelResponseInput; readonly error?: unknown }> {
  const fold = new ResponseFold({ emit: () => {}, timestamp: at })
  try {
    for await (const delta of model.stream(call)) fold.add(delta satisfies ResponseDelta)
    return { response: fold.response }
  } catch (error) {
    return { response: fold.response, error }
  }
}

/** What is asked beside a plain prompt, and of whom. */
export type Asking = Parameters<typeof modelCall>[0] & { readonly modelName?: string }

/** What goes over the wire for it. */
export function bodyOf({ modelName = 'claude-sonnet-4-5', ...call }: Asking): Asked['body'] {
  return requestBody(modelCall(call), new AnthropicModel(modelName), false)
}
