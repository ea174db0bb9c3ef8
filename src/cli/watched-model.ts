import type { ModelResponse, ModelResponseInput } from '../messages/index.ts'
import type { Model, ModelCall, ModelProfile, ModelSettings } from '../models/index.ts'

/** A model with a listener who sees each request before it is sent. */
export class WatchedModel implements Model {
  readonly modelName: string
  readonly system: string
  readonly profile: ModelProfile
  readonly settings: ModelSettings
  readonly isRemote: boolean
  readonly #model: Model
  readonly #onRequest: (call: ModelCall) => void

  constructor(model: Model, onRequest: (call: ModelCall) => void) {
    this.modelName = model.modelName
    this.system = model.system
    this.profile = model.profile
    this.settings = model.settings ?? {}
    this.isRemote = model.isRemote
    this.#model = model
    this.#onRequest = onRequest
  }

  request(call: ModelCall): Promise<ModelResponse | ModelResponseInput> {
    this.#onRequest(call)
    return this.#model.request(call)
  }

  continuationDelayMs(response: ModelResponse): number {
    return this.#model.continuationDelayMs?.(response) ?? 0
  }
}
