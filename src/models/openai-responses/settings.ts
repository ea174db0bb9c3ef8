import type { RawObject } from '../raw.ts'
import type { ModelSettings } from '../settings.ts'

/**
 * Settings that only OpenAI's Responses API knows; they stand beside the others in `modelSettings`. Objects and lists
 * go to the API as they are, in its own words.
 *
 * @see https://platform.openai.com/docs/api-reference/responses/create
 */
export interface OpenAIResponsesOptions {
  /** Work goes on at OpenAI while nobody waits: the run asks every second, or follows the stream again after a cut. */
  readonly openaiBackground?: boolean
  /**
   * Goes on from a response that OpenAI stored; messages up to it are not sent again. `auto` takes the latest response
   * of the history. An id is where the first request goes on from; later ones go on from the history's latest.
   */
  readonly openaiPreviousResponseId?: string
  /** Goes on in a conversation that OpenAI keeps: its id, or `auto` for the one of the history. */
  readonly openaiConversationId?: string
  /** Whether OpenAI keeps the response. Default there: `true`. */
  readonly openaiStore?: boolean
  readonly openaiReasoningEffort?: 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh'
  readonly openaiReasoningSummary?: 'auto' | 'concise' | 'detailed'
  /** Left out for models that do not have it. */
  readonly openaiReasoningMode?: 'standard' | 'pro'
  /** Which earlier thinking the model sees. Default: all, where the model can. */
  readonly openaiReasoningContext?: 'auto' | 'current_turn' | 'all_turns'
  /**
   * Whether parts go back with the ids they came with. Default: for models that think. OpenAI refuses such a history
   * when somebody changed it in between. Without ids most native tool calls are left out.
   */
  readonly openaiSendReasoningIds?: boolean
  readonly openaiTextVerbosity?: 'low' | 'medium' | 'high'
  readonly openaiTruncation?: 'auto' | 'disabled'
  /** Such as `[{ type: 'compaction', compact_threshold: 100_000 }]`. */
  readonly openaiContextManagement?: readonly Readonly<Record<string, unknown>>[]
  /** Such as `{ model: 'omni-moderation-latest' }`; what comes of it is in the response's `providerDetails`. */
  readonly openaiModeration?: Readonly<Record<string, unknown>>
  readonly openaiServiceTier?: 'auto' | 'default' | 'flex' | 'priority'
  readonly openaiPromptCacheKey?: string
  readonly openaiPromptCacheRetention?: 'in_memory' | '24h'
  readonly openaiPromptCacheOptions?: Readonly<Record<string, unknown>>
  readonly openaiUser?: string
  /** Log probabilities, in the `providerDetails` of text parts. */
  readonly openaiLogprobs?: boolean
  readonly openaiTopLogprobs?: number
  /** What code wrote and drew. */
  readonly openaiIncludeCodeExecutionOutputs?: boolean
  readonly openaiIncludeWebSearchSources?: boolean
  readonly openaiIncludeFileSearchResults?: boolean
  /** Citations, in the `providerDetails` of text parts. */
  readonly openaiIncludeRawAnnotations?: boolean
  /** Tools of OpenAI's own that `nativeTools` has no word for. */
  readonly openaiNativeTools?: readonly Readonly<Record<string, unknown>>[]
}

/** What `modelSettings` may hold for a model of OpenAI's Responses API. */
export type OpenAIResponsesSettings = ModelSettings & OpenAIResponsesOptions

/** Where in the body a setting stands that means the same there. */
const plainFields: Readonly<Record<string, string>> = {
  maxTokens: 'max_output_tokens',
  openaiBackground: 'background',
  openaiStore: 'store',
  openaiTruncation: 'truncation',
  openaiContextManagement: 'context_management',
  openaiModeration: 'moderation',
  openaiPromptCacheKey: 'prompt_cache_key',
  openaiPromptCacheRetention: 'prompt_cache_retention',
  openaiPromptCacheOptions: 'prompt_cache_options',
  openaiUser: 'user',
}

/** Refused by models that think. */
const samplingFields: Readonly<Record<string, string>> = {
  temperature: 'temperature',
  topP: 'top_p',
  openaiTopLogprobs: 'top_logprobs',
}

/** What more the answer is to hold, by the setting that asks for it. */
const inclusions: Readonly<Record<string, string>> = {
  openaiIncludeCodeExecutionOutputs: 'code_interpreter_call.outputs',
  openaiIncludeWebSearchSources: 'web_search_call.action.sources',
  openaiIncludeFileSearchResults: 'file_search_call.results',
  openaiLogprobs: 'message.output_text.logprobs',
}

/** The fields of the body that settings fill in as they are. */
export function plainSettings(settings: ModelSettings, takesSampling: boolean): RawObject {
  return {
    ...renamed(settings, plainFields),
    ...(takesSampling && renamed(settings, samplingFields)),
    service_tier: settings['openaiServiceTier'] ?? settings['serviceTier'],
  }
}

/** What more the answer is to hold; log probabilities come from models that do not think. */
export function inclusionsOf(settings: ModelSettings, takesSampling: boolean): string[] {
  return Object.entries(inclusions).flatMap(([setting, inclusion]) =>
    settings[setting] === true && (takesSampling || setting !== 'openaiLogprobs')
      ? [inclusion]
      : [],
  )
}

function renamed(settings: ModelSettings, names: Readonly<Record<string, string>>): RawObject {
  return Object.fromEntries(Object.entries(names).map(([from, to]) => [to, settings[from]]))
}
