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

/** Options under the key that the family's package reads; empty options are left out. */
export function familyOptions(
  { family, system }: PromptTarget,
  options: Readonly<Record<string, unknown>>,
): { readonly providerOptions?: ProviderOptions } {
  if (Object.values(options).every((value) => value == null)) return {}
  const keys = { 'openai-chat': 'openai', 'openai-responses': 'openai', other: system } as const
  const key = family === 'anthropic' || family === 'google' ? family : keys[family]
  return { providerOptions: { [key]: options } }
}
