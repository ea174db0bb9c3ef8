/// <reference lib="esnext.disposable" preserve="true" />
import type { InspectionEvent } from 'xstate'
import { MissingPackageError } from '../errors/index.ts'
import type { InspectionBounds } from './bounds.ts'
import { safeInspector } from './safe-inspector.ts'
import { SocketAdapter } from './socket-adapter.ts'

/** Where Stately's inspector is, and how much it is shown. */
export interface StatelyOptions extends InspectionBounds {
  /**
   * The WebSocket server that passes events on to the inspector's page, such as that of `@statelyai/inspect/server`.
   * Default: `ws://localhost:8080`, where that one listens; in a browser none, but a window or a frame.
   */
  readonly server?: string
  /** In a browser: the address of the inspector's page. Default: Stately's, `https://stately.ai/inspect`. */
  readonly page?: string
  /** In a browser: an `<iframe>` that the page is shown in. Default: none, but a window of its own. */
  readonly frame?: object
}

/** Stately's inspector, connected. */
export interface StatelyInspector extends AsyncDisposable {
  /** For the `inspect` option of runs and of `createActor`; one serves any number of them. */
  readonly inspect: (event: InspectionEvent) => void
  /**
   * Sends what was not sent yet and disconnects. In Node an open connection keeps the process alive until then. Waits at
   * most two seconds for a server that does not answer.
   */
  stop(): Promise<void>
}

/**
 * Stately's inspector through the package `@statelyai/inspect`, which is loaded when this is called, with bounds as
 * {@link InspectionBounds} say and without secrets. A server that is not there yet is tried again every two seconds.
 *
 * @throws {MissingPackageError} when the package is not installed
 */
export async function statelyInspector(options: StatelyOptions = {}): Promise<StatelyInspector> {
  const { server, page, frame, ...bounds } = options
  const stately = await loadStately()
  const isPage = server === undefined && 'document' in globalThis
  if (isPage) {
    const windowed = stately.createBrowserInspector({
      ...plainAlready,
      ...(page !== undefined && { url: page }),
      ...(frame !== undefined && { iframe: frame }),
    })
    return inspectorOf(safeInspector(windowed.inspect, bounds), async () => windowed.stop())
  }
  const adapter = new SocketAdapter(server ?? 'ws://localhost:8080')
  const { inspect } = stately.createInspector(adapter, plainAlready)
  adapter.start()
  return inspectorOf(safeInspector(inspect, bounds), () => adapter.end())
}

/** What comes in is plain and bounded: it is not gone through once more, nor are charts cut off. */
const plainAlready = {
  serialize: <TEvent>(event: TEvent): TEvent => event,
  serializationDepthLimit: 100,
  maxDeferredEvents: 1_000,
}

function inspectorOf(
  inspect: StatelyInspector['inspect'],
  end: () => Promise<void>,
): StatelyInspector {
  const stop = async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 20)) // the package sends when it is idle
    await end()
  }
  return { inspect, stop, [Symbol.asyncDispose]: stop }
}

async function loadStately() {
  try {
    return await import('@statelyai/inspect')
  } catch (error) {
    const isMissing =
      error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
    throw isMissing
      ? new MissingPackageError('@statelyai/inspect', "Stately's inspector", error)
      : error
  }
}
