import type { ModelProfile } from '../profile.ts'
import { vendorProfile } from '../vendor-profile.ts'
import { dialectOf } from './dialect.ts'

/** What is known of the model, by its name and that of its provider. */
export function profileOf(modelName: string, system = 'openai'): ModelProfile {
  return {
    ...vendorProfile('openai-chat'),
    // Templates of open models often refuse a system prompt that is not the first message.
    supportsInlineSystemPrompts: system === 'openai',
    ...dialectOf(system, modelName).profile,
  }
}
