import { isRawObject, type RawObject } from '../raw.ts'
import type { ModelSettings } from '../settings.ts'
import type { GoogleTraits } from './traits.ts'

/** Tokens for each effort: the least that all models take, and the most. */
const budgets = { minimal: 128, low: 2048, medium: 8192, high: 24_576, xhigh: 24_576 } as const
const levels = { low: 'LOW', medium: 'MEDIUM', high: 'HIGH', xhigh: 'HIGH' } as const

/** How much the model is to think; it tells what it thinks. `undefined` leaves it to the model. */
export function thinkingConfig(
  settings: ModelSettings,
  traits: GoogleTraits,
): RawObject | undefined {
  const { thinking, googleThinkingConfig: given } = settings
  if (isRawObject(given)) return given
  if (thinking === undefined || traits.thinking === 'none') return undefined
  if (thinking === false) return withoutThinking(traits)
  if (thinking === true) return { include_thoughts: true }
  if (traits.thinking === 'budget') {
    return { include_thoughts: true, thinking_budget: budgets[thinking] }
  }
  const level = thinking === 'minimal' ? traits.lowestLevel : levels[thinking]
  return { include_thoughts: true, thinking_level: level }
}

function withoutThinking(traits: GoogleTraits): RawObject | undefined {
  if (traits.alwaysThinks) return undefined
  return traits.thinking === 'level'
    ? { thinking_level: traits.lowestLevel }
    : { thinking_budget: 0 }
}
