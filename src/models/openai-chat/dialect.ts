import type { ModelProfile } from '../profile.ts'
import type { RawObject } from '../raw.ts'
import type { ModelSettings } from '../settings.ts'

type Thinking = NonNullable<ModelSettings['thinking']>

/** How a server that speaks chat completions differs from OpenAI's own. What is absent is as there. */
export interface ChatDialect {
  readonly maxTokensField?: 'max_tokens'
  /** Where thinking is always sent back. By default it goes where it came from, and else between `<think>` tags. */
  readonly thinkingGoesTo?: 'reasoning_content' | 'tags'
  /** Refuses the history of a thinking model when a turn with calls lacks its thinking. */
  readonly missesThinking?: boolean
  /** Signed pieces of thinking come as `reasoning_details`, and have to go back as they were. */
  readonly hasThinkingDetails?: boolean
  readonly refusesStrict?: boolean
  readonly refusesJsonObjectWithTools?: boolean
  readonly refusesForcedCalls?: (modelName: string, settings: ModelSettings) => boolean
  /** Calls can be forced, but not the call of one named tool. */
  readonly refusesNamedCall?: boolean
  /** Fails when a call does not fit the schema, and shows the call with the error. */
  readonly showsFailedCalls?: boolean
  /** Fields of the body that lead to an error. */
  readonly refused?: readonly string[]
  /** Takes files and films by address. */
  readonly takesFileUrls?: boolean
  /** The body's fields for the setting `thinking`. */
  readonly thinking?: (thinking: Thinking, modelName: string) => RawObject
  readonly profile?: Partial<ModelProfile>
}

const efforts = {
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'high',
} as const

/** For servers that know three levels. */
function effort(thinking: Thinking): 'none' | 'low' | 'medium' | 'high' {
  if (typeof thinking === 'string') return efforts[thinking]
  return thinking ? 'medium' : 'none'
}

const effortField = (thinking: Thinking): RawObject => ({ reasoning_effort: effort(thinking) })

/** The open models of OpenAI always think. */
function openModelEffort(thinking: Thinking): RawObject {
  return thinking === false ? {} : effortField(thinking)
}

/** Servers on one's own machine. */
const local: ChatDialect = {
  maxTokensField: 'max_tokens',
  refusesStrict: true,
  thinking: effortField,
}

/** By the name of the provider. */
const dialects: Readonly<Record<string, ChatDialect>> = {
  ollama: local,
  lmstudio: {
    ...local,
    refusesNamedCall: true,
    profile: { supportsJsonObjectOutput: false },
  },
  openrouter: {
    maxTokensField: 'max_tokens',
    hasThinkingDetails: true,
    takesFileUrls: true,
    thinking: (thinking) => ({
      reasoning: { effort: effort(thinking), ...(thinking !== false && { enabled: true }) },
    }),
  },
  groq: {
    refusesStrict: true,
    refusesJsonObjectWithTools: true,
    showsFailedCalls: true,
    thinking: groqThinking,
  },
  /** @see https://api-docs.deepseek.com/guides/thinking_mode */
  deepseek: {
    maxTokensField: 'max_tokens',
    thinkingGoesTo: 'reasoning_content',
    missesThinking: true,
    refusesStrict: true,
    refusesForcedCalls: (modelName, { thinking }) =>
      thinking !== false && modelName !== 'deepseek-chat',
    thinking: (thinking) => ({
      thinking: { type: thinking === false ? 'disabled' : 'enabled' },
      ...(typeof thinking === 'string' && { reasoning_effort: efforts[thinking] }),
    }),
    profile: { supportsJsonSchemaOutput: false },
  },
  together: {
    maxTokensField: 'max_tokens',
    refusesStrict: true,
    thinking: (thinking) =>
      typeof thinking === 'string' ? effortField(thinking) : { reasoning: { enabled: thinking } },
  },
  /** @see https://docs.fireworks.ai/guides/reasoning */
  fireworks: { maxTokensField: 'max_tokens', refusesStrict: true, thinking: effortField },
  /** GLM wants its thinking back inside of the text; @see https://inference-docs.cerebras.ai/capabilities/reasoning */
  cerebras: {
    refused: [
      'frequency_penalty',
      'logit_bias',
      'presence_penalty',
      'parallel_tool_calls',
      'service_tier',
    ],
    thinking: (thinking, modelName) =>
      modelName.startsWith('gpt-oss')
        ? openModelEffort(thinking)
        : { disable_reasoning: thinking === false },
  },
}

/** @see https://console.groq.com/docs/reasoning */
function groqThinking(thinking: Thinking, modelName: string): RawObject {
  if (modelName.includes('gpt-oss')) return openModelEffort(thinking)
  if (thinking !== false) return { reasoning_format: 'parsed' }
  return modelName.includes('qwen3') ? { reasoning_effort: 'none' } : { reasoning_format: 'hidden' }
}

const openai: ChatDialect = {}

/** @param system the provider's name; one that is not known is taken for OpenAI */
export function dialectOf(system: string, modelName: string): ChatDialect {
  const dialect = Object.hasOwn(dialects, system) ? dialects[system] : undefined
  if (system === 'cerebras' && modelName.startsWith('zai')) {
    return { ...dialect, thinkingGoesTo: 'tags' }
  }
  return dialect ?? openai
}
