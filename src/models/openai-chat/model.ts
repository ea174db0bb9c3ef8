import { ModelAPIError, UnexpectedModelBehavior } from '../../errors/index.ts'
import type { ModelResponseInput } from '../../messages/index.ts'
import type { ResponseDelta } from '../../streaming/index.ts'
import { attachFiles, type DownloadedFiles } from '../attach-files.ts'
import type { DirectModelOptions } from '../direct-model.ts'
import { assertRequestsAllowed } from '../guard.ts'
import type { Model, ModelCall } from '../model.ts'
import { openOnce } from '../open-once.ts'
import { openaiClient, openaiRequestOptions } from '../openai-client.ts'
import type { ModelProfile } from '../profile.ts'
import { rawObject } from '../raw.ts'
import type { ReadContext } from '../read-context.ts'
import { readServerSentEvents } from '../read-sse.ts'
import { type FailedRequest, sdkError, streamError } from '../sdk-error.ts'
import type { ModelSettings } from '../settings.ts'
import { piecesOf } from '../stream.ts'
import { TimeLimit } from '../time-limit.ts'
import { dialectOf } from './dialect.ts'
import { answerWithFailedCall } from './failed-call.ts'
import { profileOf } from './profile.ts'
import { readChatCompletion } from './read-response.ts'
import { ChatStreamReader } from './read-stream.ts'
import { requestBody } from './request-body.ts'
import { chatTarget } from './target.ts'
import { needsDownload } from './user-content.ts'

/**
 * A model behind OpenAI's chat completions, or a server that speaks like it. `system` says which one it is, and with it
 * how it differs; it reads `OpenAIChatSettings`.
 */
export class OpenAIChatModel implements Model {
  readonly modelName: string
  readonly system: string
  readonly profile: ModelProfile
  readonly settings?: ModelSettings
  readonly isRemote = true
  readonly #files: DownloadedFiles = new WeakMap()
  readonly #connect: () => ReturnType<typeof openaiClient>

  constructor(modelName: string, options: DirectModelOptions = {}) {
    this.modelName = modelName
    this.system = options.system ?? 'openai'
    this.profile = options.profile ?? profileOf(modelName, this.system)
    if (options.settings !== undefined) this.settings = options.settings
    this.#connect = openOnce(() => openaiClient(options, `The model '${this.system}:${modelName}'`))
  }

  async request(call: ModelCall): Promise<ModelResponseInput> {
    const attached = await this.#attach(call)
    const limit = new TimeLimit(call, this)
    try {
      const request = await this.#prepare(attached, limit.signal, false)
      const body = await request.send()
      const response = readChatCompletion(body, this.#context(call))
      return { ...response, providerUrl: request.url }
    } catch (error) {
      return this.#recover(sdkError(error, this.#failed(limit)))
    } finally {
      limit.close()
    }
  }

  async *stream(call: ModelCall): AsyncGenerator<ResponseDelta> {
    const attached = await this.#attach(call)
    const limit = new TimeLimit(call, this)
    try {
      const request = await this.#prepare(attached, limit.signal, true)
      const response = await request.send().asResponse()
      limit.lift()
      yield* this.#read(response, call, request.url)
    } catch (error) {
      yield* piecesOf(this.#recover(sdkError(error, this.#failed(limit))))
    } finally {
      limit.close()
    }
  }

  #attach(call: ModelCall): Promise<ModelCall> {
    assertRequestsAllowed(this)
    const dialect = dialectOf(this.system, this.modelName)
    return attachFiles(call, this.#files, (file) => needsDownload(file, dialect))
  }

  async #prepare(call: ModelCall, signal: AbortSignal, isStream: boolean) {
    const { supportsJsonObjectOutput: asksForJsonObjects } = this.profile
    const target = chatTarget(this.modelName, this.system)
    const body = requestBody(call, target, { isStream, asksForJsonObjects })
    const client = await this.#connect()
    const options = { body, ...openaiRequestOptions(call.settings, signal) }
    return {
      url: client.baseURL,
      send: () => client.post<unknown>('/chat/completions', options),
    }
  }

  /** @throws the error, unless it shows what the model wrote */
  #recover(error: unknown): ModelResponseInput {
    const { showsFailedCalls } = dialectOf(this.system, this.modelName)
    const answer = showsFailedCalls ? answerWithFailedCall(error) : undefined
    if (answer === undefined) throw error
    return answer
  }

  #read(response: Response, call: ModelCall, providerUrl: string): AsyncGenerator<ResponseDelta> {
    const contentType = response.headers.get('content-type') ?? ''
    // Some servers do not stream, or find an error before they do.
    return contentType.includes('application/json')
      ? this.#readWhole(response, call)
      : this.#readEvents(response, call, { contentType, providerUrl })
  }

  async *#readEvents(
    response: Response,
    call: ModelCall,
    { contentType, providerUrl }: { readonly contentType: string; readonly providerUrl: string },
  ): AsyncGenerator<ResponseDelta> {
    const { modelName, system: providerName } = this
    const opening = { modelName, providerName, providerUrl }
    const reader = new ChatStreamReader(this.#context(call), opening)
    let isDone = false
    for await (const { event, data } of readServerSentEvents(response)) {
      isDone = data.startsWith('[DONE]')
      if (isDone) break
      const chunk: unknown = JSON.parse(data)
      this.#checkChunk(event, chunk, call)
      for (const piece of reader.read(chunk)) yield piece
    }
    this.#checkEnd(reader, isDone, contentType)
    yield* reader.end()
  }

  async *#readWhole(response: Response, call: ModelCall): AsyncGenerator<ResponseDelta> {
    const text = await response.text()
    const body: unknown = text === '' ? undefined : JSON.parse(text)
    this.#checkChunk('', body, call)
    yield* piecesOf(readChatCompletion(body, this.#context(call)))
  }

  #checkChunk(event: string, chunk: unknown, call: ModelCall): void {
    const { error, object } = rawObject(chunk)
    // Some servers say with every chunk that there was none.
    const isError = Boolean(error) || event === 'error' || object === 'error'
    if (isError) throw streamError(error ? error : chunk, this.#failed(call))
  }

  /** Servers that leave out the last word have at least said why the answer ends. */
  #checkEnd(reader: ChatStreamReader, isDone: boolean, contentType: string): void {
    if (!reader.hasChunks) {
      const found = contentType === '' ? '' : `, of type ${contentType}`
      throw new UnexpectedModelBehavior(`The stream of '${this.modelName}' is empty${found}`)
    }
    if (isDone || reader.hasFinished) return
    throw new ModelAPIError(this.modelName, 'The stream ended before the answer did', {
      provider: this.system,
      isRetryable: true,
    })
  }

  #context({ settings }: ModelCall): ReadContext {
    return { providerName: this.system, settings }
  }

  #failed({ signal }: Pick<FailedRequest, 'signal'>): FailedRequest {
    return { modelName: this.modelName, provider: this.system, signal }
  }
}
