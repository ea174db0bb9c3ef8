import { UserError } from '../errors/index.ts'
import type { ModelResponse, ModelResponseInput } from '../messages/index.ts'
import type { ResponseDelta } from '../streaming/index.ts'
import { type Clock, longestTimerMs, systemClock } from './clock.ts'
import { HeldStream } from './held-stream.ts'
import type { ModelCall } from './model.ts'
import { rawNumber, rawObject } from './raw.ts'
import type { ModelInput } from './resolve.ts'
import { streamFrom } from './stream.ts'
import { WrapperModel } from './wrapper-model.ts'
import { checkOptionNames } from './option-names.ts'

/** How often a request is tried, and how long is waited in between. */
export interface RetryOptions {
  /** The first one included. Default 3. */
  readonly maxAttempts?: number
  /** Most time before the second attempt, in milliseconds; it doubles each time. Default 500. */
  readonly baseDelayMs?: number
  /** It doubles no further than this. Default 30,000. */
  readonly maxDelayMs?: number
  /**
   * Longest wait that a provider may ask for, in milliseconds. When it asks for more, its error is thrown at once.
   * Default 60,000.
   */
  readonly maxRetryAfterMs?: number
  /** `'full'` waits any part of the delay, so that clients do not come back all at once. Default `'full'`. */
  readonly jitter?: 'full' | 'none'
  /** Default: that of the run, else the time of the machine. */
  readonly clock?: Clock
  /** A number from 0 up to 1. Default `Math.random`. */
  readonly random?: () => number
  /** Default: errors that say `isRetryable`, such as a cut connection, a 429 or a 5xx. */
  readonly retryOn?: (error: unknown) => boolean
}

const optionNames: Readonly<Record<keyof RetryOptions, true>> = {
  maxAttempts: true,
  baseDelayMs: true,
  maxDelayMs: true,
  maxRetryAfterMs: true,
  jitter: true,
  clock: true,
  random: true,
  retryOn: true,
}

/** The model, with requests that fail for a passing reason tried again; see {@link RetryingModel}. */
export function retrying(model: ModelInput, options: RetryOptions = {}): RetryingModel {
  return new RetryingModel(model, options)
}

/**
 * Tries again what failed for a passing reason. Waits grow with each attempt and are never shorter than the provider
 * asks for (`retryAfter`). A stream is tried again until its first content has come; after that its error stands.
 * Each attempt that is followed by another is told as `model_attempt_failed`. An aborted call ends a wait at once.
 */
export class RetryingModel extends WrapperModel {
  readonly #options: Required<Omit<RetryOptions, 'clock'>> & Pick<RetryOptions, 'clock'>

  /** @throws {UserError} when a number makes no sense */
  constructor(model: ModelInput, options: RetryOptions = {}) {
    super(model)
    checkOptionNames(options, optionNames, 'retries')
    this.#options = {
      ...options,
      maxAttempts: checked('maxAttempts', options.maxAttempts ?? 3, 1),
      baseDelayMs: checked('baseDelayMs', options.baseDelayMs ?? 500, 0),
      maxDelayMs: checked('maxDelayMs', options.maxDelayMs ?? 30_000, 0),
      maxRetryAfterMs: checked('maxRetryAfterMs', options.maxRetryAfterMs ?? 60_000, 0),
      jitter: options.jitter ?? 'full',
      random: options.random ?? Math.random,
      retryOn: options.retryOn ?? isRetryable,
    }
  }

  override async request(call: ModelCall): Promise<ModelResponse | ModelResponseInput> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.wrapped.request(call)
      } catch (error) {
        await this.#pause(call, attempt, error)
      }
    }
  }

  override async *stream(call: ModelCall): AsyncGenerator<ResponseDelta> {
    for (let attempt = 1; ; attempt += 1) {
      const stream = new HeldStream()
      try {
        yield* stream.pass(streamFrom(this.wrapped, call))
        if (!stream.hasContent) yield* stream.held
        return
      } catch (error) {
        if (stream.hasContent) throw error
        await this.#pause(call, attempt, error)
      }
    }
  }

  /** Until the next attempt. Throws the error when there is to be none. */
  async #pause(call: ModelCall, attempt: number, error: unknown): Promise<void> {
    const {
      maxAttempts,
      maxRetryAfterMs,
      retryOn,
      clock = call.clock ?? systemClock,
    } = this.#options
    call.signal.throwIfAborted()
    const askedMs = (rawNumber(rawObject(error)['retryAfter']) ?? 0) * 1000
    if (attempt >= maxAttempts || askedMs > maxRetryAfterMs || !retryOn(error)) throw error
    const delayMs = Math.min(Math.max(this.#delayMs(attempt), askedMs), longestTimerMs)
    const { modelName } = this.wrapped
    call.onAttemptFailed?.({
      eventKind: 'model_attempt_failed',
      modelName,
      attempt,
      error,
      delayMs,
      nextModelName: modelName,
    })
    await wait(delayMs, clock, call.signal)
  }

  #delayMs(attempt: number): number {
    const { baseDelayMs, maxDelayMs, jitter, random } = this.#options
    const delayMs = Math.min(maxDelayMs, baseDelayMs * 2 ** (attempt - 1))
    return jitter === 'none' ? delayMs : Math.floor(delayMs * random())
  }
}

function isRetryable(error: unknown): boolean {
  return rawObject(error)['isRetryable'] === true
}

function checked(name: keyof RetryOptions, value: number, least: number): number {
  if (value >= least && (name !== 'maxAttempts' || Number.isInteger(value))) return value
  throw new UserError(`\`${name}\` of retries cannot be ${value}`, {
    hint: `Give a number of at least ${least}`,
  })
}

function wait(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted() // whoever was told of the attempt may have ended it
    const id = clock.setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal.addEventListener('abort', stop, { once: true })
    function stop(): void {
      clock.clearTimeout(id)
      reject(signal.reason as Error)
    }
  })
}
