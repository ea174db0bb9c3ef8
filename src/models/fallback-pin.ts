/**
 * Only the model that paused a response can go on with it. A suspended response that leaves a fallback says in
 * `providerDetails` whose it is: one name for each fallback it came through, the outermost first. It is plain data, so
 * that a run which is restored elsewhere finds its way back.
 */
import type { ModelMessage, ModelResponse } from '../messages/index.ts'
import type { Model, ModelCall } from './model.ts'

type Details = ModelResponse['providerDetails']

const key = 'fallback_models'

/** By which a fallback knows its models. */
function pinName({ system, modelName }: Model): string {
  return `${system}:${modelName}`
}

/** The details with the name in front of those that are there. */
export function pinned(details: Details | undefined, model: Model): NonNullable<Details> {
  return { ...details, [key]: [pinName(model), ...namesIn(details ?? null)] }
}

/** The response as the model that it names gave it. */
export function unpinned(response: ModelResponse): ModelResponse {
  const [first, ...rest] = namesIn(response.providerDetails)
  if (first === undefined) return response
  const { [key]: _, ...details } = response.providerDetails ?? {}
  return { ...response, providerDetails: rest.length === 0 ? details : { ...details, [key]: rest } }
}

/** Whose response it is. One that names nobody was begun before there was a fallback: it is taken for the first one's. */
export function ownerOf(response: ModelResponse, models: readonly Model[]): Model | undefined {
  const [name] = namesIn(response.providerDetails)
  return name === undefined ? models[0] : models.find((model) => pinName(model) === name)
}

/** The suspended response that the call is to go on with. */
export function suspendedOf({ messages }: Pick<ModelCall, 'messages'>): ModelResponse | undefined {
  const last: ModelMessage | undefined = messages.at(-1)
  return last?.kind === 'response' && last.state === 'suspended' ? last : undefined
}

const anew = 'fallback_began_anew'

/** The facts with a mark that they are of another answer than the one that paused, not of its rest. */
export function begunAnew<TFacts extends { readonly providerDetails?: Details | undefined }>(
  facts: TFacts,
): TFacts {
  return { ...facts, providerDetails: { ...facts.providerDetails, [anew]: true } }
}

/** Whether a response takes the place of the one that paused. */
export function hasBegunAnew({ providerDetails }: Pick<ModelResponse, 'providerDetails'>): boolean {
  return providerDetails?.[anew] === true
}

function namesIn(details: Details): readonly string[] {
  const names = details?.[key]
  return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : []
}
