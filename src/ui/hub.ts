/**
 * Everything the inspector shows, and whoever looks at it.
 *
 *   H1. A listener is told first all that is known, then what happens, and nothing twice.
 *   H2. Sessions are bounded in number: the oldest that are over make room.
 */
import { bounded } from './bounded.ts'
import type { ServerMessage, SessionSummary } from './protocol.ts'
import { Session, type SessionMessage } from './session.ts'

type Listener = (message: ServerMessage) => void

const mostSessions = 100
const mostMachines = 500
const graphBounds = {
  depth: 100,
  items: 2_000,
  text: 10_000,
  file: 0,
  values: 50_000,
  characters: 1_000_000,
}

export class Hub {
  readonly #hello: Extract<ServerMessage, { readonly type: 'hello' }>
  readonly #sessions = new Map<string, Session>()
  readonly #machines = new Map<string, Extract<ServerMessage, { readonly type: 'machine' }>>()
  /** Ids of machines by their graph's JSON. */
  readonly #machineIds = new Map<string, string>()
  readonly #listeners = new Set<Listener>()
  readonly #onGone: (session: string) => void

  /** @param onGone called for sessions that made room for others */
  constructor(
    { agents, hasStore }: { readonly agents: readonly string[]; readonly hasStore: boolean },
    onGone: (session: string) => void = () => {},
  ) {
    this.#hello = { type: 'hello', protocol: 1, agents, hasStore, mode: 'live' }
    this.#onGone = onGone
  }

  get isWatched(): boolean {
    return this.#listeners.size > 0
  }

  get sessions(): readonly SessionSummary[] {
    return [...this.#sessions.values()].map(({ summary }) => summary)
  }

  session(id: string): Session | undefined {
    return this.#sessions.get(id)
  }

  /** @returns leaves */
  join(listener: Listener): () => void {
    for (const message of this.#all()) listener(message)
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  tell(message: SessionMessage): void {
    if (message.type === 'session') this.#open(message.session)
    const id = message.type === 'session' ? message.session.id : message.session
    const session = this.#sessions.get(id)
    if (session === undefined) return
    session.take(message)
    this.#send(message)
  }

  /** Forgets a session. */
  drop(session: string): void {
    if (!this.#sessions.delete(session)) return
    this.#send({ type: 'session-gone', session })
  }

  /** The id under which pages know a machine; told when it is new. `null`: there are too many. */
  machine(name: string, graph: unknown): string | null {
    const shown = bounded(graph, graphBounds)
    const text = JSON.stringify(shown)
    const known = this.#machineIds.get(text)
    if (known !== undefined) return known
    if (this.#machines.size >= mostMachines) return null
    const machineId = this.#unusedId(name)
    const message = { type: 'machine', machineId, graph: shown } as const
    this.#machineIds.set(text, machineId)
    this.#machines.set(machineId, message)
    this.#send(message)
    return machineId
  }

  /** One session by itself, as a page is told that can command nothing. */
  recording(id: string): readonly ServerMessage[] | undefined {
    const session = this.#sessions.get(id)
    if (session === undefined) return undefined
    const hello = { ...this.#hello, agents: [], hasStore: false, mode: 'file' } as const
    return [hello, ...this.#machines.values(), ...session.replay()].map(withoutCommands)
  }

  *#all(): Generator<ServerMessage> {
    yield this.#hello
    yield* this.#machines.values()
    for (const session of this.#sessions.values()) yield* session.replay()
  }

  #open(summary: SessionSummary): void {
    if (this.#sessions.has(summary.id)) return
    if (this.#sessions.size >= mostSessions) this.#makeRoom()
    this.#sessions.set(summary.id, new Session(summary))
  }

  #makeRoom(): void {
    const oldest = this.sessions.find(({ status }) =>
      ['done', 'failed', 'stopped'].includes(status),
    )
    const [first] = this.sessions
    const gone = oldest ?? first
    if (gone === undefined) return
    this.drop(gone.id)
    this.#onGone(gone.id)
  }

  #unusedId(name: string): string {
    let id = name
    for (let count = 2; this.#machines.has(id); count += 1) id = `${name}#${count}`
    return id
  }

  #send(message: ServerMessage): void {
    for (const listener of this.#listeners) listener(message)
  }
}

function withoutCommands(message: ServerMessage): ServerMessage {
  if (message.type !== 'session') return message
  return { ...message, session: { ...message.session, can: [] } }
}
