import { ModelAPIError, UserError } from '../../errors/index.ts'
import type { ModelResponse, ModelResponseInput } from '../../messages/index.ts'
import { assertRequestsAllowed } from '../guard.ts'
import type { Model, ModelCall } from '../model.ts'
import type { ModelProfile } from '../profile.ts'
import { rawObject } from '../raw.ts'
import { retrieveHeaders } from '../retrieve.ts'
import type { ReadContext } from '../read-context.ts'
import type { ModelSettings } from '../settings.ts'
import { vendorProfile } from '../vendor-profile.ts'
import { modelError, unreadBody } from './errors.ts'
import { systemOf } from './family.ts'
import { toPrompt } from './prompt.ts'
import {
  type AiSdkLanguageModel,
  type CallableLanguageModel,
  type CallOptions,
  isAiSdkLanguageModel,
} from './protocol.ts'
import { readerOf, readerOfFamily } from './raw-body.ts'
import { readSdkResult } from './response.ts'
import { settingOptions } from './settings.ts'
import { type PromptTarget, promptTarget } from './target.ts'
import { responseFormat, toolOptions } from './tools.ts'
import { promptForV3 } from './v3.ts'

/** What the model object does not tell by itself. */
export interface AiSdkModelOptions {
  /** Default: what is known of the provider's family. */
  readonly profile?: ModelProfile
  readonly settings?: ModelSettings
  /** Default `true`; `false` for models that answer without a network, such as the AI SDK's mocks. */
  readonly isRemote?: boolean
  /** The provider's name in histories. Default: by the model's own provider id. */
  readonly system?: string
  /** Whether the model was made with `retrievingFetch`, so that responses in the background can be asked about. */
  readonly canRetrieve?: boolean
}

/**
 * Any language model object of the AI SDK, specification v3 or v4, as a model of agents:
 * `new AiSdkModel(createMistral()('mistral-large-latest'))`. The package is the transport; where the raw answer has a
 * shape known here it is read in full, otherwise as far as the package tells.
 */
export class AiSdkModel implements Model {
  readonly modelName: string
  readonly system: string
  readonly profile: ModelProfile
  readonly settings?: ModelSettings
  readonly isRemote: boolean
  readonly #model: CallableLanguageModel
  readonly #target: PromptTarget
  readonly #canRetrieve: boolean

  /** @throws {UserError} when the object is not a language model of specification v3 or v4. */
  constructor(languageModel: AiSdkLanguageModel, options: AiSdkModelOptions = {}) {
    if (!isAiSdkLanguageModel(languageModel)) throw notALanguageModel(languageModel)
    this.#model = languageModel
    this.modelName = languageModel.modelId
    this.system = options.system ?? systemOf(languageModel.provider)
    this.#target = promptTarget(languageModel, this.system)
    this.profile = options.profile ?? vendorProfile(this.#target.family)
    if (options.settings !== undefined) this.settings = options.settings
    this.isRemote = options.isRemote ?? true
    this.#canRetrieve = options.canRetrieve ?? false
  }

  async request(call: ModelCall): Promise<ModelResponseInput> {
    assertRequestsAllowed(this)
    const context: ReadContext = { providerName: this.system, settings: call.settings }
    const { timeoutMs } = call.settings
    const timeout = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs)
    const signal = timeout === undefined ? call.signal : AbortSignal.any([call.signal, timeout])
    try {
      const result = await this.#model.doGenerate(this.#options(call, signal))
      return this.#read(result, call, context)
    } catch (error) {
      call.signal.throwIfAborted()
      if (timeout?.aborted) throw this.#tooLate(timeoutMs, error)
      return this.#recover(error, context)
    }
  }

  /** Work in the background is asked about every second; anything else goes on at once. */
  continuationDelayMs(response: ModelResponse): number {
    return response.providerDetails?.['background'] === true ? 1000 : 0
  }

  #options(call: ModelCall, abortSignal: AbortSignal): CallOptions {
    const { family } = this.#target
    const prompt = toPrompt(call.messages, call.parameters.instructions, this.#target)
    const format = responseFormat(call.parameters, this.profile.supportsJsonObjectOutput)
    const settings = settingOptions(call.settings, family, this.modelName)
    return {
      ...settings,
      ...toolOptions(call, family),
      ...(format !== undefined && { responseFormat: format }),
      ...this.#retrieval(call, settings.headers),
      prompt: this.#model.specificationVersion === 'v3' ? promptForV3(prompt) : prompt,
      abortSignal,
    }
  }

  #retrieval(call: ModelCall, headers: CallOptions['headers']): Pick<CallOptions, 'headers'> {
    const last = call.messages.at(-1)
    if (last?.kind !== 'response' || last.state !== 'suspended') return {}
    if (last.providerDetails?.['background'] !== true) return {}
    if (this.#canRetrieve && last.providerResponseId !== null) {
      return { headers: { ...headers, ...retrieveHeaders(last.providerResponseId) } }
    }
    throw new UserError('This model object cannot be asked about a response in the background', {
      hint: `Name the model by a string, such as 'openai:${this.modelName}'`,
    })
  }

  #read(result: unknown, call: ModelCall, context: ReadContext): ModelResponseInput {
    const body = rawObject(rawObject(result)['response'])['body']
    const read = readerOf(body)
    const response = read === undefined ? undefined : read(body, context)
    if (response === undefined || usesPackageTool(response, call)) {
      return readSdkResult(result, context)
    }
    return response
  }

  /** A closed schema of the package may refuse an answer that can be read all the same. */
  #recover(error: unknown, context: ReadContext): ModelResponseInput {
    const body = unreadBody(error)
    const read = readerOf(body) ?? readerOfFamily(this.#target.family)
    if (body != null && read !== undefined) return read(body, context)
    throw modelError(error, this.modelName, this.#target.family)
  }

  #tooLate(timeoutMs: number | undefined, cause: unknown): ModelAPIError {
    return new ModelAPIError(this.modelName, `No answer within ${timeoutMs} ms`, { cause })
  }
}

/** Packages may ask for a native output by a tool of their own, `json`; only they can undo that. */
function usesPackageTool(response: ModelResponseInput, { parameters }: ModelCall): boolean {
  const { functionTools, outputTools, outputMode } = parameters
  if (outputMode === 'text' || outputMode === 'tool') return false
  const isOurs = [...functionTools, ...outputTools].some((tool) => tool.name === 'json')
  return (
    !isOurs &&
    response.parts.some((part) => part.partKind === 'tool-call' && part.toolName === 'json')
  )
}

function notALanguageModel(value: unknown): UserError {
  const version = rawObject(value)['specificationVersion']
  const found = typeof version === 'string' ? `specification ${version}` : 'something else'
  return new UserError(`A language model of the AI SDK was expected, and this is ${found}`, {
    hint: 'Pass a language model object of specification v3 or v4, as `openai("gpt-5.2")` gives one',
  })
}
