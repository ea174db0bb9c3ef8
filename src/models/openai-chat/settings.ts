import { lacksMinimalEffort, reasoningOf } from '../openai-reasoning.ts'
import { present, type RawObject, rawText } from '../raw.ts'
import type { ModelSettings } from '../settings.ts'
import type { ChatTarget } from './target.ts'

/** Settings of chat completions beside those that all models share. */
export interface OpenAIChatSettings extends ModelSettings {
  /** Wins over `thinking`. */
  readonly openaiReasoningEffort?: 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh'
  /** Asks for the log-probabilities of the tokens; they come as `providerDetails.logprobs`. */
  readonly openaiLogprobs?: boolean
  readonly openaiTopLogprobs?: number
  readonly openaiStore?: boolean
  /** Names the end user, for the provider to tell abuse. */
  readonly openaiUser?: string
  /** Wins over `serviceTier`. */
  readonly openaiServiceTier?: string
  readonly serviceTier?: string
  /** A text that the answer will mostly repeat, as the API has it. */
  readonly openaiPrediction?: Readonly<Record<string, unknown>>
  readonly openaiPromptCacheKey?: string
  readonly openaiPromptCacheRetention?: 'in_memory' | '24h'
  /** How prompts are cached by models that take marks, as the API has it: `{ mode: 'explicit' }`. */
  readonly openaiPromptCacheOptions?: Readonly<Record<string, unknown>>
  /** Such as `{ model: 'omni-moderation-latest' }`; what comes of it is in the response's `providerDetails`. */
  readonly openaiModeration?: Readonly<Record<string, unknown>>
  /** For servers that tell in each chunk of a stream what was used so far, not what is new. */
  readonly openaiContinuousUsageStats?: boolean
  /** By token. */
  readonly logitBias?: Readonly<Record<string, number>>
}

/** What a model refuses while it thinks. */
const sampling = [
  'temperature',
  'top_p',
  'presence_penalty',
  'frequency_penalty',
  'logit_bias',
  'logprobs',
  'top_logprobs',
]

/** The settings as fields of the body; `undefined` is not sent. */
export function settingFields(settings: OpenAIChatSettings, target: ChatTarget): RawObject {
  const { dialect } = target
  const fields: Record<string, unknown> = {
    [dialect.maxTokensField ?? 'max_completion_tokens']: settings.maxTokens,
    temperature: settings.temperature,
    top_p: settings.topP,
    top_k: target.system === 'openai' ? undefined : settings.topK,
    stop: settings.stopSequences,
    seed: settings.seed,
    presence_penalty: settings.presencePenalty,
    frequency_penalty: settings.frequencyPenalty,
    logit_bias: settings.logitBias,
    logprobs: settings.openaiLogprobs,
    top_logprobs: settings.openaiTopLogprobs,
    user: settings.openaiUser,
    store: settings.openaiStore,
    service_tier: settings.openaiServiceTier ?? settings.serviceTier,
    prediction: settings.openaiPrediction,
    prompt_cache_key: settings.openaiPromptCacheKey,
    prompt_cache_retention: settings.openaiPromptCacheRetention,
    prompt_cache_options: settings.openaiPromptCacheOptions,
    moderation: settings.openaiModeration,
    ...thinkingFields(settings, target),
  }
  const refused = isThinking(fields['reasoning_effort'], target) ? sampling : []
  return without(present(fields), [...refused, ...(dialect.refused ?? [])])
}

function thinkingFields(
  { thinking, openaiReasoningEffort }: OpenAIChatSettings,
  { dialect, modelName }: ChatTarget,
): RawObject {
  if (openaiReasoningEffort !== undefined) return { reasoning_effort: openaiReasoningEffort }
  if (thinking === undefined) return {}
  return (
    dialect.thinking?.(thinking, modelName) ?? { reasoning_effort: effortOf(thinking, modelName) }
  )
}

function effortOf(thinking: NonNullable<ModelSettings['thinking']>, modelName: string) {
  const reasoning = reasoningOf(modelName)
  if (reasoning === undefined) return undefined
  if (thinking === false) return reasoning.canBeOff ? 'none' : undefined
  if (thinking === true) return 'medium'
  return thinking === 'minimal' && lacksMinimalEffort(modelName) ? 'low' : thinking
}

/** Only said of OpenAI's own models: others take these settings, or pass over them. */
function isThinking(effort: unknown, { system, modelName }: ChatTarget): boolean {
  const reasoning = system === 'openai' ? reasoningOf(modelName) : undefined
  if (reasoning === undefined) return false
  return rawText(effort) === undefined
    ? reasoning.isDefault
    : effort !== 'none' || !reasoning.canBeOff
}

function without(fields: RawObject, keys: readonly string[]): RawObject {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !keys.includes(key)))
}
