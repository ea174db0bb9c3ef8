import type { Model } from './model.ts'
import type { ModelInput } from './resolve.ts'
import type { ModelSettings } from './settings.ts'
import { WrapperModel } from './wrapper-model.ts'

/**
 * The model with settings on top of its own. They are still the lowest layer of a run: those of the agent and of the run
 * go before them, key by key.
 */
export function withSettings(model: ModelInput, settings: ModelSettings): Model {
  return new ModelWithSettings(model, settings)
}

class ModelWithSettings extends WrapperModel {
  override readonly settings: ModelSettings

  constructor(model: ModelInput, settings: ModelSettings) {
    super(model)
    this.settings = { ...this.wrapped.settings, ...settings }
  }
}
