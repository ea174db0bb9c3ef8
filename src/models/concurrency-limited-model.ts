import type { ModelResponse, ModelResponseInput } from '../messages/index.ts'
import type { ResponseDelta } from '../streaming/index.ts'
import { ConcurrencyLimiter, type ConcurrencyLimits } from './concurrency-limiter.ts'
import type { ModelCall } from './model.ts'
import type { ModelInput } from './resolve.ts'
import { streamFrom } from './stream.ts'
import { WrapperModel } from './wrapper-model.ts'

/**
 * The model, with no more requests at once than the limiter allows; see {@link ConcurrencyLimitedModel}.
 *
 * @param limits a limiter to share between models, or the numbers of one for this model alone
 */
export function limitConcurrency(
  model: ModelInput,
  limits: ConcurrencyLimiter | ConcurrencyLimits,
): ConcurrencyLimitedModel {
  return new ConcurrencyLimitedModel(model, limits)
}

/**
 * Asks the model when there is a slot, in the order of requests. A request holds its slot until its answer is there or
 * has failed, a stream until it has ended or its reader has left. Tools that run in between hold none. A limiter must
 * not stand twice in one chain of wrappers: a request would wait for itself.
 */
export class ConcurrencyLimitedModel extends WrapperModel {
  readonly limiter: ConcurrencyLimiter

  /** @throws {UserError} when a number makes no sense */
  constructor(model: ModelInput, limits: ConcurrencyLimiter | ConcurrencyLimits) {
    super(model)
    this.limiter = limits instanceof ConcurrencyLimiter ? limits : new ConcurrencyLimiter(limits)
  }

  /**
   * @throws {ConcurrencyLimitError} when the queue is full
   */
  override async request(call: ModelCall): Promise<ModelResponse | ModelResponseInput> {
    const release = await this.limiter.acquire(() => call.signal)
    try {
      return await this.wrapped.request(call)
    } finally {
      release()
    }
  }

  /** Waits for its slot at the first pull. Throws what `request` throws. */
  override async *stream(call: ModelCall): AsyncGenerator<ResponseDelta> {
    const release = await this.limiter.acquire(() => call.signal)
    try {
      yield* streamFrom(this.wrapped, call)
    } finally {
      release()
    }
  }
}
