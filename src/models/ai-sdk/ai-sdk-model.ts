import { UserError } from '../../errors/index.ts'
import type { ModelResponse, ModelResponseInput } from '../../messages/index.ts'
import type { ResponseDelta } from '../../streaming/index.ts'
import { attachFiles, type DownloadedFiles } from '../attach-files.ts'
import { assertRequestsAllowed } from '../guard.ts'
import type { Model, ModelCall } from '../model.ts'
import { type PendingJob, pendingJob } from '../openai-responses/background.ts'
import { pollDelayMs } from '../poll-delay.ts'
import type { ModelProfile } from '../profile.ts'
import { rawObject } from '../raw.ts'
import type { ReadContext } from '../read-context.ts'
import type { ModelSettings } from '../settings.ts'
import { retrieveHeaders } from '../retrieve.ts'
import { piecesOf } from '../stream.ts'
import { TimeLimit } from '../time-limit.ts'
import { vendorProfile } from '../vendor-profile.ts'
import { type Asked, modelError, unreadBody } from './errors.ts'
import { systemOf } from './family.ts'
import { nativeOptions } from './native-tools.ts'
import { toPrompt } from './prompt.ts'
import {
  type AiSdkLanguageModel,
  type CallableLanguageModel,
  type CallOptions,
  checkLanguageModel,
} from './protocol.ts'
import { readerOf, readerOfFamily } from './raw-body.ts'
import { readSdkResult } from './response.ts'
import { settingOptions } from './settings.ts'
import { readSdkStream } from './stream.ts'
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
  readonly #files: DownloadedFiles = new WeakMap()

  /** @throws {UserError} when the object is not a language model of specification v3 or v4. */
  constructor(languageModel: AiSdkLanguageModel, options: AiSdkModelOptions = {}) {
    this.#model = checkLanguageModel(languageModel)
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
    const attached = await attachFiles(call, this.#files)
    const limit = new TimeLimit(call, this)
    try {
      const result = await this.#model.doGenerate(this.#options(attached, limit.signal, false))
      return this.#read(result, call)
    } catch (error) {
      limit.signal.throwIfAborted()
      return this.#recover(error, call)
    } finally {
      limit.close()
    }
  }

  /**
   * Throws what `request` throws, and `ModelStreamError` when the stream itself reports an error. OpenAI's package for
   * chats begins it with the first text or call: thinking is held back until then, and lost when an error comes first.
   */
  async *stream(call: ModelCall): AsyncGenerator<ResponseDelta> {
    const job = this.#job(call)
    // Only what was streamed from the start can be streamed on.
    const isWhole = job !== undefined && job.sequenceNumber === undefined
    yield* isWhole ? piecesOf(await this.request(call)) : this.#stream(call)
  }

  async *#stream(call: ModelCall): AsyncGenerator<ResponseDelta> {
    assertRequestsAllowed(this)
    const attached = await attachFiles(call, this.#files)
    const limit = new TimeLimit(call, this)
    try {
      const options = this.#options(attached, limit.signal, true)
      const result = await this.#model.doStream(options)
      limit.lift()
      yield* readSdkStream(result, {
        asked: this.#asked(call),
        context: this.#context(call),
        signal: limit.signal,
        job: this.#job(call),
        toolNames: (options.tools ?? []).map(({ name }) => name),
      })
    } catch (error) {
      limit.signal.throwIfAborted()
      throw modelError(error, this.#asked(call))
    } finally {
      limit.close()
    }
  }

  continuationDelayMs(response: ModelResponse): number {
    return pollDelayMs(response)
  }

  #options(call: ModelCall, abortSignal: AbortSignal, isStream: boolean): CallOptions {
    const { family } = this.#target
    const prompt = toPrompt(call.messages, call.parameters.instructions, this.#target)
    const format = responseFormat(call.parameters, this.profile.supportsJsonObjectOutput)
    const owner = { family, modelName: this.modelName }
    const native = nativeOptions(call, owner)
    const settings = settingOptions(call.settings, owner, native.providerOptions)
    const job = this.#job(call)
    const question = job && this.#question(job, isStream)
    return {
      ...settings,
      ...toolOptions(call, family, native.tools),
      ...(format !== undefined && { responseFormat: format }),
      ...(question !== undefined && { headers: { ...settings.headers, ...question } }),
      ...(isStream && { includeRawChunks: family !== 'other' }),
      prompt: this.#model.specificationVersion === 'v3' ? promptForV3(prompt) : prompt,
      abortSignal,
    }
  }

  /** What the provider works on in the background; OpenAI alone does. */
  #job({ messages }: ModelCall): PendingJob | undefined {
    const { family, system } = this.#target
    return family === 'openai-responses' ? pendingJob(messages, system) : undefined
  }

  #question({ responseId, sequenceNumber }: PendingJob, isStream: boolean): CallOptions['headers'] {
    if (this.#canRetrieve) return retrieveHeaders(responseId, isStream ? sequenceNumber : undefined)
    throw new UserError('This model object cannot be asked about a response in the background', {
      hint: `Name the model by a string, such as 'openai:${this.modelName}'`,
    })
  }

  #read(result: unknown, call: ModelCall): ModelResponseInput {
    const body = rawObject(rawObject(result)['response'])['body']
    const response = readerOf(body)?.(body, this.#context(call))
    const isRead = response !== undefined && !usesPackageTool(response, call)
    return isRead ? response : readSdkResult(result, this.#context(call))
  }

  /** A closed schema of the package may refuse an answer that can be read all the same. */
  #recover(error: unknown, call: ModelCall): ModelResponseInput {
    const body = unreadBody(error)
    const read = readerOf(body) ?? readerOfFamily(this.#target.family)
    if (body != null && read !== undefined) return read(body, this.#context(call))
    throw modelError(error, this.#asked(call))
  }

  #context({ settings }: ModelCall): ReadContext {
    return { providerName: this.system, settings }
  }

  #asked({ signal }: ModelCall): Asked {
    const { modelName, system: provider } = this
    return { modelName, provider, signal, family: this.#target.family }
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
