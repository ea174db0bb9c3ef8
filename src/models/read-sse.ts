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
export function readServerSentEvents(response: Response): AsyncIterable<ServerSentEvent> {
  return { [Symbol.asyncIterator]: () => new EventPulls(response.body) }
}

/** No generator: what came with one piece of the body is pulled without a detour. */
class EventPulls implements AsyncIterator<ServerSentEvent, undefined> {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  readonly #decoder = new TextDecoder()
  readonly #parser = new EventParser()
  #events: readonly ServerSentEvent[] = []
  /** Place in `events` of what is pulled next. */
  #next = 0
  #isDone: boolean

  constructor(body: ReadableStream<Uint8Array> | null) {
    this.#reader = body?.getReader()
    this.#isDone = this.#reader === undefined
  }

  async next(): Promise<IteratorResult<ServerSentEvent, undefined>> {
    for (;;) {
      const event = this.#events[this.#next]
      if (event !== undefined) {
        this.#next += 1
        return { done: false, value: event }
      }
      if (this.#isDone) return over
      await this.#read()
    }
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    if (!this.#isDone) await this.#reader?.cancel().catch(() => {}) // it broke off by itself
    this.#isDone = true
    this.#events = []
    return over
  }

  async #read(): Promise<void> {
    const piece = await this.#reader?.read()
    this.#isDone = piece?.done ?? true
    const text = piece?.value && this.#decoder.decode(piece.value, { stream: true })
    this.#events = text === undefined ? this.#parser.end() : this.#parser.read(text)
    this.#next = 0
  }
}

const over = { done: true, value: undefined } as const

class EventParser {
  /** The line that has begun. */
  #line = ''
  /** What may be half of a line break of two characters. */
  #half = ''
  #event = ''
  #data: string[] = []

  /** The events that are whole with this text. It is looked at once, however many pieces a line comes in. */
  read(text: string): ServerSentEvent[] {
    const added = this.#half + text
    const end = added.endsWith('\r') ? added.length - 1 : added.length
    this.#half = added.slice(end)
    const events: ServerSentEvent[] = []
    const [first = '', ...lines] = added.slice(0, end).split(/\r\n|\r|\n/)
    this.#line += first
    for (const line of lines) {
      this.#take(this.#line, events)
      this.#line = line
    }
    return events
  }

  /** A line break that could have been the first half of one is a whole one. */
  end(): ServerSentEvent[] {
    return this.#half === '' ? [] : this.read('\n')
  }

  #take(line: string, events: ServerSentEvent[]): void {
    if (line === '') return this.#dispatch(events)
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const start = line[colon + 1] === ' ' ? colon + 2 : colon + 1
    const value = colon < 0 ? '' : line.slice(start)
    if (field === 'event') this.#event = value
    else if (field === 'data') this.#data.push(value)
  }

  #dispatch(events: ServerSentEvent[]): void {
    const [event, data] = [this.#event, this.#data]
    this.#event = ''
    this.#data = []
    if (data.length > 0) events.push({ event, data: data.join('\n') })
  }
}
