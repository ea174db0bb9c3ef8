import type { ModelProfile } from '../profile.ts'
import { vendorProfile } from '../vendor-profile.ts'
import { factsOf } from './model-facts.ts'

/** What is known of the model. */
export function profileOf(modelName: string): ModelProfile {
  return {
    ...vendorProfile('openai-responses'),
    supportsImageOutput: factsOf(modelName).makesImages,
  }
}
