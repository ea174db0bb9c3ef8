import { memoryStore } from '../store/index.ts'
import { isLoopback } from './access.ts'
import { errorInfo } from './actor-watch.ts'
import { Desk } from './desk.ts'
import { Hub } from './hub.ts'
import { agentsByName, type InspectorOptions } from './options.ts'
import { readPageFile } from './page-files.ts'
import { InspectorServer } from './server.ts'

/** An inspector that is being served. */
export interface ServedInspector {
  /** The page, with the token that lets in whoever has it. */
  readonly url: string
  /**
   * Where other XState apps tell of their actors, such as by `createWebSocketInspector` of `@statelyai/inspect`; needs the
   * optional package `ws`.
   */
  readonly inspectUrl: string
  /** What whoever serves it should know: that others can reach it, or that the page is missing. */
  readonly warnings: readonly string[]
  /** Stops serving, and lets go of the runs that were started here. A store that was given stays open. */
  readonly close: () => Promise<void>
}

/** So that a run that was started here can be forked from any of its steps. */
const keptSteps = 10_000

/**
 * Serves the inspector: a page that shows runs as they happen, and drives them. Nothing is loaded from the network.
 *
 * @throws {UserError} when two agents have the same name
 * @throws when the port is taken
 */
export async function serveInspector<TDeps = unknown>(
  options: InspectorOptions<TDeps>,
): Promise<ServedInspector>
export async function serveInspector(options: InspectorOptions): Promise<ServedInspector> {
  const { host = '127.0.0.1', port = 0, deps } = options
  const agents = agentsByName(options.agents ?? [])
  const ownsStore = options.store === undefined
  const store = options.store ?? memoryStore({ retention: { keepSteps: keptSteps } })
  const hub = new Hub({ agents: [...agents.keys()], hasStore: !ownsStore }, (id) => desk.drop(id))
  const desk: Desk = new Desk(hub, { agents, deps, store, ownsStore })
  const server = new InspectorServer(hub, desk)
  await server.listen({ host, port })
  const { url, inspectUrl } = server
  const close = async (): Promise<void> => {
    await server.close()
    await desk.close()
    if (ownsStore) await store.close()
  }
  return { url, inspectUrl, warnings: await warningsFor(host), close }
}

async function warningsFor(host: string): Promise<readonly string[]> {
  const reach = `Other machines can reach ${host}, over a connection that is not encrypted`
  const missing = await readPageFile('index.html').then(nothing, errorInfo)
  return [...(isLoopback(host) ? [] : [reach]), ...(missing === null ? [] : [missing.message])]
}

function nothing(): null {
  return null
}
