import { lacksMinimalEffort } from '../openai-reasoning.ts'
import { presentOrNull, type RawObject, rawText } from '../raw.ts'
import type { ModelSettings } from '../settings.ts'
import type { Target } from './target.ts'

/** How the model is to think, as the API takes it; `null` when there is nothing to say. */
export function reasoningField(settings: ModelSettings, target: Target): RawObject | null {
  return presentOrNull({
    effort: effortOf(settings, target),
    mode: target.hasReasoningModes ? settings['openaiReasoningMode'] : undefined,
    context: contextOf(settings, target),
    summary: settings['openaiReasoningSummary'],
  })
}

/** Whether temperatures and the like may be sent: not to a model while it thinks, nor to one that always does. */
export function takesSampling(settings: ModelSettings, target: Target): boolean {
  const { reasoning } = target
  if (reasoning === undefined) return true
  if (!reasoning.canBeOff) return false
  const effort = effortOf(settings, target)
  return effort === undefined ? !reasoning.isDefault : effort === 'none'
}

/** OpenAI's own setting wins over the one for all providers, which is left out where the model cannot follow it. */
function effortOf(settings: ModelSettings, { modelName, reasoning }: Target): string | undefined {
  const effort = rawText(settings['openaiReasoningEffort'])
  const { thinking } = settings
  if (effort !== undefined || thinking === undefined || reasoning === undefined) return effort
  if (thinking === false) return reasoning.canBeOff ? 'none' : undefined
  if (thinking === true) return 'medium'
  return thinking === 'minimal' && lacksMinimalEffort(modelName) ? 'low' : thinking
}

/** Every thinking model can be told to look at this turn only; at all of them, only some. */
function contextOf(settings: ModelSettings, target: Target): string | undefined {
  const context = rawText(settings['openaiReasoningContext']) ?? 'all_turns'
  const isPossible = context === 'all_turns' ? target.seesAllTurns : target.reasoning !== undefined
  return isPossible ? context : undefined
}
