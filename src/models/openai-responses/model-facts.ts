import { takesCacheMarks } from '../openai-cache-marks.ts'
import { reasoningOf } from '../openai-reasoning.ts'

/** What is known of an OpenAI model by its name, beside how it thinks. */
export interface ModelFacts {
  /** Sees its thinking of all earlier turns when told so. */
  readonly seesAllTurns: boolean
  readonly hasReasoningModes: boolean
  /** Marks texts as commentary or final answer, and wants the marks back. */
  readonly marksPhases: boolean
  /** Caches up to marks in the prompt. */
  readonly takesCacheMarks: boolean
  readonly searchesTools: boolean
  readonly makesImages: boolean
}

/** @see https://platform.openai.com/docs/models */
export function factsOf(modelName: string): ModelFacts {
  const isSince54 = /^gpt-(5\.[456]|6-astra)/.test(modelName)
  const isSince56 = /^gpt-(5\.6|6-astra)/.test(modelName)
  return {
    seesAllTurns: isSince54 && reasoningOf(modelName) !== undefined,
    hasReasoningModes: isSince56,
    marksPhases: isSince54 || modelName.startsWith('gpt-5.3-codex'),
    takesCacheMarks: takesCacheMarks(modelName),
    searchesTools: isSince54,
    makesImages: /^gpt-5|o3|4\.1|4o/.test(modelName),
  }
}
