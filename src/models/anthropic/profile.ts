import type { ModelProfile } from '../profile.ts'
import { vendorProfile } from '../vendor-profile.ts'
import { isAble } from './abilities.ts'

/** What is known of the model. */
export function profileOf(modelName: string): ModelProfile {
  return {
    ...vendorProfile('anthropic'),
    supportsJsonSchemaOutput: isAble(modelName, 'jsonSchema'),
    supportsInlineSystemPrompts: isAble(modelName, 'systemMessages'),
  }
}
