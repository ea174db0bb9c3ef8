import type { ModelCall } from '../model.ts'
import { present, type RawObject } from '../raw.ts'
import { inputItems } from './messages.ts'
import { reasoningField, takesSampling } from './reasoning.ts'
import { type ServerState, serverState } from './server-state.ts'
import { inclusionsOf, plainSettings } from './settings.ts'
import { type Target, targetOf } from './target.ts'
import { deferredTools, functionTool, textField, toolFields } from './tools.ts'

/** Whom a body is written for. */
export interface BodyContext {
  readonly modelName: string
  readonly system: string
  readonly isStreamed: boolean
  /** Whether text output can be asked to be some JSON object. */
  readonly takesJsonObjects: boolean
}

/**
 * The body of `POST /responses`. What the settings hold for this provider goes over what they mean, `extraBody` over
 * everything.
 *
 * @throws {UserError} for content, tools or settings that the API cannot take
 */
export function requestBody(call: ModelCall, context: BodyContext): RawObject {
  const { settings } = call
  const { modelName, system, isStreamed, takesJsonObjects } = context
  const target = targetOf(modelName, system, settings)
  const mayVary = takesSampling(settings, target)
  const state = serverState(call.messages, settings, system)
  const fields = {
    model: modelName,
    stream: isStreamed,
    ...inputFields(call, state, target, takesJsonObjects),
    previous_response_id: state.previousResponseId,
    conversation: state.conversationId,
    ...toolFields(call, target),
    text: textField(call, takesJsonObjects),
    reasoning: reasoningField(settings, target),
    include: inclusions(call, target, mayVary),
    ...plainSettings(settings, mayVary),
  }
  return { ...present(fields), ...settings.providerOptions?.[system], ...settings.extraBody }
}

/** What more a response is to hold that is fetched by its id; OpenAI keeps no sealed thinking of it. */
export function retrievalInclusions(
  { settings }: ModelCall,
  { modelName, system }: BodyContext,
): string[] {
  return inclusionsOf(settings, takesSampling(settings, targetOf(modelName, system, settings)))
}

function inclusions({ settings }: ModelCall, { reasoning }: Target, mayVary: boolean): unknown {
  // Sealed thinking goes back with the history, so that it also holds where OpenAI stores nothing.
  const sealed = reasoning === undefined ? [] : ['reasoning.encrypted_content']
  const all = [...sealed, ...inclusionsOf(settings, mayVary)]
  return all.length === 0 ? undefined : all
}

function inputFields(
  call: ModelCall,
  state: ServerState,
  target: Target,
  takesJsonObjects: boolean,
): RawObject {
  const { functionTools, instructions, outputMode } = call.parameters
  const deferred = deferredTools(call)
  const input = inputItems(state.messages, target, (name) => {
    const tool = functionTools.find((each) => each.name === name)
    return tool === undefined ? undefined : functionTool(tool, deferred)
  })
  if (outputMode === 'prompted' && takesJsonObjects && instructions !== null) {
    return { input: withSystemPrompt(input, instructions) }
  }
  const goesOn = state.previousResponseId ?? state.conversationId
  const isEmpty = input.length === 0 && goesOn === undefined
  // The API refuses to begin with instructions alone.
  return {
    instructions: instructions || undefined,
    input: isEmpty ? [{ role: 'user', content: '' }] : input,
  }
}

/** The word JSON has to be in the input when JSON is asked for: the API does not look for it in the instructions. */
function withSystemPrompt(input: readonly RawObject[], content: string): RawObject[] {
  const isOther = (item: RawObject): boolean => item['role'] !== 'system'
  const found = input.findIndex(isOther)
  const position = found < 0 ? input.length : found
  return input.toSpliced(position, 0, { role: 'system', content })
}
