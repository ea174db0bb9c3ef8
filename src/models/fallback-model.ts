/**
 * Several models behind one name.
 *
 *   L1. The models are asked in order, each until it answers or fails in a way that `fallbackOn` names.
 *   L2. Nothing of a failed attempt is passed on; a stream that has passed on content is never begun anew.
 *   L3. What rejected responses used is part of the usage of the one that is taken.
 *   L4. A suspended response is continued by its own model. If that fails, the others start from before it.
 *   L5. An aborted call asks nobody else.
 */
import { FallbackExhaustedError, ResponseRejectedError, UserError } from '../errors/index.ts'
import type { FailedModel } from '../errors/index.ts'
import type { ModelResponse, ModelResponseInput } from '../messages/index.ts'
import { type ResponseDelta, type ResponseFacts, ResponseFold } from '../streaming/index.ts'
import { addUsage, priceOf, RequestUsage } from '../usage/index.ts'
import { describeModel } from './describe-model.ts'
import {
  type FallbackCondition,
  type FallbackConditions,
  fallbackConditions,
} from './fallback-conditions.ts'
import { begunAnew, ownerOf, pinned, suspendedOf, unpinned } from './fallback-pin.ts'
import { fallbackProfile } from './fallback-profile.ts'
import { HeldStream } from './held-stream.ts'
import type { Model, ModelCall } from './model.ts'
import type { ModelProfile } from './profile.ts'
import { type ModelInput, toModel } from './resolve.ts'
import { streamFrom } from './stream.ts'
import { checkOptionNames } from './option-names.ts'

/** When a fallback goes on to its next model. */
export interface FallbackOptions {
  /**
   * Error classes, functions that judge an error, and `{ badResponse }` for functions that judge a response; they take
   * the place of the default. Default: `ModelAPIError` and all that extend it, and a fallback inside that has failed.
   */
  readonly fallbackOn?: FallbackCondition | readonly FallbackCondition[]
}

type Answer = ModelResponse | ModelResponseInput

/** One model, and what it is asked. */
interface Attempt {
  readonly model: Model
  readonly call: ModelCall
  readonly isContinuation?: true
}

/**
 * Asks the next model when one fails. Each failure that is followed by another attempt is told as
 * `model_attempt_failed`; when all have failed, a `FallbackExhaustedError` has their errors.
 *
 * A run prepares its requests by one `profile`. What the fallback is said to be able to do is what its first model can,
 * so the others should be able to do no less: one that cannot hold its output to a schema is still asked to. How it is
 * done suits all of them. Each model's own `settings` lie under those of the run.
 *
 * Streams are judged by `badResponse` only when they end without content, since what was passed on cannot be taken
 * back.
 */
export class FallbackModel implements Model {
  /** As in `fallback:gpt-5.2,claude-sonnet-4-5`. */
  readonly modelName: string
  /** As in `fallback:openai,anthropic`. */
  readonly system: string
  readonly profile: ModelProfile
  readonly isRemote: boolean
  readonly wraps: readonly Model[]
  readonly #conditions: FallbackConditions

  /** @throws {UserError} when there is no model, or no condition */
  constructor(models: readonly ModelInput[], options: FallbackOptions = {}) {
    checkOptionNames(options, { fallbackOn: true }, 'a fallback')
    const { fallbackOn } = options
    const [first, ...others] = Array.isArray(models) ? models.map(toModel) : []
    if (first === undefined) throw new UserError('A fallback needs at least one model')
    this.wraps = [first, ...others]
    this.#conditions = fallbackConditions(fallbackOn)
    this.modelName = `fallback:${this.wraps.map(({ modelName }) => modelName).join(',')}`
    this.system = `fallback:${this.wraps.map(({ system }) => system).join(',')}`
    this.profile = fallbackProfile(first, others)
    this.isRemote = this.wraps.some(({ isRemote }) => isRemote)
  }

