import { MissingKeyError, UserError } from '../errors/index.ts'
import type { ModelResponse, ModelResponseInput } from '../messages/index.ts'
import { AiSdkModel } from './ai-sdk/ai-sdk-model.ts'
import type { Family } from './ai-sdk/family.ts'
import { assertRequestsAllowed } from './guard.ts'
import { loadLanguageModel, type ProviderSettings } from './load-provider.ts'
import type { Model, ModelCall } from './model.ts'
import type { ModelString } from './model-string.ts'
import type { ModelProfile } from './profile.ts'
import { type Provider, providerOf } from './providers.ts'
import { retrievingFetch } from './retrieve.ts'
import type { ModelSettings } from './settings.ts'
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

/** A model known by its name. Nothing is imported and no key is read before the first request. */
export class NamedModel implements Model {
  readonly modelName: string
  readonly system: string
  readonly profile: ModelProfile
  readonly settings?: ModelSettings
  readonly isRemote = true
  readonly #provider: Provider
  readonly #options: NamedModelOptions
  #loaded: Promise<AiSdkModel> | undefined

  /** @throws {UserError} for an option that there is not */
  constructor({ prefix, modelName }: ModelString, options: NamedModelOptions = {}) {
    checkOptions(options)
    this.#provider = providerOf(prefix)
    this.#options = options
    this.modelName = modelName
    this.system = this.#provider.system
    this.profile = options.profile ?? vendorProfile(familyOfProvider(this.#provider))
    if (options.settings !== undefined) this.settings = options.settings
  }

  /**
   * @throws {MissingKeyError} before anything is sent, when no key is given and the variable is empty
   * @throws {UserError} before anything is sent, when a setting the package needs is not in the environment
   * @throws {MissingPackageError} when the provider's package is not installed; a UserError when its name looks misspelt
   */
  async request(call: ModelCall): Promise<ModelResponse | ModelResponseInput> {
    assertRequestsAllowed(this)
    const apiKey = this.#apiKey()
    this.#checkEnvironment()
    this.#loaded ??= this.#load(apiKey)
    try {
      const model = await this.#loaded
      call.signal.throwIfAborted()
      return await model.request(call)
    } catch (error) {
      // Whoever installs the package or sets the key may try again with the same model.
      await this.#loaded?.catch(() => (this.#loaded = undefined))
      throw error
    }
  }

  continuationDelayMs(response: ModelResponse): number {
    return response.providerDetails?.['background'] === true ? 1000 : 0
  }

  #apiKey(): string | undefined {
    const { keyVariable, prefix } = this.#provider
    const apiKey = this.#options.apiKey ?? environment(keyVariable)
    if (keyVariable !== undefined && !apiKey) {
      throw new MissingKeyError(keyVariable, `The model '${prefix}:${this.modelName}'`)
    }
    return apiKey
  }

  #checkEnvironment(): void {
    const { prefix, otherKeyVariable, settingVariables = [] } = this.#provider
    const { apiKey, baseUrl } = this.#options
    if (baseUrl !== undefined || (apiKey ?? environment(otherKeyVariable))) return
    const missing = settingVariables.filter((variable) => !environment(variable))
    if (missing.length === 0) return
    const variables = `the environment variable${missing.length > 1 ? 's' : ''} ${missing.join(' and ')}`
    throw new UserError(`The model '${prefix}:${this.modelName}' does not know where its API is`, {
      hint: `Set ${variables}, or ${otherKeyVariable} for a key instead`,
    })
  }

  async #load(apiKey: string | undefined): Promise<AiSdkModel> {
    const { baseUrl, headers, fetch } = this.#options
    const canRetrieve = this.#provider.api === 'responses'
    const ownFetch = canRetrieve ? retrievingFetch(fetch ?? globalThis.fetch) : fetch
    const settings: ProviderSettings = {
      ...(baseUrl !== undefined && { baseURL: baseUrl }),
      ...(apiKey !== undefined && { apiKey }),
      ...(headers !== undefined && { headers }),
      ...(ownFetch !== undefined && { fetch: ownFetch }),
    }
    const languageModel = await loadLanguageModel(this.#provider, this.modelName, settings)
    const { system, profile } = this
    return new AiSdkModel(languageModel, { system, profile, canRetrieve })
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

function checkOptions(options: NamedModelOptions): void {
  const known = Object.keys(optionNames)
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown === undefined) return
  const meant = known.find((name) => name.toLowerCase() === unknown.toLowerCase())
  throw new UserError(`\`${unknown}\` is no option of a model`, {
    hint:
      meant === undefined
        ? `There are ${known.join(', ')}`
        : `Did you mean \`${meant}\`? There are ${known.join(', ')}`,
  })
}

/** Absent outside of Node and hosts like it: there a key has to be given. */
function environment(variable: string | undefined): string | undefined {
  return variable === undefined ? undefined : globalThis.process?.env[variable]
}

function familyOfProvider({ packageName, api }: Provider): Family {
  if (api !== undefined) return `openai-${api}`
  if (packageName === '@ai-sdk/anthropic') return 'anthropic'
  return packageName.startsWith('@ai-sdk/google') ? 'google' : 'other'
}
