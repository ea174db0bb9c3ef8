import { isRawObject, type RawObject, rawText } from '../raw.ts'
import type { ModelSettings } from '../settings.ts'

/** How long a cache entry lives; `true` is `'5m'`. */
export type CacheSetting = boolean | '5m' | '1h'

/** Settings that only Anthropic's models know. Objects are in the words of its API and are sent as they are. */
export interface AnthropicSettings {
  /** Such as `{ type: 'enabled', budget_tokens: 4096 }`; takes the place of `thinking`. */
  readonly anthropicThinking?: Readonly<Record<string, unknown>>
  /** How hard the model tries: `low` to `max`. Default: by `thinking`, where that is a level. */
  readonly anthropicEffort?: string
  /** What a whole task may cost, such as `{ type: 'tokens', total: 50000 }`. */
  readonly anthropicTaskBudget?: Readonly<Record<string, unknown>>
  /** Lets the provider place a cache point at the end of the conversation, and move it along. */
  readonly anthropicCache?: CacheSetting
  /** The same from here, for gateways that do not know how: the last block is marked. */
  readonly anthropicCacheMessages?: CacheSetting
  /** Caches the system prompt and the instructions that do not change. */
  readonly anthropicCacheInstructions?: CacheSetting
  readonly anthropicCacheToolDefinitions?: CacheSetting
  /** Such as `{ user_id: '…' }`. */
  readonly anthropicMetadata?: Readonly<Record<string, unknown>>
  /** Default: by `serviceTier`, where that is `auto` or `default`. */
  readonly anthropicServiceTier?: string
  /** `fast` is left out for models that have no such mode. */
  readonly anthropicSpeed?: string
  /** Edits of the context such as compaction. Default: compaction goes on where the history has one. */
  readonly anthropicContextManagement?: Readonly<Record<string, unknown>>
  /** The sandbox to work in. Default: the last one of the conversation; `false` begins with a new one. */
  readonly anthropicContainer?: string | Readonly<Record<string, unknown>> | false
  /** Version of the sandbox's tool, such as `20250825`. Default: the newest that the model knows. */
  readonly anthropicCodeExecutionToolVersion?: string
  /** Streams arguments of calls as they are written, unchecked. */
  readonly anthropicEagerInputStreaming?: boolean
  /** Features to switch on beside those that the request needs. */
  readonly anthropicBetas?: readonly string[]
}

/** {@link AnthropicSettings} as they were found; what is of another type counts as missing. */
export type OwnSettings = {
  readonly [K in keyof AnthropicSettings]-?: AnthropicSettings[K] | undefined
}

export function ownSettings(settings: ModelSettings): OwnSettings {
  return {
    anthropicThinking: object(settings['anthropicThinking']),
    anthropicEffort: rawText(settings['anthropicEffort']),
    anthropicTaskBudget: object(settings['anthropicTaskBudget']),
    anthropicCache: cacheSetting(settings['anthropicCache']),
    anthropicCacheMessages: cacheSetting(settings['anthropicCacheMessages']),
    anthropicCacheInstructions: cacheSetting(settings['anthropicCacheInstructions']),
    anthropicCacheToolDefinitions: cacheSetting(settings['anthropicCacheToolDefinitions']),
    anthropicMetadata: object(settings['anthropicMetadata']),
    anthropicServiceTier: rawText(settings['anthropicServiceTier']) ?? unifiedTier(settings),
    anthropicSpeed: rawText(settings['anthropicSpeed']),
    anthropicContextManagement: object(settings['anthropicContextManagement']),
    anthropicContainer: container(settings['anthropicContainer']),
    anthropicCodeExecutionToolVersion: rawText(settings['anthropicCodeExecutionToolVersion']),
    anthropicEagerInputStreaming: settings['anthropicEagerInputStreaming'] === true,
    anthropicBetas: texts(settings['anthropicBetas']),
  }
}

function object(value: unknown): RawObject | undefined {
  return isRawObject(value) ? value : undefined
}

function cacheSetting(value: unknown): CacheSetting | undefined {
  return typeof value === 'boolean' || value === '5m' || value === '1h' ? value : undefined
}

function container(value: unknown): string | RawObject | false | undefined {
  return value === false ? value : (rawText(value) ?? object(value))
}

function texts(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : undefined
}

const tiers: Readonly<Record<string, string>> = { auto: 'auto', default: 'standard_only' }

/** Other tiers cannot be asked for. */
function unifiedTier(settings: ModelSettings): string | undefined {
  return tiers[rawText(settings['serviceTier']) ?? '']
}
