import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'

/** A request as it arrived. */
export interface Arrival {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

export interface Answer {
  readonly status: number
  readonly contentType?: string
  readonly body: string
  readonly delayMs?: number
}

/** A server on loopback that gives prepared answers and remembers what it was asked. */
export class ReplayServer {
  /** In the order of arrival. */
  readonly arrivals: Arrival[] = []
  readonly #answers: Answer[] = []
  readonly #server: Server

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response))
  }

  static async start(): Promise<ReplayServer> {
    const replay = new ReplayServer()
    replay.#server.listen(0, '127.0.0.1')
    await once(replay.#server, 'listening')
    return replay
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Answers the next request that has no answer yet. */
  answerNext(answer: Answer): void {
    this.#answers.push(answer)
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request
    this.arrivals.push({ method, path: url, headers, body: await readBody(request) })
    const next = this.#answers.shift() ?? { status: 599, body: 'no answer was prepared' }
    const { status, contentType = 'application/json', delayMs = 0, body } = next
    await setTimeout(delayMs)
    response.writeHead(status, { 'content-type': contentType }).end(body)
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
