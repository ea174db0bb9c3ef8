/// <reference lib="esnext.disposable" preserve="true" />
import type { ModelResponseInput } from '../messages/index.ts'
import type { Model, ModelCall, ModelProfile, ModelSettings } from '../models/index.ts'
import type { ResponseDelta } from '../streaming/index.ts'
import { type Answer, answerToResponse, answerToStream, type StreamedAnswer } from './answer.ts'
import { testingProfile } from './profile.ts'

/** One answer of a script; an error is thrown, a list of pieces streamed, a function asked when its turn comes. */
export type ScriptedResponse =
  | Answer
  | StreamedAnswer
  | Error
  | ((call: ModelCall) => Answer | StreamedAnswer | Promise<Answer | StreamedAnswer>)

/** What the model says of itself. */
export interface ScriptedModelOptions {
  /** Default: `scripted`. */
  readonly modelName?: string
  /** Single keys replace those of the default: tools and JSON output of every kind, no images. */
  readonly profile?: Partial<ModelProfile>
  /** The lowest layer of settings. */
  readonly settings?: ModelSettings
  /** The provider's name. Default: `scripted`. */
  readonly system?: string
}

/**
 * A model that gives prepared answers in order, one a request, and remembers the requests. It fails loudly when it is
 * asked too often, and in `assertDone` when it was asked too rarely. Usage is as the answers say, none if they do not.
 */
export class ScriptedModel implements Model, Disposable {
  readonly modelName: string
  readonly system: string
  readonly profile: ModelProfile
  readonly settings: ModelSettings
  readonly isRemote = false
  readonly #responses: readonly ScriptedResponse[]
  readonly #calls: ModelCall[] = []

  constructor(responses: readonly ScriptedResponse[], options: ScriptedModelOptions = {}) {
    this.#responses = responses
    this.modelName = options.modelName ?? 'scripted'
    this.system = options.system ?? 'scripted'
    this.profile = { ...testingProfile, ...options.profile }
    this.settings = options.settings ?? {}
  }

  /** The requests so far, also the one too many. */
  get calls(): readonly ModelCall[] {
    return this.#calls
  }

  /** @throws Error when there is no answer left */
  async request(call: ModelCall): Promise<ModelResponseInput> {
    return answerToResponse(await this.#next(call), this.modelName, noUsage)
  }

  /** Throws as `request` does, at the first pull. */
  async *stream(call: ModelCall): AsyncGenerator<ResponseDelta> {
    yield* answerToStream(await this.#next(call), this.modelName, noUsage)
  }

  async #next(call: ModelCall): Promise<Answer | StreamedAnswer> {
    const response = this.#responses[this.#calls.push(call) - 1]
    if (response === undefined) throw this.#miscounted()
    if (response instanceof Error) throw response
    return typeof response === 'function' ? response(call) : response
  }

  /** @throws Error when the model was asked more or less often than it has answers */
  assertDone(): void {
    if (this.#calls.length !== this.#responses.length) throw this.#miscounted()
  }

  /** Ends a block that began with `using`: the same as `assertDone`. */
  [Symbol.dispose](): void {
    this.assertDone()
  }

  #miscounted(): Error {
    const asked = counted(this.#calls.length, 'time')
    const has = counted(this.#responses.length, 'response')
    return new Error(`ScriptedModel was asked ${asked} but has ${has}`)
  }
}

function noUsage(): undefined {}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}
