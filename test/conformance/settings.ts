import { defaultProfile, type ModelProfile, type ModelSettings } from '../../src/models/index.ts'
import { defined } from './defined.ts'
import type { Json } from './recording.ts'
import type { VectorModel } from './vector.ts'

/** Settings whose names differ; others are called the same on both sides. */
const settingNames = new Map([
  ['max_tokens', 'maxTokens'],
  ['top_p', 'topP'],
  ['top_k', 'topK'],
  ['timeout', 'timeoutMs'],
  ['parallel_tool_calls', 'parallelToolCalls'],
  ['tool_choice', 'toolChoice'],
  ['presence_penalty', 'presencePenalty'],
  ['frequency_penalty', 'frequencyPenalty'],
  ['logit_bias', 'logitBias'],
  ['stop_sequences', 'stopSequences'],
  ['extra_headers', 'extraHeaders'],
  ['extra_body', 'extraBody'],
  ['service_tier', 'serviceTier'],
])
const wireNames = new Map([...settingNames].map(([wire, ours]) => [ours, wire]))

export function settingsFromWire(settings: Json): ModelSettings {
  return renamed(settings, settingNames, 'timeout', 1000)
}

export function settingsToWire(settings: ModelSettings): Json {
  return renamed(settings, wireNames, 'timeoutMs', 1 / 1000)
}

function renamed(
  settings: Json,
  names: ReadonlyMap<string, string>,
  duration: string,
  factor: number,
): Json {
  const entries = Object.entries(settings).map(([key, value]) => [
    names.get(key) ?? key,
    key === duration && typeof value === 'number' ? value * factor : value,
  ])
  return Object.fromEntries(entries)
}

/** The profile of the scripted model: FORMAT.md section 4. */
export function profileFromWire(profile: VectorModel['profile'] = {}): ModelProfile {
  return {
    ...defaultProfile,
    supportsJsonSchemaOutput: true,
    supportsJsonObjectOutput: true,
    ...defined({
      supportsTools: profile.supports_tools,
      supportsJsonSchemaOutput: profile.supports_json_schema_output,
      supportsJsonObjectOutput: profile.supports_json_object_output,
      supportsImageOutput: profile.supports_image_output,
      supportsInlineSystemPrompts: profile.supports_inline_system_prompts,
      defaultStructuredOutputMode: profile.default_structured_output_mode,
      promptedOutputTemplate: profile.prompted_output_template,
      nativeOutputRequiresSchemaInInstructions:
        profile.native_output_requires_schema_in_instructions,
    }),
  }
}
