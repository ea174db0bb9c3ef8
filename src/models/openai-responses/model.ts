import { ModelAPIError, ModelStreamError, UnexpectedModelBehavior } from '../../errors/index.ts'
import type { ModelResponse, ModelResponseInput } from '../../messages/index.ts'
import type { ResponseDelta } from '../../streaming/index.ts'
import { attachFiles, type DownloadedFiles } from '../attach-files.ts'
import type { DirectModelOptions } from '../direct-model.ts'
import { assertRequestsAllowed } from '../guard.ts'
import type { Model, ModelCall } from '../model.ts'
import { openOnce } from '../open-once.ts'
import { openaiClient, openaiRequestOptions } from '../openai-client.ts'
import { pollDelayMs } from '../poll-delay.ts'
import type { ModelProfile } from '../profile.ts'
import type { RawObject } from '../raw.ts'
import type { ReadContext } from '../read-context.ts'
import { readServerSentEvents } from '../read-sse.ts'
import { type FailedRequest, sdkError, streamError } from '../sdk-error.ts'
import type { ModelSettings } from '../settings.ts'
import { piecesOf } from '../stream.ts'
import { TimeLimit } from '../time-limit.ts'
import { BackgroundJobs, type PendingJob, pendingJob } from './background.ts'
import { profileOf } from './profile.ts'
import { readOpenAiResponse } from './read-response.ts'
import { StreamReader } from './read-stream.ts'
import { type BodyContext, requestBody, retrievalInclusions } from './request-body.ts'

/** How long the provider may take to hear that a job is given up. */
const cancelMs = 10_000

/**
 * A model behind OpenAI's Responses API, or a server that speaks like it. It reads `OpenAIResponsesSettings`. A history
 * that ends in a suspended response is not sent: the job behind it is asked about. Jobs are cancelled at the provider
 * when the call's signal is aborted, or when the stream is left early.
 */
export class OpenAIResponsesModel implements Model {
  readonly modelName: string
  readonly system: string
  readonly profile: ModelProfile
  readonly settings?: ModelSettings
  readonly isRemote = true
  readonly #jobs = new BackgroundJobs((responseId) => this.#cancel(responseId))
  readonly #files: DownloadedFiles = new WeakMap()
  readonly #connect: () => ReturnType<typeof openaiClient>

  constructor(modelName: string, options: DirectModelOptions = {}) {
    this.modelName = modelName
    this.system = options.system ?? 'openai'
    this.profile = options.profile ?? profileOf(modelName)
    if (options.settings !== undefined) this.settings = options.settings
    this.#connect = openOnce(() => openaiClient(options, `The model '${this.system}:${modelName}'`))
  }

