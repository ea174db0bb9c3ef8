import type { RawObject } from '../raw.ts'
import type { ModelSettings } from '../settings.ts'
import { isAble } from './abilities.ts'
import { ownSettings } from './settings.ts'

/** Tokens for a level of `thinking`, for models that need to be told. */
const budgets = {
  true: 10_000,
  minimal: 1024,
  low: 2048,
  medium: 10_000,
  high: 16_384,
  xhigh: 32_768,
} as const

const efforts = {
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'max',
} as const

/** The `thinking` of a request; absent when nothing was asked for. */
export function thinkingConfig(settings: ModelSettings, modelName: string): RawObject | undefined {
  const { anthropicThinking } = ownSettings(settings)
  const { thinking } = settings
  if (anthropicThinking !== undefined) return anthropicThinking
  if (thinking === undefined || thinking === false) return undefined
  if (isAble(modelName, 'adaptiveThinking')) return { type: 'adaptive' }
  return { type: 'enabled', budget_tokens: budgets[`${thinking}`] }
}

/** Levels count as efforts for models that know them; `thinking: true` leaves the effort to the model. */
export function effort(settings: ModelSettings, modelName: string): string | undefined {
  const { thinking } = settings
  const { anthropicEffort } = ownSettings(settings)
  if (anthropicEffort !== undefined) return anthropicEffort
  if (typeof thinking !== 'string' || !isAble(modelName, 'effort')) return undefined
  return thinking === 'xhigh' && isAble(modelName, 'xhighEffort') ? 'xhigh' : efforts[thinking]
}
