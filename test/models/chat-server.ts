import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ModelResponseInput } from '../../src/messages/index.ts'
import type { ModelCall } from '../../src/models/index.ts'
import type { DirectModelOptions } from '../../src/models/direct-model.ts'
import { OpenAIChatModel } from '../../src/models/openai-chat/model.ts'
import { type AgentEvent, ResponseFold } from '../../src/streaming/index.ts'
import { at } from './calls.ts'

/** A request as it arrived. */
export interface Asked {
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: Readonly<Record<string, unknown>>
}

/** A chat completions API on loopback that answers as the test says. */
export class ChatServer {
  readonly asked: Asked[] = []
  /** Writes the next answers. */
  answer: (response: ServerResponse) => void = (response) => response.end()
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Asked['body']
      this.asked.push({ url: request.url ?? '', headers: request.headers, body })
      this.answer(response)
    })
  })

  static async start(): Promise<ChatServer> {
    const server = new ChatServer()
    server.#server.listen(0, '127.0.0.1')
    await once(server.#server, 'listening')
    return server
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`
  }

  model(modelName = 'gpt-4o', options: DirectModelOptions = {}): OpenAIChatModel {
    return new OpenAIChatModel(modelName, { baseUrl: this.url, apiKey: 'key', ...options })
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
): ChatServer['answer'] {
  return (response) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text)
  }
}

export const completion = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_767_225_600,
  model: 'gpt-4o-2024-08-06',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hello' } }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
}

/** Chunks of a stream as they go over the wire; text goes as it is. */
export function eventText(...chunks: readonly (object | string)[]): string {
  return chunks
    .map((chunk) => (typeof chunk === 'string' ? chunk : `data: ${JSON.stringify(chunk)}\n\n`))
    .join('')
}

export function streamed(...chunks: readonly (object | string)[]): ChatServer['answer'] {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(eventText(...chunks))
  }
}

/** One chunk with something new in it. */
export function delta(fields: object, finishReason: string | null = null) {
  const { id, created, model } = completion
  const choices = [{ index: 0, delta: fields, finish_reason: finishReason }]
  return { id, object: 'chat.completion.chunk', created, model, choices }
}

export const done = 'data: [DONE]\n\n'

/** What came before the error, and the error if there was one. */
export async function pull(
  model: OpenAIChatModel,
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
