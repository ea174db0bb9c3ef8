import type { Family } from './ai-sdk/family.ts'
import { defaultProfile, type ModelProfile } from './profile.ts'

const openai: ModelProfile = {
  ...defaultProfile,
  supportsJsonSchemaOutput: true,
  supportsJsonObjectOutput: true,
  supportsInlineSystemPrompts: true,
}

const profiles: Readonly<Record<Family, ModelProfile>> = {
  'openai-chat': openai,
  'openai-responses': { ...openai, supportsImageOutput: true },
  anthropic: { ...defaultProfile, supportsJsonSchemaOutput: true },
  // The package turns JSON without a schema into a tool of its own when there are other tools.
  google: { ...defaultProfile, supportsJsonSchemaOutput: true, supportsImageOutput: true },
  other: defaultProfile,
}

/** What the models of a family can do, unless somebody knows better. */
export function vendorProfile(family: Family): ModelProfile {
  return profiles[family]
}
