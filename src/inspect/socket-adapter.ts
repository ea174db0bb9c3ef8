/**
 * Sends inspection events to a WebSocket server, for as long as somebody wants that. The package has an adapter of its own;
 * that one connects again after it was stopped, repeats what it has sent at each new connection, and forgets the actors
 * first.
 *
 *   W1. Each event is sent once, in order.
 *   W2. While there is no connection, the latest events are kept, those that make actors known before others.
 *   W3. Once it has ended, it neither sends nor connects.
 */

/** Events that wait for a connection. */
const mostWaiting = 1_000
/** Bytes that wait for a slow server; what comes on top is dropped. */
const mostBuffered = 16 * 1024 * 1024
const retryMs = 2_000
/** How long the end waits for the connection, and again for its closing. */
const patienceMs = 1_000

export class SocketAdapter {
  readonly #url: string
  #socket: WebSocket | undefined
  #waiting: { readonly text: string; readonly isActor: boolean }[] = []
  #retry: ReturnType<typeof setTimeout> | undefined
  #isEnded = false
  #hasWarned = false

  constructor(url: string) {
    this.#url = url
  }

  start(): void {
    if (this.#isEnded || this.#socket !== undefined) return // W3
    const socket = new WebSocket(this.#url)
    this.#socket = socket
    socket.addEventListener('open', () => this.#flush(socket))
    socket.addEventListener('error', () => this.#warn())
    socket.addEventListener('close', () => this.#lost(socket))
  }

  /** @param event plain data */
  send(event: { readonly type: string }): void {
    if (this.#isEnded) return // W3
    const text = JSON.stringify(event)
    const socket = this.#socket
    if (socket?.readyState !== WebSocket.OPEN) this.#keep(text, event.type === '@xstate.actor')
    else if (socket.bufferedAmount < mostBuffered) socket.send(text)
  }

  /** Sends what waits, if there is somebody to send it to, and disconnects. */
  async end(): Promise<void> {
    const socket = this.#socket
    if (socket?.readyState === WebSocket.CONNECTING) await happened(socket, 'open')
    this.#isEnded = true
    clearTimeout(this.#retry)
    this.#waiting = []
    if (socket === undefined || socket.readyState === WebSocket.CLOSED) return
    const closed = happened(socket, 'close')
    socket.close()
    await closed
  }

  #flush(socket: WebSocket): void {
    for (const { text } of this.#waiting) socket.send(text) // W1
    this.#waiting = []
  }

  #keep(text: string, isActor: boolean): void {
    this.#waiting.push({ text, isActor })
    if (this.#waiting.length <= mostWaiting) return
    const index = this.#waiting.findIndex((event) => !event.isActor) // W2
    this.#waiting.splice(Math.max(0, index), 1)
  }

  #lost(socket: WebSocket): void {
    if (this.#socket === socket) this.#socket = undefined
    if (this.#isEnded) return
    this.#retry = setTimeout(() => this.start(), retryMs)
    if (typeof this.#retry === 'object') this.#retry.unref() // nobody waits for an inspector
  }

  #warn(): void {
    if (this.#hasWarned || this.#isEnded) return
    this.#hasWarned = true
    globalThis.process?.emitWarning?.(
      `No inspector can be reached at ${this.#url}; it is tried again`,
      'AgentWarning',
    )
  }
}

/** When it has, when the socket is closed instead, or when that takes too long. */
async function happened(socket: WebSocket, type: 'open' | 'close'): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, patienceMs)
  for (const end of [type, 'close']) socket.addEventListener(end, () => resolve(), { once: true })
  await promise
  clearTimeout(timer)
}
