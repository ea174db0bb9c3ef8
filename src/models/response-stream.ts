/**
 * The answer to one request, while it comes.
 *
 * Owns the stream of the model and what was read of it. Tells events, to whoever iterates, and the whole response.
 *
 *   S1. The model is read no further than somebody asks: a pull asks for the next event, `response` for all.
 *   S2. Events that `response` has caused wait for the iterator; none is lost.
 *   S3. Leaving early closes the stream; the response is then what has come, with the state `incomplete`.
 *   S4. An error reaches both the iterator and `response`. A response that nobody asks for bothers nobody.
 */
import { completeResponse, type ModelResponse } from '../messages/index.ts'
import { type ResponseDelta, type ResponseEvent, ResponseFold } from '../streaming/index.ts'
import type { Model, ModelCall } from './model.ts'
import { streamFrom } from './stream.ts'

/** What {@link modelRequestStream} gives. Events are told once: iterate once. */
export class ModelResponseStream implements AsyncIterable<ResponseEvent> {
  readonly #modelName: string
  readonly #fold: ResponseFold
  readonly #deltas: AsyncIterator<ResponseDelta>
  readonly #abort = new AbortController()
  readonly #response = Promise.withResolvers<ModelResponse>()
  #events: ResponseEvent[] = []
  #pull: Promise<void> | undefined
  #isDone = false
  #failure: { readonly error: unknown } | undefined

  constructor(model: Model, call: ModelCall) {
    this.#modelName = model.modelName
    this.#fold = new ResponseFold({
      emit: (event) => this.#events.push(event),
      timestamp: new Date().toISOString(),
      awaited: call.parameters,
    })
    const signal = AbortSignal.any([call.signal, this.#abort.signal])
    this.#deltas = streamFrom(model, { ...call, signal })[Symbol.asyncIterator]()
    this.#response.promise.catch(() => {}) // S4
  }

  /** The whole response. Asking for it reads the stream to its end. */
  get response(): Promise<ModelResponse> {
    void this.#drain()
    return this.#response.promise
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ResponseEvent, void, undefined> {
    try {
      for (;;) {
        const told = this.#events
        this.#events = []
        yield* told
        if (this.#events.length > 0) continue
        if (this.#failure !== undefined) throw this.#failure.error
        if (this.#isDone) return
        await this.#next()
      }
    } finally {
      await this.#leave()
    }
  }

  async #drain(): Promise<void> {
    while (!this.#isDone) await this.#next()
  }

  /** One delta for all who wait. */
  #next(): Promise<void> {
    this.#pull ??= this.#read().finally(() => {
      this.#pull = undefined
    })
    return this.#pull
  }

  async #read(): Promise<void> {
    try {
      const result = await this.#deltas.next()
      if (this.#isDone) return // left in the meantime
      if (result.done === true) this.#end()
      else this.#fold.add(result.value)
    } catch (error) {
      if (this.#isDone) return
      this.#isDone = true
      this.#failure = { error }
      this.#response.reject(error)
      await this.#close()
    }
  }

  #end(changes: Partial<ModelResponse> = {}): void {
    this.#isDone = true
    this.#fold.end()
    const { response } = this.#fold
    const modelName = response.modelName ?? this.#modelName
    const input = { ...response, modelName, ...changes }
    this.#response.resolve(completeResponse(input, new Date().toISOString()))
  }

  /** S3 */
  async #leave(): Promise<void> {
    if (this.#isDone) return
    this.#end({ state: 'incomplete' })
    this.#events = []
    this.#abort.abort()
    const isReading = this.#pull !== undefined // for `response`: the stream closes when that pull is over
    const closed = this.#close()
    if (!isReading) await closed
  }

  /** The model's stream has nothing more to say; that it fails now is nobody's concern. */
  async #close(): Promise<void> {
    try {
      await this.#deltas.return?.()
    } catch {
      // as above
    }
  }
}
