import type { ModelSettings } from '../models/index.ts'
import type { RunContext } from '../tools/index.ts'
import type { RunSetup } from './ports.ts'

/** Settings, or a function of the context that makes them anew for each request and sees the layers below it. */
export type SettingsLayer<TDeps> =
  | ModelSettings
  | ((ctx: RunContext<TDeps>) => ModelSettings | Promise<ModelSettings>)

/** The settings of one request: the model's own, then each layer on top; a function sees what lies below it. */
export function settingsFor(
  { model, settings }: RunSetup,
  contextWith: (settings: ModelSettings) => RunContext,
): ModelSettings | Promise<ModelSettings> {
  return settings.length === 0 ? ownSettings(model) : layered({ model, settings }, contextWith)
}

/** What a model is asked with when nobody says anything else. */
export function ownSettings({ settings }: RunSetup['model']): ModelSettings {
  return settings ?? none
}

const none: ModelSettings = Object.freeze({})

async function layered(
  { model, settings }: Pick<RunSetup, 'model' | 'settings'>,
  contextWith: (settings: ModelSettings) => RunContext,
): Promise<ModelSettings> {
  let merged = ownSettings(model)
  for (const layer of settings) {
    const values = typeof layer === 'function' ? await layer(contextWith(merged)) : layer
    merged = { ...merged, ...values }
  }
  return merged
}
