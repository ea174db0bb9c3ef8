/**
 * The inspector's web server.
 *
 *   GET  /, /page.js, …        the page: nothing of anybody's, and no token needed
 *   GET  /events               all that happens, as server-sent events
 *   POST /command              one command
 *   GET  /export?session=<id>  a session as a file
 *   GET  /inspect?token=<…>    WebSocket: another app tells of its actors
 *
 *   V1. What is not about the page needs the token, and no other site can ask for it; see `access.ts`.
 *   V2. What is sent in has a size; what is sent out to a page that does not read is let go of.
 *   V3. Nothing but the files of the page can be read.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { UserError } from '../errors/index.ts'
import {
  bearerOf,
  hostInUrl,
  newToken,
  type Place,
  type Refusal,
  refuseHost,
  refuseOrigin,
  refuseToken,
} from './access.ts'
import { errorInfo } from './actor-watch.ts'
import type { Desk } from './desk.ts'
import { recordingHtml } from './export-html.ts'
import { ForeignApps } from './foreign-apps.ts'
import type { Hub } from './hub.ts'
import { isPageFile, pageTypes, readPageFile } from './page-files.ts'
import type { Command, CommandResult, ServerMessage } from './protocol.ts'
import { readCommand } from './read-command.ts'

const mostBody = 2_000_000
const mostUnread = 64_000_000
const mostPages = 20
const refreshMs = 1_500
const keepAliveMs = 20_000

const safe = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'x-frame-options': 'DENY',
}

const contentPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  'media-src data:',
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

export class InspectorServer {
  readonly #hub: Hub
  readonly #desk: Desk
  readonly #apps: ForeignApps
  readonly #server: Server
  readonly #token = newToken()
  readonly #pages = new Set<ServerResponse>()
  #place: Place = { host: '', port: 0 }
  #timer: NodeJS.Timeout | undefined

  constructor(hub: Hub, desk: Desk) {
    this.#hub = hub
    this.#desk = desk
    this.#apps = new ForeignApps(hub)
    this.#server = createServer({ requestTimeout: 30_000 }, (request, response) => {
      this.#answer(request, response).catch((error: unknown) => fail(response, error))
    })
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#upgrade(request, socket, head).catch(() => socket.destroy())
    })
  }

  /** For people, with the token. */
  get url(): string {
    return `${this.#origin('http')}/?token=${this.#token}`
  }

  /** For other apps, with the token. */
  get inspectUrl(): string {
    return `${this.#origin('ws')}/inspect?token=${this.#token}`
  }

  /** @throws when the address is taken, or none of this machine's */
  async listen({ host, port }: Place): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#server.once('error', reject)
    this.#server.listen({ host, port }, resolve)
    await promise
    const address = this.#server.address()
    const bound = typeof address === 'object' && address !== null ? address.port : port
    this.#place = { host, port: bound }
    let sinceAlive = 0
    this.#timer = setInterval(() => {
      sinceAlive += refreshMs
      if (sinceAlive >= keepAliveMs) this.#keepAlive()
      if (sinceAlive >= keepAliveMs) sinceAlive = 0
      if (this.#hub.isWatched) void this.#desk.refresh().catch(() => {}) // the store may be back next time
    }, refreshMs)
    this.#timer.unref()
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.#apps.close()
    for (const page of this.#pages) page.destroy()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#server.close(() => resolve())
    this.#server.closeAllConnections()
    await promise
  }

  #keepAlive(): void {
    for (const page of this.#pages) page.write(':\n\n')
  }

  #origin(scheme: string): string {
    return `${scheme}://${hostInUrl(this.#place.host)}:${this.#place.port}`
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(safe)) response.setHeader(name, value)
    const { headers, method = '' } = request
    const url = urlOf(request)
    const refusal = refuseHost(headers, this.#place) ?? refuseOrigin(headers)
    if (refusal !== undefined) return refuse(response, refusal)
    const name = url.pathname === '/' ? 'index.html' : url.pathname.slice(1)
    if (isPageFile(name)) return sendFile(response, method, name)
    const route = this.#routes[`${method} ${url.pathname}`]
    if (route === undefined)
      return refuse(response, { status: 404, message: 'There is nothing here' })
    const stranger = refuseToken(bearerOf(headers), this.#token) // V1
    if (stranger !== undefined) return refuse(response, stranger)
    await route(request, response, url)
  }

  readonly #routes: Readonly<Record<string, Route>> = {
    'GET /events': (_, response) => this.#stream(response),
    'POST /command': (request, response) => this.#command(request, response),
    'GET /export': (_, response, url) =>
      this.#export(response, url.searchParams.get('session') ?? ''),
  }

  #stream(response: ServerResponse): void {
    if (this.#pages.size >= mostPages)
      return refuse(response, { status: 429, message: 'Too many pages are open' })
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
    this.#pages.add(response)
    let isToldAll = false
    const leave = this.#hub.join((message: ServerMessage) => {
      const isBehind = isToldAll && response.writableLength > mostUnread
      if (isBehind) response.destroy() // V2: it comes back and is told anew
      else if (!response.writableEnded && !response.destroyed)
        response.write(`data: ${JSON.stringify(message)}\n\n`)
    })
    isToldAll = true
    response.on('close', () => {
      leave()
      this.#pages.delete(response)
    })
  }

  async #command(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!/^application\/json\b/.test(request.headers['content-type'] ?? ''))
      return refuse(response, { status: 415, message: 'Commands are JSON' })
    const body = await bodyOf(request)
    if (body === undefined)
      return refuse(response, { status: 413, message: `A command has at most ${mostBody} bytes` })
    let command: Command
    try {
      command = readCommand(body)
    } catch (error) {
      return sendJson(response, 400, { ok: false, error: errorInfo(error) })
    }
    const result = await this.#desk.perform(command)
    sendJson(response, result.ok ? 200 : 422, result)
  }

  async #export(response: ServerResponse, session: string): Promise<void> {
    const recording = this.#hub.recording(session)
    if (recording === undefined)
      return refuse(response, { status: 404, message: 'There is no such session' })
    const html = await recordingHtml(recording)
    response.setHeader('content-disposition', 'attachment; filename="run.html"')
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html)
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const url = urlOf(request)
    // Apps in browsers come from any origin; what lets them in is the token.
    const refusal =
      refuseHost(request.headers, this.#place) ??
      refuseToken(url.searchParams.get('token'), this.#token)
    const isKnown = url.pathname === '/inspect'
    if (refusal !== undefined || !isKnown) return hangUp(socket, isKnown ? 403 : 404)
    if (!(await this.#apps.welcome(request, socket, head))) hangUp(socket, 501)
  }
}

type Route = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void> | void

function urlOf({ url = '/' }: IncomingMessage): URL {
  return new URL(url.replace(/^\/+/, '/'), 'http://inspector')
}

async function sendFile(
  response: ServerResponse,
  method: string,
  name: keyof typeof pageTypes,
): Promise<void> {
  if (method !== 'GET' && method !== 'HEAD')
    return refuse(response, { status: 405, message: 'The page can only be read' })
  const text = await readPageFile(name)
  const headers = { 'content-type': pageTypes[name], 'content-security-policy': contentPolicy }
  response.writeHead(200, headers).end(method === 'HEAD' ? '' : text)
}

/** `undefined` for one that is too large. V2 */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length
    if (size > mostBody) return undefined
    pieces.push(piece)
  }
  return new TextDecoder().decode(concat(pieces, size))
}

function concat(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const all = new Uint8Array(size)
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}

function sendJson(response: ServerResponse, status: number, value: CommandResult): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

function refuse(
  response: ServerResponse,
  { status, message }: Omit<Refusal, 'status'> & { readonly status: number },
): void {
  response.setHeader('connection', 'close')
  sendJson(response, status, { ok: false, error: { name: 'Refused', message } })
}

function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent) response.destroy()
  else
    sendJson(response, error instanceof UserError ? 503 : 500, {
      ok: false,
      error: errorInfo(error),
    })
}

function hangUp(socket: Duplex, status: number): void {
  const words: Readonly<Record<number, string>> = {
    403: 'Forbidden',
    404: 'Not Found',
    501: 'Not Implemented: install the package ws',
  }
  socket.end(`HTTP/1.1 ${status} ${words[status] ?? 'Refused'}\r\nConnection: close\r\n\r\n`)
}
