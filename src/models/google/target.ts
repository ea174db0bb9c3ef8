import type { ModelProfile } from '../profile.ts'
import type { GoogleTraits } from './traits.ts'

/** Who a request is written for. */
export interface GoogleTarget {
  readonly modelName: string
  /** Its name in histories. */
  readonly system: string
  readonly isVertex: boolean
  readonly profile: ModelProfile
  readonly traits: GoogleTraits
}

/** The names of the two APIs, now and in older histories. */
const aliases: readonly (readonly string[])[] = [
  ['google', 'google-gla'],
  ['google-cloud', 'google-vertex'],
]

/** Whether something in a history comes from the provider that it is sent to. */
export function isOwn(
  providerName: string | null,
  { system }: Pick<GoogleTarget, 'system'>,
): boolean {
  if (providerName === null) return false
  const names = aliases.find((each) => each.includes(system)) ?? [system]
  return names.includes(providerName)
}
