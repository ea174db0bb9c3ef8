/** One event of a stream of server-sent events. */
export interface ServerSentEvent {
  /** `''` when the server did not name it. */
  readonly event: string
  readonly data: string
}

/**
 * The events of a response, as they come; comments and events without data are left out, and so is one that breaks off.
 * Whoever stops reading closes the connection.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export async function* readServerSentEvents(response: Response): AsyncGenerator<ServerSentEvent> {
  const parser = new EventParser()
  const decoder = new TextDecoder()
  const body: ReadableStream<Uint8Array> | null = response.body
  const reader = body?.getReader()
  if (reader === undefined) return
  let isDone = false
  try {
    while (!isDone) {
      const { value, done } = await reader.read()
      isDone = done
      if (value !== undefined) yield* parser.read(decoder.decode(value, { stream: true }))
    }
    yield* parser.end()
  } finally {
    if (!isDone) await reader.cancel().catch(() => {}) // it broke off by itself
  }
}

class EventParser {
  #rest = ''
  #event = ''
  #data: string[] = [];

  *read(text: string): Generator<ServerSentEvent> {
    const whole = this.#rest + text
    // A line break of two characters may have come by half.
    const end = whole.endsWith('\r') ? whole.length - 1 : whole.length
    const lines = whole.slice(0, end).split(/\r\n|\r|\n/)
    this.#rest = (lines.pop() ?? '') + whole.slice(end)
    for (const line of lines) {
      if (line === '') yield* this.#dispatch()
      else this.#take(line)
    }
  }

  /** A line break that could have been the first half of one is a whole one. */
  *end(): Generator<ServerSentEvent> {
    if (this.#rest.endsWith('\r')) yield* this.read('\n')
  }

  #take(line: string): void {
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'event') this.#event = value
    else if (field === 'data') this.#data.push(value)
  }

  *#dispatch(): Generator<ServerSentEvent> {
    const [event, data] = [this.#event, this.#data]
    this.#event = ''
    this.#data = []
    if (data.length > 0) yield { event, data: data.join('\n') }
  }
}
