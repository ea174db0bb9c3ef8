import { UserError } from '../errors/index.ts'
import {
  type AiSdkLanguageModel,
  isAiSdkLanguageModel,
  looksLikeLanguageModel,
} from './ai-sdk/protocol.ts'
import type { Model } from './model.ts'
import { parseModelString } from './model-string.ts'
import { NamedModel, type NamedModelOptions } from './named-model.ts'
import { isRawObject } from './raw.ts'
import { SdkObjectModel } from './sdk-object-model.ts'

/** What counts as a model wherever one is asked for. */
export type ModelInput = string | Model | AiSdkLanguageModel

/**
 * A model by name, such as `model('openai:gpt-5.2', { baseUrl: 'https://proxy.example/v1' })`. `openai:` speaks the
 * Responses API, `openai-chat:` chat completions; `anthropic:`, `google:`, `google-vertex:`, and `<name>:` for any other
 * installed package `@ai-sdk/<name>`. Making it is free; the first request imports the package.
 *
 * @throws {UserError} when the string is not of the form `<provider>:<model>`, and for unknown options
 */
export function model(name: string, options: NamedModelOptions = {}): Model {
  return new NamedModel(parseModelString(name), options)
}

/**
 * A model from whatever may stand for one: its name, a model, or a language model object of the AI SDK.
 *
 * @throws {UserError} for anything else
 */
export function toModel(value: ModelInput): Model {
  if (typeof value === 'string') return model(value)
  if (isModel(value)) return value
  if (isAiSdkLanguageModel(value) || looksLikeLanguageModel(value)) {
    return new SdkObjectModel(value)
  }
  throw new UserError('This is no model', {
    hint: "Pass a name such as 'openai:gpt-5.2', a Model, or a language model object of the AI SDK",
  })
}

function isModel(value: unknown): value is Model {
  if (!isRawObject(value)) return false
  return typeof value['request'] === 'function' && typeof value['modelName'] === 'string'
}
