import type { Model } from './model.ts'
import type { ModelProfile } from './profile.ts'
import type { ModelSettings } from './settings.ts'

/** How the adapters on the providers' own packages are made. */
export interface DirectModelOptions {
  /** Where the API is, with the version, as in `https://example.com/v1`. Default: where the provider has it. */
  readonly baseUrl?: string
  /** Default: what the provider's package finds in the environment. */
  readonly apiKey?: string
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>
  /** Replaces the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch
  /** The provider's name in histories. Default: the one whose API this is. */
  readonly system?: string
  /** Default: what is known of the model. */
  readonly profile?: ModelProfile
  readonly settings?: ModelSettings
}

/** Makes a model of one family. */
export type MakeDirectModel = (
  modelName: string,
  options: DirectModelOptions,
) => Model & Required<Pick<Model, 'stream'>>

/** The families that have an adapter of their own. */
export type DirectFamily =
  | 'openai-chat'
  | 'openai-responses'
  | 'anthropic'
  | 'google'
  | 'google-cloud'

/** Imported when the first model of the family is asked. */
export const directFamilies: Readonly<Record<DirectFamily, () => Promise<MakeDirectModel>>> = {
  'openai-chat': async () => {
    const { OpenAIChatModel } = await import('./openai-chat/model.ts')
    return (modelName, options) => new OpenAIChatModel(modelName, options)
  },
  'openai-responses': async () => {
    const { OpenAIResponsesModel } = await import('./openai-responses/model.ts')
    return (modelName, options) => new OpenAIResponsesModel(modelName, options)
  },
  anthropic: async () => {
    const { AnthropicModel } = await import('./anthropic/model.ts')
    return (modelName, options) => new AnthropicModel(modelName, options)
  },
  google: async () => {
    const { GoogleModel } = await import('./google/model.ts')
    return (modelName, options) => new GoogleModel(modelName, options)
  },
  'google-cloud': async () => {
    const { GoogleModel } = await import('./google/model.ts')
    return (modelName, options) => new GoogleModel(modelName, { ...options, isVertex: true })
  },
}
