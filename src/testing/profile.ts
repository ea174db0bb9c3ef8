import { defaultProfile, type ModelProfile } from '../models/index.ts'

/** The profile of the models here, unless they are given another: tools and JSON output of every kind, no images. */
export const testingProfile: ModelProfile = {
  ...defaultProfile,
  supportsJsonSchemaOutput: true,
  supportsJsonObjectOutput: true,
}
