import { reasoningOf, type Reasoning } from '../openai-reasoning.ts'
import type { ModelSettings } from '../settings.ts'
import { factsOf, type ModelFacts } from './model-facts.ts'

/** Who a request is for. */
export interface Target extends ModelFacts {
  readonly modelName: string
  /** The provider's name in histories: what it wrote there goes back to it as it came. */
  readonly system: string
  /** How the model thinks, if it does. */
  readonly reasoning: Reasoning | undefined
  /** Parts go back with the ids they came with. */
  readonly sendsIds: boolean
}

export function targetOf(modelName: string, system: string, settings: ModelSettings): Target {
  const reasoning = reasoningOf(modelName)
  const ids = settings['openaiSendReasoningIds']
  return {
    ...factsOf(modelName),
    modelName,
    system,
    reasoning,
    sendsIds: typeof ids === 'boolean' ? ids : reasoning !== undefined,
  }
}
