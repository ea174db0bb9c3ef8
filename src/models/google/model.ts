import type { ModelResponseInput } from '../../messages/index.ts'
import type { ResponseDelta } from '../../streaming/index.ts'
import { attachFiles, type DownloadedFiles } from '../attach-files.ts'
import { assertRequestsAllowed } from '../guard.ts'
import type { Model, ModelCall } from '../model.ts'
import { openOnce } from '../open-once.ts'
import type { ModelProfile } from '../profile.ts'
import type { ModelSettings } from '../settings.ts'
import { TimeLimit } from '../time-limit.ts'
import { readAnswer, streamAnswer } from './answer.ts'
import { googleClient, send } from './client.ts'
import { googleError } from './errors.ts'
import type { GoogleModelOptions } from './options.ts'
import { profileOf } from './profile.ts'
import { requestBody } from './request-body.ts'
import { tierHeadersOf } from './settings.ts'
import type { GoogleTarget } from './target.ts'
import { traitsOf } from './traits.ts'

export type { GoogleModelOptions } from './options.ts'
export type { GoogleCloudServiceTier, GoogleSettings } from './settings.ts'

/** A model of the Gemini API or of Google Cloud (Vertex AI). Settings of its own are in {@link GoogleSettings}. */
export class GoogleModel implements Model {
  readonly modelName: string
  readonly system: string
  readonly profile: ModelProfile
  readonly settings?: ModelSettings
  readonly isRemote = true
  readonly #options: GoogleModelOptions
  readonly #files: DownloadedFiles = new WeakMap()
  readonly #connect: () => ReturnType<typeof googleClient>

  constructor(modelName: string, options: GoogleModelOptions = {}) {
    this.modelName = modelName
    this.system = options.system ?? (options.isVertex === true ? 'google-cloud' : 'google')
    this.profile = options.profile ?? profileOf(modelName)
    if (options.settings !== undefined) this.settings = options.settings
    this.#options = options
    this.#connect = openOnce(() => googleClient(options, `The model '${this.system}:${modelName}'`))
  }

  /**
   * @throws {UserError} for what the model cannot be asked
   * @throws {MissingPackageError} when the package `@google/genai` is not installed
   */
  async request(call: ModelCall): Promise<ModelResponseInput> {
    const attached = await this.#attach(call)
    const limit = new TimeLimit(call, this)
    try {
      const response = await this.#send(attached, limit.signal, false)
      return await readAnswer(response, this.#context(call))
    } catch (error) {
      throw googleError(error, this, limit.signal)
    } finally {
      limit.close()
    }
  }

  /** Throws what `request` throws, at the first pull. */
  async *stream(call: ModelCall): AsyncGenerator<ResponseDelta> {
    const attached = await this.#attach(call)
    const limit = new TimeLimit(call, this)
    try {
      const response = await this.#send(attached, limit.signal, true)
      limit.lift()
      yield* streamAnswer(response, this.#context(call))
    } catch (error) {
      throw googleError(error, this, limit.signal)
    } finally {
      limit.close()
    }
  }

  #attach(call: ModelCall): Promise<ModelCall> {
    assertRequestsAllowed(this)
    return attachFiles(call, this.#files)
  }

  async #send(call: ModelCall, signal: AbortSignal, isStreamed: boolean): Promise<Response> {
    signal.throwIfAborted()
    const body = requestBody(call, this.#target)
    const client = await this.#connect()
    signal.throwIfAborted()
    const { extraHeaders } = call.settings
    return send(client, {
      model: this.#path,
      body,
      isStreamed,
      headers: { ...tierHeadersOf(call.settings, this.#target.isVertex), ...extraHeaders },
      fetch: this.#options.fetch ?? globalThis.fetch,
      signal,
    })
  }

  /** The package adds to bare names where they are on Vertex, which a base address already says. */
  get #path(): string {
    const { isVertex = false, baseUrl } = this.#options
    const isBare = !this.modelName.includes('/')
    return isVertex && baseUrl !== undefined && isBare ? `models/${this.modelName}` : this.modelName
  }

  get #target(): GoogleTarget {
    const { modelName, system, profile } = this
    const { isVertex = false } = this.#options
    return { modelName, system, profile, isVertex, traits: traitsOf(modelName) }
  }

  #context({ settings }: ModelCall) {
    return { modelName: this.modelName, providerName: this.system, settings }
  }
}
