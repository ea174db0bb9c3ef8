import { ModelAPIError } from '../errors/index.ts'
import type { ResponseDelta } from '../streaming/index.ts'
import { type Clock, systemClock } from './clock.ts'
import type { Model, ModelCall } from './model.ts'

/** How long a provider may say nothing in the middle of an answer: 10 minutes, as long as its packages wait for one. */
const defaultSilenceMs = 600_000

type Open = (call: ModelCall) => AsyncIterable<ResponseDelta> | undefined

/**
 * A stream whose provider is given up when it says nothing for too long: the request is aborted, and the pull that
 * waited throws a `ModelAPIError` worth a retry. Time in which nobody pulls does not count.
 */
export function watchSilence(
  { modelName, system }: Model,
  call: ModelCall,
  open: Open,
): AsyncIterable<ResponseDelta> {
  const { clock = systemClock, settings } = call
  const silenceMs = settings.silenceTimeoutMs ?? defaultSilenceMs
  return {
    [Symbol.asyncIterator]() {
      const controller = new AbortController()
      const stream = open({ ...call, signal: AbortSignal.any([call.signal, controller.signal]) })
      const giveUp = (): ModelAPIError => {
        const error = new ModelAPIError(
          modelName,
          `The provider said nothing for ${silenceMs} ms`,
          {
            provider: system,
            isRetryable: true,
          },
        )
        controller.abort(error)
        return error
      }
      const pulls: Pulls = (stream ?? none())[Symbol.asyncIterator]()
      return new WatchedPulls(pulls, { clock, silenceMs, giveUp })
    },
  }
}

async function* none(): AsyncGenerator<ResponseDelta> {}

interface Terms {
  readonly clock: Clock
  readonly silenceMs: number
  readonly giveUp: () => ModelAPIError
}

type Pulls = AsyncIterator<ResponseDelta, unknown, undefined>
type Result = IteratorResult<ResponseDelta, unknown>

/** One timer for the whole stream: it looks when it fires how long the silence has been, and goes on for the rest. */
class WatchedPulls implements AsyncIterator<ResponseDelta, unknown, undefined> {
  readonly #pulls: Pulls
  readonly #terms: Terms
  #timer: unknown
  /** When the pull under way began; `undefined` when there is none. */
  #since: number | undefined
  #reject: (error: unknown) => void = () => {}

  constructor(pulls: Pulls, terms: Terms) {
    this.#pulls = pulls
    this.#terms = terms
  }

  next(): Promise<Result> {
    const { clock, silenceMs } = this.#terms
    this.#since = clock.now()
    this.#timer ??= clock.setTimeout(() => this.#look(), silenceMs)
    return new Promise((resolve, reject) => {
      this.#reject = reject
      this.#pulls.next().then(
        (result) => {
          this.#since = undefined
          if (result.done === true) this.#stop()
          return resolve(result)
        },
        (error: unknown) => {
          this.#stop()
          reject(error)
        },
      )
    })
  }

  async return(): Promise<Result> {
    this.#stop()
    return (await this.#pulls.return?.()) ?? { done: true, value: undefined }
  }

  #look(): void {
    const { clock, silenceMs, giveUp } = this.#terms
    this.#timer = undefined
    if (this.#since === undefined) return
    const leftMs = this.#since + silenceMs - clock.now()
    if (leftMs > 0) this.#timer = clock.setTimeout(() => this.#look(), leftMs)
    else this.#reject(giveUp())
  }

  #stop(): void {
    this.#since = undefined
    if (this.#timer !== undefined) this.#terms.clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
