import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ModelResponseInput } from '../../src/messages/index.ts'
import { GoogleModel, type GoogleModelOptions } from '../../src/models/google/model.ts'
import { profileOf } from '../../src/models/google/profile.ts'
import { requestBody } from '../../src/models/google/request-body.ts'
import { traitsOf } from '../../src/models/google/traits.ts'
import type { ModelCall } from '../../src/models/index.ts'
import { type AgentEvent, ResponseFold } from '../../src/streaming/index.ts'
import { at, modelCall } from './calls.ts'

interface Asked {
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: Readonly<Record<string, unknown>>
}

/** A Gemini API on loopback that answers as the test says. */
export class GoogleServer {
  readonly asked: Asked[] = []
  /** Writes the next answers. */
  answer: (response: ServerResponse) => void = whole(content(['Hello'], 'STOP'))
  readonly #server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8').on('data', (piece: string) => (text += piece))
    request.on('end', () => {
      const body = JSON.parse(text) as Asked['body']
      this.asked.push({ url: request.url ?? '', headers: request.headers, body })
      this.answer(response)
    })
  })

  static async start(): Promise<GoogleServer> {
    const server = new GoogleServer()
    server.#server.listen(0, '127.0.0.1')
    await once(server.#server, 'listening')
    return server
  }

  model(modelName = 'gemini-2.5-flash', options: GoogleModelOptions = {}): GoogleModel {
    const baseUrl = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1beta`
    return new GoogleModel(modelName, { baseUrl, apiKey: 'key', ...options })
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

/** A whole answer, or one piece of a streamed one: texts or raw parts. */
export function content(
  parts: readonly (string | object)[],
  finishReason?: string,
  fields: object = {},
) {
  const raw = parts.map((part) => (typeof part === 'string' ? { text: part } : part))
  const candidate = { content: { role: 'model', parts: raw }, finishReason, ...fields }
  return {
    candidates: [candidate],
    modelVersion: 'gemini-2.5-flash-001',
    responseId: 'r1',
    usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2 },
  }
}

/** Answers whole, as JSON unless told otherwise. */
export function whole(
  body: unknown,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): GoogleServer['answer'] {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text)
  }
}

/** A piece of a stream as it goes over the wire; text goes as it is. */
export function eventText(chunk: object | string): string {
  return typeof chunk === 'string' ? chunk : `data: ${JSON.stringify(chunk)}\r\n\r\n`
}

export function streamed(...chunks: readonly (object | string)[]): GoogleServer['answer'] {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(chunks.map(eventText).join(''))
  }
}

/** What came of a stream: events, the response as far as it came, and the error if there was one. */
export async function pull(
  model: GoogleModel,
  call: ModelCall,
): Promise<{
  readonly events: readonly AgentEvent[]
  readonly response: ModelResponseInput
  readonly error?: unknown
}> {
  const events: AgentEvent[] = []
  const emit = (event: AgentEvent): void => void events.push(event)
  const fold = new ResponseFold({ emit, timestamp: at, awaited: call.parameters })
  try {
    for await (const delta of model.stream(call)) fold.add(delta)
    fold.end()
    return { events, response: fold.response }
  } catch (error) {
    return { events, response: fold.response, error }
  }
}

/** What a model is sent. */
export function sentBody(
  changes: Parameters<typeof modelCall>[0],
  modelName = 'gemini-2.5-flash',
  isVertex = false,
): Readonly<Record<string, unknown>> {
  return requestBody(modelCall(changes), {
    modelName,
    system: isVertex ? 'google-cloud' : 'google',
    isVertex,
    profile: profileOf(modelName),
    traits: traitsOf(modelName),
  })
}
