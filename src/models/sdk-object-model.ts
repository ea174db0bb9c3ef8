import type { ModelResponse, ModelResponseInput } from '../messages/index.ts'
import type { ResponseDelta } from '../streaming/index.ts'
import type { AiSdkModel } from './ai-sdk/ai-sdk-model.ts'
import { familyOf, systemOf } from './ai-sdk/family.ts'
import { type AiSdkLanguageModel, checkLanguageModel } from './ai-sdk/protocol.ts'
import type { Model, ModelCall } from './model.ts'
import { openOnce } from './open-once.ts'
import { pollDelayMs } from './poll-delay.ts'
import type { ModelProfile } from './profile.ts'
import { vendorProfile } from './vendor-profile.ts'

/** A language model object of the AI SDK. What speaks to it is imported with the first request. */
export class SdkObjectModel implements Model {
  readonly modelName: string
  readonly system: string
  readonly profile: ModelProfile
  readonly isRemote = true
  readonly #load: () => Promise<AiSdkModel>

  /** @throws {UserError} when the object is not a language model of specification v3 or v4 */
  constructor(languageModel: AiSdkLanguageModel) {
    checkLanguageModel(languageModel)
    this.modelName = languageModel.modelId
    this.system = systemOf(languageModel.provider)
    this.profile = vendorProfile(familyOf(languageModel.provider))
    this.#load = openOnce(async () => {
      const { AiSdkModel: Speaker } = await import('./ai-sdk/ai-sdk-model.ts')
      return new Speaker(languageModel)
    })
  }

  async request(call: ModelCall): Promise<ModelResponseInput> {
    return (await this.#load()).request(call)
  }

  async *stream(call: ModelCall): AsyncGenerator<ResponseDelta> {
    yield* (await this.#load()).stream(call)
  }

  continuationDelayMs(response: ModelResponse): number {
    return pollDelayMs(response)
  }
}