  async request(call: ModelCall): Promise<ModelResponseInput> {
    const attached = await this.#attach(call)
    const limit = new TimeLimit(call, this)
    try {
      const request = await this.#prepare(attached, limit.signal, false)
      const body: unknown = await request.send()
      const response = readOpenAiResponse(body, this.#context(call))
      this.#follow(response, call.signal)
      return { ...response, providerUrl: request.url }
    } catch (error) {
      throw sdkError(error, this.#failed(limit))
    } finally {
      limit.close()
    }
  }

  async *stream(call: ModelCall): AsyncGenerator<ResponseDelta> {
    const job = pendingJob(call.messages, this.system)
    // A job that was not streamed from its beginning has no stream to go on with.
    if (job !== undefined && job.sequenceNumber === undefined) {
      yield* piecesOf(await this.request(call))
      return
    }
    const attached = await this.#attach(call)
    const limit = new TimeLimit(call, this)
    try {
      const request = await this.#prepare(attached, limit.signal, true)
      const response = await request.send().asResponse()
      limit.lift()
      const { modelName, system: providerName } = this
      const opening = {
        modelName: job?.modelName ?? modelName,
        providerName,
        providerUrl: request.url,
      }
      yield { kind: 'response', ...opening }
      // Some servers do not stream, or find an error before they do.
      const isWhole = response.headers.get('content-type')?.includes('application/json')
      yield* isWhole ? this.#readWhole(response, call) : this.#readEvents(response, call, job)
    } catch (error) {
      throw sdkError(error, this.#failed(limit))
    } finally {
      limit.close()
    }
  }

  continuationDelayMs(response: ModelResponse): number {
    return response.state === 'suspended' ? pollDelayMs(response) : 0
  }

  async cancelSuspended(response: ModelResponse): Promise<void> {
    const job = pendingJob([response], this.system)
    if (job !== undefined && isJob(response)) await this.#jobs.giveUp(job.responseId)
  }

  /** A question about a job holds no files. */
  async #attach(call: ModelCall): Promise<ModelCall> {
    assertRequestsAllowed(this)
    const isQuestion = pendingJob(call.messages, this.system) !== undefined
    return isQuestion ? call : attachFiles(call, this.#files)
  }

  async #prepare(call: ModelCall, signal: AbortSignal, isStreamed: boolean) {
    const { modelName, system, profile } = this
    const context = {
      modelName,
      system,
      isStreamed,
      takesJsonObjects: profile.supportsJsonObjectOutput,
    }
    const job = pendingJob(call.messages, system)
    const options = openaiRequestOptions(call.settings, signal)
    if (job === undefined) {
      const body = requestBody(call, context)
      const client = await this.#connect()
      const send = () => client.post<unknown>('/responses', { ...options, body })
      return { url: client.baseURL, send }
    }
    const client = await this.#connect()
    this.#jobs.watch(job.responseId, call.signal)
    const query = retrieval(call, job, context)
    const send = () => client.get<unknown>(pathOf(job.responseId), { ...options, query })
    return { url: client.baseURL, send }
  }

  async *#readWhole(response: Response, call: ModelCall): AsyncGenerator<ResponseDelta> {
    const body: unknown = await response.json()
    const whole = readOpenAiResponse(body, this.#context(call))
    this.#follow(whole, call.signal)
    yield* piecesOf(whole)
  }

  async *#readEvents(
    response: Response,
    call: ModelCall,
    job: PendingJob | undefined,
  ): AsyncGenerator<ResponseDelta> {
    const reader = new StreamReader(this.#context(call), job)
    // Whether somebody can still ask about the work behind it: not who leaves, and not after an error at the beginning.
    let isWanted = false
    try {
      yield* this.#readPieces(response, reader, call)
      isWanted = true
    } catch (error) {
      const goesOn = reader.isBackground && !call.signal.aborted && this.#isCut(error, call)
      isWanted = goesOn || job !== undefined
      if (!goesOn) throw error
    } finally {
      this.#leave(reader, isWanted)
    }
    if (!reader.isFinished) yield reader.suspension()
  }

  async *#readPieces(
    response: Response,
    reader: StreamReader,
    call: ModelCall,
  ): AsyncGenerator<ResponseDelta> {
    for await (const { event, data } of readServerSentEvents(response)) {
      if (data.startsWith('[DONE]')) break
      const wasBackground = reader.isBackground
      const pieces = reader.read(JSON.parse(data), event)
      if (reader.isBackground && !wasBackground) this.#watch(reader, call)
      for (const piece of pieces) yield piece
      if (reader.failure !== undefined) throw streamError(reader.failure, this.#failed(call))
      if (reader.isFinished) return
    }
    this.#checkEnd(reader, response)
  }

  /** Work in the background goes on without the stream; anything else that ends without saying so was cut off. */
  #checkEnd(reader: StreamReader, response: Response): void {
    if (!reader.hasBegun) {
      const found = response.headers.get('content-type') ?? 'of no type'
      throw new UnexpectedModelBehavior(`The stream of '${this.modelName}' is empty (${found})`)
    }
    if (reader.isBackground) return
    throw new ModelAPIError(this.modelName, 'The stream ended before the answer did', {
      provider: this.system,
      isRetryable: true,
    })
  }

  #isCut(error: unknown, call: ModelCall): boolean {
    const failure = sdkError(error, this.#failed(call))
    return failure instanceof ModelAPIError && !(failure instanceof ModelStreamError)
  }

  #watch({ responseId }: StreamReader, { signal }: ModelCall): void {
    if (responseId !== undefined) this.#jobs.watch(responseId, signal)
  }

  #leave({ responseId, isBackground, isFinished }: StreamReader, isWanted: boolean): void {
    if (responseId === undefined || !isBackground) return
    if (isFinished) this.#jobs.settle(responseId)
    else if (!isWanted) void this.#jobs.giveUp(responseId)
  }

  #follow({ providerResponseId, state }: ModelResponseInput, signal: AbortSignal): void {
    if (!providerResponseId) return
    if (state === 'suspended') this.#jobs.watch(providerResponseId, signal)
    else this.#jobs.settle(providerResponseId)
  }

  async #cancel(responseId: string): Promise<void> {
    const client = await this.#connect()
    await client.post<unknown>(`${pathOf(responseId)}/cancel`, { timeout: cancelMs })
  }

  #context({ settings }: ModelCall): ReadContext {
    return { providerName: this.system, settings }
  }

  #failed({ signal }: Pick<FailedRequest, 'signal'>): FailedRequest {
    return { modelName: this.modelName, provider: this.system, signal }
  }
}

function isJob({ providerDetails }: ModelResponse): boolean {
  return providerDetails?.['background'] === true
}

function pathOf(responseId: string): string {
  return `/responses/${encodeURIComponent(responseId)}`
}

function retrieval(call: ModelCall, job: PendingJob, context: BodyContext): RawObject {
  const include = retrievalInclusions(call, context)
  return {
    stream: context.isStreamed,
    ...(context.isStreamed && { starting_after: job.sequenceNumber }),
    ...(include.length > 0 && { include }),
  }
}
