import { defaultProfile, type ModelProfile } from '../profile.ts'
import { traitsOf } from './traits.ts'

/** What is known of the model: those that make images call no tools, and only newer ones of them can write JSON. */
export function profileOf(modelName: string): ModelProfile {
  const { makesImages, combinesTools } = traitsOf(modelName)
  const writesJson = combinesTools || !makesImages
  return {
    ...defaultProfile,
    supportsTools: !makesImages,
    supportsJsonSchemaOutput: writesJson,
    supportsJsonObjectOutput: writesJson,
    supportsImageOutput: makesImages,
  }
}
