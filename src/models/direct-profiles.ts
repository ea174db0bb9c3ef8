import { profileOf as anthropic } from './anthropic/profile.ts'
import type { DirectFamily } from './direct-model.ts'
import { profileOf as google } from './google/profile.ts'
import { profileOf as openaiChat } from './openai-chat/profile.ts'
import { profileOf as openaiResponses } from './openai-responses/profile.ts'
import type { ModelProfile } from './profile.ts'

type ProfileOf = (modelName: string, system: string) => ModelProfile

/** What is known of the models of a family, by their names and that of their provider. */
export const directProfiles: Readonly<Record<DirectFamily, ProfileOf>> = {
  'openai-chat': openaiChat,
  'openai-responses': openaiResponses,
  anthropic,
  google,
  'google-cloud': google,
}
