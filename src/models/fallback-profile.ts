import type { Model } from './model.ts'
import type { ModelProfile } from './profile.ts'

/**
 * What a run goes by when it prepares a request that any of the models may get. What a model can do is told of the
 * first. How it is asked suits all: what only some of them understand is not used where there is another way.
 */
export function fallbackProfile(first: Model, others: readonly Model[]): ModelProfile {
  const { profile } = first
  const profiles = [profile, ...others.map((model) => model.profile)]
  return {
    ...profile,
    supportsInlineSystemPrompts: profiles.every((each) => each.supportsInlineSystemPrompts),
    nativeOutputRequiresSchemaInInstructions: profiles.some(
      (each) => each.nativeOutputRequiresSchemaInInstructions,
    ),
    defaultStructuredOutputMode: profiles.every((each) => knows(each, profile))
      ? profile.defaultStructuredOutputMode
      : commonMode(profiles),
  }
}

/** Whether a model can be asked for output in the way that another likes best. */
function knows(
  profile: ModelProfile,
  { defaultStructuredOutputMode: mode }: ModelProfile,
): boolean {
  if (mode === 'native') return profile.supportsJsonSchemaOutput
  return mode === 'prompted' || profile.supportsTools
}

function commonMode(profiles: readonly ModelProfile[]): 'tool' | 'prompted' {
  return profiles.every(({ supportsTools }) => supportsTools) ? 'tool' : 'prompted'
}
