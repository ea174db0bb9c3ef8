import type { Anthropic } from '@anthropic-ai/sdk'
import { ModelStreamError } from '../../errors/index.ts'
import type { ModelResponseInput } from '../../messages/index.ts'
import type { ResponseDelta } from '../../streaming/index.ts'
import type { DirectModelOptions } from '../direct-model.ts'
import { assertRequestsAllowed } from '../guard.ts'
import type { Model, ModelCall } from '../model.ts'
import type { ModelProfile } from '../profile.ts'
import { type RawObject, rawNumber, rawObject, rawText } from '../raw.ts'
import { sdkError } from '../sdk-error.ts'
import type { ModelSettings } from '../settings.ts'
import { collectStream } from '../stream.ts'
import { anthropicClient, messagesPath, sendOptions } from './connection.ts'
import { profileOf } from './profile.ts'
import { serverToolsIn } from './read-native-block.ts'
import { readAnthropicMessage } from './read-response.ts'
import { AnthropicStreamReader } from './read-stream.ts'
import { requestBody } from './request-body.ts'

/**
 * More tokens may take longer than connections are kept open without a sign of life; such answers are streamed.
 *
 * @see https://platform.claude.com/docs/en/api/errors#long-requests
 */
const mostTokensAtOnce = 21_333

/** Errors in a stream that do not lie in the request. */
const passingErrors = ['overloaded_error', 'api_error', 'rate_limit_error', 'timeout_error']

/** A model of Anthropic's Messages API, through the package `@anthropic-ai/sdk`. */
export class AnthropicModel implements Model {
  readonly modelName: string
  readonly system: string
  readonly profile: ModelProfile
  readonly settings?: ModelSettings
  readonly isRemote = true
  readonly #options: DirectModelOptions
  #client: Promise<Anthropic> | undefined

  constructor(modelName: string, options: DirectModelOptions = {}) {
    this.modelName = modelName
    this.system = options.system ?? 'anthropic'
    this.profile = options.profile ?? profileOf(modelName)
    this.#options = options
    if (options.settings !== undefined) this.settings = options.settings
  }

  /** @throws {MissingPackageError} when the package is not installed */
  async request(call: ModelCall): Promise<ModelResponseInput> {
    const { settings } = call
    const body = requestBody(call, this, false)
    const isLong = (rawNumber(body['max_tokens']) ?? 0) > mostTokensAtOnce
    if (isLong && settings.timeoutMs === undefined) return collectStream(this.stream(call))
    const answer = await this.#ask(call, body)
    const serverTools = serverToolsIn(body)
    return readAnthropicMessage(answer, { providerName: this.system, settings, serverTools })
  }

  /** Throws what `request` throws, and `ModelStreamError` when the stream itself reports an error. */
  async *stream(call: ModelCall): AsyncGenerator<ResponseDelta> {
    const body = requestBody(call, this, true)
    const reader = new AnthropicStreamReader(this.modelName, this.system, serverToolsIn(body))
    for await (const event of this.#events(call, body)) yield* reader.read(event)
    // The package ends a stream that was aborted as if it were whole.
    call.signal.throwIfAborted()
    reader.finish()
  }

  async #ask(call: ModelCall, body: RawObject): Promise<unknown> {
    const client = await this.#connected()
    try {
      // Its own method for messages refuses long answers and warns of old models.
      const path = messagesPath(this.#options)
      return await client.post<unknown>(path, sendOptions(call, body, this.#options))
    } catch (error) {
      throw this.#failure(error, call)
    }
  }

  async *#events(call: ModelCall, body: RawObject): AsyncGenerator {
    const client = await this.#connected()
    try {
      const options = { ...sendOptions(call, body, this.#options), stream: true }
      yield* await client.post<AsyncIterable<unknown>>(messagesPath(this.#options), options)
    } catch (error) {
      throw this.#failure(error, call)
    }
  }

  #connected(): Promise<Anthropic> {
    assertRequestsAllowed(this)
    this.#client ??= anthropicClient(this.#options, `The model 'anthropic:${this.modelName}'`)
    return this.#client
  }

  #failure(cause: unknown, { signal }: ModelCall): unknown {
    const { modelName, system: provider } = this
    const { status, error } = rawObject(cause)
    if (signal.aborted || status !== undefined || error === undefined) {
      return sdkError(cause, { modelName, provider, signal })
    }
    const { type, message } = rawObject(rawObject(error)['error'])
    const isRetryable = passingErrors.includes(rawText(type) ?? '')
    const text = rawText(message) ?? rawText(error) ?? JSON.stringify(error)
    return new ModelStreamError(modelName, text, { provider, body: error, isRetryable, cause })
  }
}
