import type { Model } from './model.ts'

/** How a model is shown to people, as in `FallbackModel(openai:gpt-5.2, RetryingModel(anthropic:claude-sonnet-4-5))`. */
export function describeModel(model: Model): string {
  const { system, modelName, wraps, constructor } = model
  if (wraps === undefined) return `${system}:${modelName}`
  return `${constructor.name}(${wraps.map(describeModel).join(', ')})`
}