  /** @throws {FallbackExhaustedError} when all models have failed */
  async request(call: ModelCall): Promise<Answer> {
    const chain = new Chain(this.wraps, this.#conditions, call)
    for (;;) {
      const { model, call: own } = chain.next()
      try {
        const response = await model.request(own)
        await chain.judge(response)
        return await chain.taken(response)
      } catch (error) {
        await chain.failed(error)
      }
    }
  }

  /** Throws what `request` throws, until the first content; then what the model that answers throws. */
  async *stream(call: ModelCall): AsyncGenerator<ResponseDelta> {
    const chain = new Chain(this.wraps, this.#conditions, call)
    for (;;) {
      const { model, call: own } = chain.next()
      const stream = new HeldStream()
      try {
        yield* chain.passed(stream.pass(streamFrom(model, own)))
        if (stream.hasContent) return
        await chain.judge(answerOf(stream.held))
        yield* chain.passed([{ kind: 'response' }, ...stream.held])
        return
      } catch (error) {
        if (stream.hasContent) throw error
        await chain.failed(error)
      }
    }
  }

  continuationDelayMs(response: ModelResponse): number {
    const owner = ownerOf(response, this.wraps)
    return owner?.continuationDelayMs?.(unpinned(response)) ?? 0
  }

  async cancelSuspended(response: ModelResponse): Promise<void> {
    await ownerOf(response, this.wraps)?.cancelSuspended?.(unpinned(response))
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return describeModel(this)
  }
}

/** The attempts of one call. */
class Chain {
  readonly #conditions: FallbackConditions
  readonly #call: ModelCall
  readonly #attempts: readonly Attempt[]
  readonly #failures: FailedModel[] = []
  /** Of rejected responses. */
  #spent: RequestUsage | undefined

  constructor(models: readonly Model[], conditions: FallbackConditions, call: ModelCall) {
    this.#conditions = conditions
    this.#call = call
    this.#attempts = attemptsOf(models, call)
  }

  /** There is one until `failed` throws. */
  next(): Attempt {
    const attempt = this.#attempts[this.#failures.length]
    if (attempt === undefined) throw new Error('No attempt is left')
    return attempt
  }

  /** Throws when the response is not good enough, and counts what it used. What only goes on is not judged. */
  async judge(response: Answer): Promise<void> {
    const { model, isContinuation } = this.next()
    if (isContinuation || response.state === 'suspended') return
    if (!(await this.#conditions.isBad(response))) return
    const usage = await pricedUsage(model, response)
    this.#spent = this.#spent === undefined ? usage : addUsage(this.#spent, usage)
    throw new ResponseRejectedError(model.modelName, response)
  }

  /** The response as it leaves the fallback. */
  async taken(response: Answer): Promise<Answer> {
    const { model } = this.next()
    const named = this.#marked({ ...response, modelName: response.modelName ?? model.modelName })
    if (this.#spent === undefined) return named
    return { ...named, usage: addUsage(this.#spent, await pricedUsage(model, response)) } // L3
  }

  /** The deltas as they leave the fallback, the model's name before them. */
  async *passed(
    deltas: AsyncIterable<ResponseDelta> | Iterable<ResponseDelta>,
  ): AsyncGenerator<ResponseDelta> {
    const { model } = this.next()
    let facts: ResponseFacts | undefined
    for await (const delta of deltas) {
      if (facts === undefined) yield (facts = { kind: 'response', modelName: model.modelName })
      if (delta.kind === 'response') {
        facts = { ...facts, ...delta }
        yield this.#marked(this.#withSpent(delta))
      } else yield delta
    }
    if (facts === undefined || this.#spent === undefined) return
    const usage = await pricedUsage(model, { ...facts, kind: 'response', parts: [] })
    yield { kind: 'response', usage: addUsage(this.#spent, usage) } // L3
  }

  /** Goes on to the next model, or throws. */
  async failed(error: unknown): Promise<void> {
    this.#call.signal.throwIfAborted() // L5
    const isRejected = error instanceof ResponseRejectedError
    if (!isRejected && !(await this.#conditions.isFailure(error))) throw error
    const { modelName } = this.next().model
    const attempt = this.#failures.push({ modelName, error })
    const next = this.#attempts[attempt]
    if (next === undefined) throw new FallbackExhaustedError(this.#failures)
    this.#call.onAttemptFailed?.({
      eventKind: 'model_attempt_failed',
      modelName,
      attempt,
      error,
      delayMs: 0,
      nextModelName: next.model.modelName,
    })
    this.#call.signal.throwIfAborted() // whoever was told may have ended it
  }

  /** While the stream goes on, at the price of the model that answers. */
  #withSpent(facts: ResponseFacts): ResponseFacts {
    if (this.#spent === undefined || facts.usage === undefined) return facts
    const spent = { ...this.#spent, cost: null }
    return { ...facts, usage: addUsage(spent, RequestUsage(facts.usage)) }
  }

  #marked<TFacts extends Pick<ModelResponseInput, 'state' | 'providerDetails'>>(
    facts: TFacts,
  ): TFacts {
    const { model, isContinuation } = this.next()
    const isAnew = suspendedOf(this.#call) !== undefined && isContinuation !== true
    const marked = isAnew ? begunAnew(facts) : facts
    if (facts.state !== 'suspended') return marked
    return { ...marked, providerDetails: pinned(marked.providerDetails, model) } // L4
  }
}

/** Each model once, and before them the one whose response is to be continued. */
function attemptsOf(models: readonly Model[], call: ModelCall): readonly Attempt[] {
  const suspended = suspendedOf(call)
  if (suspended === undefined) return models.map((model) => ({ model, call: callOf(model, call) }))
  const before = call.messages.slice(0, -1)
  const afresh = models.map((model) => ({ model, call: callOf(model, call, before) }))
  const owner = ownerOf(suspended, models)
  if (owner === undefined) return afresh
  const own = callOf(owner, call, [...before, unpinned(suspended)])
  return [{ model: owner, call: own, isContinuation: true }, ...afresh]
}

/** With the model's own settings under those of the call. */
function callOf({ settings }: Model, call: ModelCall, messages = call.messages): ModelCall {
  if (settings === undefined && messages === call.messages) return call
  return { ...call, messages, settings: { ...settings, ...call.settings } }
}

/** Each response is paid at the price of its own model, so prices are looked up before the usages are added. */
async function pricedUsage(model: Model, response: Answer): Promise<RequestUsage> {
  const usage = RequestUsage(response.usage)
  if (!model.isRemote || usage.cost !== null) return usage
  const { providerUrl = null, timestamp } = response
  const cost = await priceOf({
    modelName: response.modelName ?? model.modelName,
    providerName: response.providerName ?? model.system,
    providerUrl,
    usage,
    ...(timestamp !== undefined && { timestamp }),
  })
  return { ...usage, cost }
}

/** The response that nothing but facts and empty pieces make. */
function answerOf(deltas: readonly ResponseDelta[]): ModelResponseInput {
  const fold = new ResponseFold({ emit: () => {}, timestamp: new Date().toISOString() })
  for (const delta of deltas) fold.add(delta)
  return fold.response
}
