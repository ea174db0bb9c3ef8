import type { ModelResponse, ModelResponseInput } from '../messages/index.ts'
import type { ResponseDelta } from '../streaming/index.ts'
import { describeModel } from './describe-model.ts'
import type { Model, ModelCall } from './model.ts'
import type { ModelProfile } from './profile.ts'
import { type ModelInput, toModel } from './resolve.ts'
import type { ModelSettings } from './settings.ts'
import { streamFrom } from './stream.ts'

/**
 * A model that hands everything on to another and passes for it. Subclasses change what they are for. It can be streamed
 * also when the other one cannot: the answer then comes in whole parts.
 */
export class WrapperModel implements Model {
  readonly modelName: string
  readonly system: string
  readonly profile: ModelProfile
  readonly settings?: ModelSettings
  readonly isRemote: boolean
  readonly wrapped: Model
  readonly wraps: readonly Model[]

  /** @throws {UserError} when this is no model */
  constructor(model: ModelInput) {
    const wrapped = toModel(model)
    this.wrapped = wrapped
    this.wraps = [wrapped]
    this.modelName = wrapped.modelName
    this.system = wrapped.system
    this.profile = wrapped.profile
    this.isRemote = wrapped.isRemote
    if (wrapped.settings !== undefined) this.settings = wrapped.settings
  }

  request(call: ModelCall): Promise<ModelResponse | ModelResponseInput> {
    return this.wrapped.request(call)
  }

  stream(call: ModelCall): AsyncIterable<ResponseDelta> {
    return streamFrom(this.wrapped, call)
  }

  continuationDelayMs(response: ModelResponse): number {
    return this.wrapped.continuationDelayMs?.(response) ?? 0
  }

  async cancelSuspended(response: ModelResponse): Promise<void> {
    await this.wrapped.cancelSuspended?.(response)
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return describeModel(this)
  }
}
