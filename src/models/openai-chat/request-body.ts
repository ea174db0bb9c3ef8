import type { ModelCall } from '../model.ts'
import type { RawObject } from '../raw.ts'
import { chatMessages } from './messages.ts'
import { settingFields } from './settings.ts'
import type { ChatTarget } from './target.ts'
import { nativeToolFields, responseFormat, toolFields } from './tools.ts'

export interface BodyOptions {
  readonly isStream: boolean
  /** Whether prompted output is held to be some JSON object. */
  readonly asksForJsonObjects: boolean
}

/**
 * The body of a `chat/completions` request.
 *
 * @throws {UserError} for what this API cannot be asked for
 */
export function requestBody(
  call: ModelCall,
  target: ChatTarget,
  { isStream, asksForJsonObjects }: BodyOptions,
): RawObject {
  const { settings } = call
  const format = responseFormat(call, target, asksForJsonObjects)
  return {
    model: target.modelName,
    messages: chatMessages(call, target),
    ...toolFields(call, target),
    ...nativeToolFields(settings.nativeTools, target.modelName),
    ...(format !== undefined && { response_format: format }),
    ...settingFields(settings, target),
    stream: isStream,
    ...(isStream && { stream_options: streamOptions(settings) }),
    ...settings.providerOptions?.[target.system],
    ...settings.extraBody,
  }
}

function streamOptions({ openaiContinuousUsageStats }: ModelCall['settings']): RawObject {
  return {
    include_usage: true,
    ...(openaiContinuousUsageStats === true && { continuous_usage_stats: true }),
  }
}
