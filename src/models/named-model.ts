import { MissingKeyError, UserError } from '../errors/index.ts'
import type { ModelResponse, ModelResponseInput } from '../messages/index.ts'
import type { ResponseDelta } from '../streaming/index.ts'
import { assertRequestsAllowed } from './guard.ts'
import { directFamilies, type DirectModelOptions } from './direct-model.ts'
import { environment } from './environment.ts'
import { loadLanguageModel, type ProviderSettings } from './load-provider.ts'
import type { Model, ModelCall } from './model.ts'
import type { ModelString } from './model-string.ts'
import { checkOptionNames } from './option-names.ts'
import { openOnce } from './open-once.ts'
import { pollDelayMs } from './poll-delay.ts'
import type { ModelProfile } from './profile.ts'
import {
  type DirectProvider,
  type PackageProvider,
  type Provider,
  providerOf,
} from './providers.ts'
import { retrievingFetch } from './retrieve.ts'
import type { ModelSettings } from './settings.ts'
import { directProfiles } from './direct-profiles.ts'
import { vendorProfile } from './vendor-profile.ts'

/** How the provider is reached, and what is known of the model. */
export interface NamedModelOptions {
  /** Where the provider's API is, when not where it usually is; with the version, as in `https://example.com/v1`. */
  readonly baseUrl?: string
  /** Default: the provider's environment variable, read when the first request starts. */
  readonly apiKey?: string
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>
  /** Replaces the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch
  /** Default: what is known of the provider. */
  readonly profile?: ModelProfile
  readonly settings?: ModelSettings
}

/** What is behind a name: every model there is streams. */
type StreamingModel = Model & Required<Pick<Model, 'stream'>>

/** A model known by its name. Nothing is imported and no key is read before the first request. */
export class NamedModel implements Model {
  readonly modelName: string
  readonly system: string
  readonly profile: ModelProfile
  readonly settings?: ModelSettings
  readonly isRemote = true
  readonly #provider: Provider
  readonly #options: NamedModelOptions
  readonly #load = openOnce(() => this.#make())

  /** @throws {UserError} for an option that there is not */
  constructor({ prefix, modelName }: ModelString, options: NamedModelOptions = {}) {
    checkOptionNames(options, optionNames, 'a model')
    this.#provider = providerOf(prefix)
    this.#options = options
    this.modelName = modelName
    this.system = this.#provider.system
    this.profile = options.profile ?? profileFor(this.#provider, modelName)
    if (options.settings !== undefined) this.settings = options.settings
  }

  /**
   * @throws {MissingKeyError} before anything is sent, when no key is given and the variable is empty
   * @throws {UserError} before anything is sent, when a setting that is needed is not in the environment
   * @throws {MissingPackageError} when the provider's package is not installed; a UserError when its name looks misspelt
   */
  async request(call: ModelCall): Promise<ModelResponse | ModelResponseInput> {
    const model = await this.#model(call)
    return model.request(call)
  }

  /** Throws what `request` throws, at the first pull. */
  async *stream(call: ModelCall): AsyncGenerator<ResponseDelta> {
    const model = await this.#model(call)
    yield* model.stream(call)
  }

  continuationDelayMs(response: ModelResponse): number {
    return pollDelayMs(response)
  }

  async cancelSuspended(response: ModelResponse): Promise<void> {
    const model = await this.#load().catch(() => undefined)
    await model?.cancelSuspended?.(response)
  }

  async #model(call: ModelCall): Promise<StreamingModel> {
    assertRequestsAllowed(this)
    this.#checkEnvironment()
    const model = await this.#load()
    call.signal.throwIfAborted()
    return model
  }

  #apiKey(): string | undefined {
    const { keyVariable, otherKeyVariable, prefix } = this.#provider
    const apiKey = this.#options.apiKey ?? environment(keyVariable, otherKeyVariable)
    if (keyVariable !== undefined && !apiKey && this.#needsKey) {
      throw new MissingKeyError(keyVariable, `The model '${prefix}:${this.modelName}'`)
    }
    return apiKey
  }

  get #needsKey(): boolean {
    return !('defaultKey' in this.#provider)
  }

  #checkEnvironment(): void {
    const { prefix, otherKeyVariable, settingVariables = [] } = this.#provider
    const { apiKey, baseUrl } = this.#options
    if (baseUrl !== undefined || (apiKey ?? environment(otherKeyVariable))) return
    const missing = settingVariables
      .filter((names) => environment(...names) === undefined)
      .map(([name]) => name)
    if (missing.length === 0) return
    const variables = `the environment variable${missing.length > 1 ? 's' : ''} ${missing.join(' and ')}`
    throw new UserError(`The model '${prefix}:${this.modelName}' does not know where its API is`, {
      hint: `Set ${variables}, or ${otherKeyVariable} for a key instead`,
    })
  }

  async #make(): Promise<StreamingModel> {
    const provider = this.#provider
    const apiKey = this.#apiKey()
    return 'family' in provider ? this.#direct(provider, apiKey) : this.#viaAiSdk(provider, apiKey)
  }

  async #direct({ family, defaultKey, ...provider }: DirectProvider, key: string | undefined) {
    const make = await directFamilies[family]()
    const apiKey = key || defaultKey
    // A `baseUrl` that is there and says nothing must not send to somebody else.
    const baseUrl = this.#options.baseUrl ?? provider.baseUrl
    const options: DirectModelOptions = {
      ...this.#options,
      ...(baseUrl !== undefined && { baseUrl }),
      ...(apiKey !== undefined && { apiKey }),
      system: this.system,
      profile: this.profile,
    }
    return make(this.modelName, options)
  }

  async #viaAiSdk(provider: PackageProvider, apiKey: string | undefined): Promise<StreamingModel> {
    const { baseUrl, headers, fetch } = this.#options
    const canRetrieve = provider.api === 'responses'
    const ownFetch = canRetrieve ? retrievingFetch(fetch ?? globalThis.fetch) : fetch
    const settings: ProviderSettings = {
      ...(baseUrl !== undefined && { baseURL: baseUrl }),
      ...(apiKey !== undefined && { apiKey }),
      ...(headers !== undefined && { headers }),
      ...(ownFetch !== undefined && { fetch: ownFetch }),
    }
    const languageModel = await loadLanguageModel(provider, this.modelName, settings)
    const { AiSdkModel: Speaker } = await import('./ai-sdk/ai-sdk-model.ts')
    const { system, profile } = this
    return new Speaker(languageModel, { system, profile, canRetrieve })
  }
}

const optionNames: Readonly<Record<keyof NamedModelOptions, true>> = {
  baseUrl: true,
  apiKey: true,
  headers: true,
  fetch: true,
  profile: true,
  settings: true,
}

function profileFor(provider: Provider, modelName: string): ModelProfile {
  if ('family' in provider) return directProfiles[provider.family](modelName, provider.system)
  const { packageName, api } = provider
  if (api !== undefined) return vendorProfile(`openai-${api}`)
  if (packageName === '@ai-sdk/anthropic') return vendorProfile('anthropic')
  return vendorProfile(packageName.startsWith('@ai-sdk/google') ? 'google' : 'other')
}
