import { MissingKeyError, ModelStreamError } from '../../errors/index.ts'
import type { ModelResponseInput } from '../../messages/index.ts'
import type { ResponseDelta } from '../../streaming/index.ts'
import { attachFiles, type DownloadedFiles } from '../attach-files.ts'
import type { DirectModelOptions } from '../direct-model.ts'
import { assertRequestsAllowed } from '../guard.ts'
import type { Model, ModelCall } from '../model.ts'
import { openOnce } from '../open-once.ts'
import type { ModelProfile } from '../profile.ts'
import { rawNumber, rawObject, rawText } from '../raw.ts'
import { sdkError } from '../sdk-error.ts'
import type { ModelSettings } from '../settings.ts'
import { collectStream, streamFrom } from '../stream.ts'
import { TimeLimit } from '../time-limit.ts'
import { anthropicClient, messagesPath, sendOptions } from './connection.ts'
import { profileOf } from './profile.ts'
import { serverToolsIn } from './read-native-block.ts'
import { readAnthropicMessage } from './read-response.ts'
import { AnthropicStreamReader } from './read-stream.ts'
import { requestBody } from './request-body.ts'
import { needsDownload } from './user-content.ts'

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
  readonly #files: DownloadedFiles = new WeakMap()
  readonly #connect: () => ReturnType<typeof anthropicClient>

  constructor(modelName: string, options: DirectModelOptions = {}) {
    this.modelName = modelName
    this.system = options.system ?? 'anthropic'
    this.profile = options.profile ?? profileOf(modelName)
    if (options.settings !== undefined) this.settings = options.settings
    this.#options = options
    this.#connect = openOnce(() =>
      anthropicClient(options, `The model '${this.system}:${modelName}'`),
    )
  }

  /** @throws {MissingPackageError} when the package is not installed */
  async request(call: ModelCall): Promise<ModelResponseInput> {
    const { settings } = call
    const body = requestBody(await this.#attach(call), this, false)
    const isLong = (rawNumber(body['max_tokens']) ?? 0) > mostTokensAtOnce
    if (isLong && settings.timeoutMs === undefined) return collectStream(streamFrom(this, call))
    const limit = new TimeLimit(call, this)
    try {
      const client = await this.#connect()
      const options = sendOptions(settings, body, this.#options, limit.signal)
      // The package's own method for messages refuses long answers and warns of old models.
      const answer = await client.post<unknown>(messagesPath(this.#options), options)
      const serverTools = serverToolsIn(body)
      return readAnthropicMessage(answer, { providerName: this.system, settings, serverTools })
    } catch (error) {
      throw this.#failure(error, limit)
    } finally {
      limit.close()
    }
  }

  /** Throws what `request` throws, and `ModelStreamError` when the stream itself reports an error. */
  async *stream(call: ModelCall): AsyncGenerator<ResponseDelta> {
    const body = requestBody(await this.#attach(call), this, true)
    const reader = new AnthropicStreamReader(this.modelName, this.system, serverToolsIn(body))
    const limit = new TimeLimit(call, this)
    try {
      const client = await this.#connect()
      const options = sendOptions(call.settings, body, this.#options, limit.signal)
      const path = messagesPath(this.#options)
      const events = await client.post<AsyncIterable<unknown>>(path, { ...options, stream: true })
      limit.lift()
      for await (const event of events) for (const piece of reader.read(event)) yield piece
      // The package ends a stream that was aborted as if it were whole.
      call.signal.throwIfAborted()
      reader.finish()
    } catch (error) {
      throw this.#failure(error, limit)
    } finally {
      limit.close()
    }
  }

  #attach(call: ModelCall): Promise<ModelCall> {
    assertRequestsAllowed(this)
    return attachFiles(call, this.#files, needsDownload)
  }

  #failure(cause: unknown, { signal }: TimeLimit): unknown {
    const { modelName, system: provider } = this
    const { status, error } = rawObject(cause)
    if (cause instanceof Error && cause.message.startsWith('Could not resolve authentication')) {
      return new MissingKeyError('ANTHROPIC_API_KEY', `The model '${provider}:${modelName}'`)
    }
    if (signal.aborted || status !== undefined || error === undefined) {
      return sdkError(cause, { modelName, provider, signal })
    }
    const { type, message } = rawObject(rawObject(error)['error'])
    const isRetryable = passingErrors.includes(rawText(type) ?? '')
    const text = rawText(message) ?? rawText(error) ?? JSON.stringify(error)
    return new ModelStreamError(modelName, text, { provider, body: error, isRetryable, cause })
  }
}
