import { isRawObject } from '../raw.ts'
import { type Family, familyOf } from './family.ts'
import type { AiSdkLanguageModel, ProviderOptions } from './protocol.ts'

/** The model a prompt is written for. */
export interface PromptTarget {
  readonly family: Family
  /** The provider's name in histories: parts of its own get their ids and signatures back. */
  readonly system: string
}

export function promptTarget(model: AiSdkLanguageModel, system: string): PromptTarget {
  return { family: familyOf(model.provider), system }
}

export interface WithOptions {
  readonly providerOptions?: ProviderOptions
}

/** Options under the key that the family's package reads; empty options are left out. */
export function familyOptions(
  { family, system }: PromptTarget,
  options: Readonly<Record<string, unknown>>,
): WithOptions {
  if (Object.values(options).every((value) => value == null)) return {}
  const keys = { 'openai-chat': 'openai', 'openai-responses': 'openai', other: system } as const
  const key = family === 'anthropic' || family === 'google' ? family : keys[family]
  return { providerOptions: { [key]: options } }
}

/**
 * What the package itself attached to a part, to be handed back as it was; `undefined` when the part was read from what
 * the provider sent.
 */
export function attachedOptions(
  details: Readonly<Record<string, unknown>> | null,
): WithOptions | undefined {
  const metadata = details?.['provider_metadata']
  if (!isRawObject(metadata)) return undefined
  const options = Object.entries(metadata).flatMap(([key, value]) =>
    isRawObject(value) ? [[key, value] as const] : [],
  )
  return { providerOptions: Object.fromEntries(options) }
}
