/**
 * XState apps of any kind that tell of their actors over a WebSocket, in the protocol of `@statelyai/inspect`.
 *
 * One connection is one session. What comes in is untrusted: sized by the socket, bounded before it is kept.
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { RawData, WebSocketServer } from 'ws'
import { isRecord, parseJson } from '../codec/index.ts'
import { transitionOf } from './actor-watch.ts'
import { bounded, boundedText, smallBounds } from './bounded.ts'
import type { Hub } from './hub.ts'
import type { SessionSummary, Transition } from './protocol.ts'

const mostPayload = 4_000_000
const mostApps = 50

export class ForeignApps {
  readonly #hub: Hub
  #sockets: Promise<WebSocketServer | undefined> | undefined
  #count = 0

  constructor(hub: Hub) {
    this.#hub = hub
  }

  /** @returns whether it could: `ws` is an optional package */
  async welcome(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<boolean> {
    this.#sockets ??= openSockets()
    const sockets = await this.#sockets
    if (sockets === undefined || sockets.clients.size >= mostApps) return false
    sockets.handleUpgrade(request, socket, head, (connection) => {
      this.#count += 1
      const app = new ForeignApp(this.#hub, `app-${this.#count}`)
      connection.on('message', (data) => app.take(textOf(data)))
      connection.on('close', () => app.leave())
      connection.on('error', () => connection.terminate())
    })
    return true
  }

  close(): void {
    void this.#sockets?.then(hangUp)
  }
}

function hangUp(sockets: WebSocketServer | undefined): void {
  for (const client of sockets?.clients ?? []) client.terminate()
  sockets?.close()
}

async function openSockets(): Promise<WebSocketServer | undefined> {
  const found = await import('ws').catch(() => undefined)
  return found && new found.WebSocketServer({ noServer: true, maxPayload: mostPayload })
}

function textOf(data: RawData): string {
  const pieces = Array.isArray(data) ? data : [new Uint8Array(data)]
  const decoder = new TextDecoder()
  return pieces.map((piece) => decoder.decode(piece, { stream: true })).join('')
}

type Told = Readonly<Record<string, unknown>>

/** One app. */
class ForeignApp {
  readonly #hub: Hub
  #summary: SessionSummary
  readonly #senders = new Map<string, string>()
  readonly #known = new Set<string>()

  constructor(hub: Hub, id: string) {
    const now = new Date().toISOString()
    this.#hub = hub
    this.#summary = {
      id,
      kind: 'system',
      title: 'XState app',
      agentName: null,
      runId: null,
      conversationId: null,
      status: 'running',
      startedAt: now,
      updatedAt: now,
      forkedFrom: null,
      can: [],
    }
    hub.tell({ type: 'session', session: this.#summary })
  }

  /** What is no message of the protocol is ignored. */
  take(text: string): void {
    const told = parsed(text)
    if (!isRecord(told) || typeof told['sessionId'] !== 'string') return
    const actorId = boundedText(told['sessionId'], { text: 200 })
    if (told['type'] === '@xstate.actor') this.#meet(actorId, told)
    else if (told['type'] === '@xstate.event') this.#hear(actorId, told)
    else if (told['type'] === '@xstate.snapshot') this.#move(actorId, told)
  }

  leave(): void {
    this.#tell({ status: 'stopped', updatedAt: new Date().toISOString() })
  }

  #meet(actorId: string, { name, parentId, definition, snapshot }: Told): void {
    const graph = typeof definition === 'string' ? parsed(definition) : undefined
    const isChart = isRecord(graph) && isRecord(graph['states'])
    const shownName = typeof name === 'string' ? boundedText(name, { text: 200 }) : actorId
    const machineName = isRecord(graph) && typeof graph['id'] === 'string' ? graph['id'] : shownName
    const isFirst = this.#known.size === 0
    this.#known.add(actorId)
    if (isFirst) this.#tell({ title: shownName })
    this.#hub.tell({
      type: 'actor',
      session: this.#summary.id,
      actor: {
        actorId,
        parentId: typeof parentId === 'string' && this.#known.has(parentId) ? parentId : null,
        name: shownName,
        kind: isChart ? 'machine' : 'other',
        machineId: isChart
          ? this.#hub.machine(boundedText(machineName, { text: 200 }), graph)
          : null,
      },
    })
    if (isRecord(snapshot)) this.#move(actorId, { snapshot, event: { type: 'xstate.init' } })
  }

  #hear(actorId: string, { sourceId }: Told): void {
    if (typeof sourceId === 'string' && this.#known.has(sourceId))
      this.#senders.set(actorId, sourceId)
    else this.#senders.delete(actorId)
  }

  #move(actorId: string, { snapshot, event }: Told): void {
    if (!isRecord(snapshot) || !this.#known.has(actorId)) return
    const type = isRecord(event) && typeof event['type'] === 'string' ? event['type'] : ''
    const transition = transitionOf(actorId, { ...(isRecord(event) && event), type }, snapshot)
    const context = snapshot['context']
    const from = this.#senders.get(actorId) ?? null
    this.#senders.delete(actorId)
    this.#hub.tell({
      type: 'transition',
      session: this.#summary.id,
      transition: { ...transition, from, ...shownContext(context) },
    })
  }

  #tell(change: Partial<SessionSummary>): void {
    this.#summary = { ...this.#summary, ...change }
    this.#hub.tell({ type: 'session', session: this.#summary })
  }
}

function shownContext(context: unknown): Pick<Transition, 'context'> {
  const shown = bounded(context, smallBounds)
  return isRecord(shown) ? { context: shown } : {}
}

function parsed(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}
