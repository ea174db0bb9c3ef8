import type { ModelMessage } from '../../messages/index.ts'
import { leadingPrompts, withoutLeadingPrompts } from '../leading-prompts.ts'
import type { ModelCall } from '../model.ts'
import { isRawObject, present, type RawObject, rawText } from '../raw.ts'
import { userContents } from './request-parts.ts'
import { modelContent } from './response-parts.ts'
import { generationConfig, serviceTier } from './settings.ts'
import type { GoogleTarget } from './target.ts'
import { toolFields } from './tools.ts'

/**
 * The body of a request to `generateContent`, the same for both APIs and whether the answer is streamed or not. The
 * spelling of keys is that of Google's own packages, which mix camelCase with snake_case; the APIs take either.
 *
 * @throws {UserError} for what the model cannot be asked
 */
export function requestBody(call: ModelCall, target: GoogleTarget): RawObject {
  const { settings } = call
  const { pausedBy, messages } = unpaused(call.messages)
  const cachedContent = rawText(settings['googleCachedContent'])
  // What was cached brings its own, and Google refuses both at once.
  const shared = { ...systemInstruction(call), ...toolFields(call, target) }
  const body = present({
    contents: contents(messages, target),
    ...(cachedContent === undefined && shared),
    cachedContent,
    generationConfig: generationConfig(call, target),
    safetySettings: settings['googleSafetySettings'],
    labels: settings['googleLabels'],
    modelArmorConfig: settings['googleModelArmorConfig'],
    serviceTier: serviceTier(settings, target.isVertex),
    continuationToken: pausedBy,
  })
  const options = settings.providerOptions?.[target.system]
  return merged(merged(body, options ?? {}), settings.extraBody ?? {})
}

/** An answer that Google paused goes on by its token; what there is of it is not sent. */
function unpaused(messages: readonly ModelMessage[]) {
  const last = messages.at(-1)
  const token = last?.kind === 'response' ? last.providerDetails?.['continuation_token'] : undefined
  const pausedBy = rawText(token)
  return { pausedBy, messages: pausedBy === undefined ? messages : messages.slice(0, -1) }
}

/** Google wants the user to begin, and somebody to have said something. */
function contents(messages: readonly ModelMessage[], target: GoogleTarget): RawObject[] {
  const found = withoutLeadingPrompts(messages).flatMap((message) =>
    message.kind === 'request' ? userContents(message, target) : modelContent(message, target),
  )
  if (found[0]?.['role'] === 'user') return found
  return [{ role: 'user', parts: [{ text: '' }] }, ...found]
}

function systemInstruction({ messages, parameters }: ModelCall): RawObject {
  const instructions = parameters.instructionParts.map(({ content }) => content)
  const parts = [...leadingPrompts(messages), ...instructions].map((text) => ({ text }))
  return parts.length === 0 ? {} : { systemInstruction: { parts, role: 'user' } }
}

/** Objects inside of objects are merged, too: most settings of Google's lie one level down. */
function merged(one: RawObject, other: RawObject): RawObject {
  const result: Record<string, unknown> = { ...one }
  for (const [key, value] of Object.entries(other)) {
    const known = result[key]
    result[key] = isRawObject(known) && isRawObject(value) ? merged(known, value) : value
  }
  return result
}
