import type { ModelSettings } from '../settings.ts'
import type { Family } from './family.ts'
import type { Owner } from './native-tools.ts'
import type { CallOptions, ProviderOptions } from './protocol.ts'

/**
 * Settings in the words of the AI SDK. What it has no word for goes to the options of the provider.
 *
 * @param more what else these options are to hold
 */
export function settingOptions(
  settings: ModelSettings,
  { family, modelName }: Owner,
  more: ProviderOptions,
): Partial<CallOptions> {
  const { maxTokens, temperature, topP, topK, seed, presencePenalty, frequencyPenalty } = settings
  const own = mergeOptions(ownOptions(settings, family, modelName), more)
  const providerOptions = mergeOptions(own, settings.providerOptions)
  return defined({
    temperature,
    topP,
    topK,
    seed,
    presencePenalty,
    frequencyPenalty,
    maxOutputTokens: maxTokens,
    stopSequences: settings.stopSequences === undefined ? undefined : [...settings.stopSequences],
    headers: settings.extraHeaders,
    reasoning: reasoningOf(settings.thinking),
    providerOptions: Object.keys(providerOptions).length === 0 ? undefined : providerOptions,
  })
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

function defined<T extends object>(options: T): Given<T>
function defined(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

/** `true` is the middle: providers that know no default but need a word get this one. */
function reasoningOf(thinking: ModelSettings['thinking']): CallOptions['reasoning'] {
  if (thinking === undefined) return undefined
  if (thinking === false) return 'none'
  return thinking === true ? 'medium' : thinking
}

type Options = Record<string, Readonly<Record<string, unknown>>>

function ownOptions(settings: ModelSettings, family: Family, modelName: string): Options {
  const parallel = settings.parallelToolCalls
  switch (family) {
    case 'openai-chat':
      return parallel === undefined ? {} : { openai: { parallelToolCalls: parallel } }
    case 'openai-responses': {
      const options = {
        ...(parallel !== undefined && { parallelToolCalls: parallel }),
        ...(reasons(modelName) && { include: ['reasoning.encrypted_content'] }),
      }
      return Object.keys(options).length === 0 ? {} : { openai: options }
    }
    case 'anthropic':
      return parallel === undefined ? {} : { anthropic: { disableParallelToolUse: !parallel } }
    case 'google':
      // Google thinks in silence unless it is asked to tell.
      return settings.thinking ? { google: { thinkingConfig: { includeThoughts: true } } } : {}
    case 'other':
      return {}
  }
}

/**
 * Whether an OpenAI model thinks before it answers. Its thinking is asked for in sealed form, so a history can be sent
 * as it is, edited or not, instead of by reference to what OpenAI stored.
 */
function reasons(modelName: string): boolean {
  return /^(o\d|gpt-([5-9]|\d\d))/.test(modelName) && !modelName.includes('-chat')
}

/** Later options win, key by key: the user's are the last. */
function mergeOptions(own: ProviderOptions, later: ProviderOptions = {}): ProviderOptions {
  const merged: Options = { ...own }
  for (const [provider, options] of Object.entries(later)) {
    merged[provider] = { ...merged[provider], ...options }
  }
  return merged
}
