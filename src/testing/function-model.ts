import type { ModelMessage, ModelResponseInput } from '../messages/index.ts'
import type {
  Model,
  ModelCall,
  ModelProfile,
  ModelRequestParameters,
  ModelSettings,
} from '../models/index.ts'
import type { ResponseDelta } from '../streaming/index.ts'
import {
  type Answer,
  answerToResponse,
  answerToStream,
  type StreamedAnswer,
  type UsageOf,
} from './answer.ts'
import { estimateUsage } from './estimate-usage.ts'
import { testingProfile } from './profile.ts'

/** What a request says besides its messages. */
export interface FunctionModelInfo extends Pick<
  ModelRequestParameters,
  | 'functionTools'
  | 'outputTools'
  | 'allowTextOutput'
  | 'outputMode'
  | 'outputObject'
  | 'instructions'
  | 'instructionParts'
> {
  readonly modelSettings: ModelSettings
  /** Aborted when the answer is no longer wanted. */
  readonly signal: AbortSignal
  /** All parameters of the request, those above included. */
  readonly parameters: ModelRequestParameters
}

/**
 * Stands in for a model: answers from the messages, which end with the request. What it throws, the request throws. A
 * generator, async or not, streams: it yields strings for pieces of text, or other pieces of a response.
 */
export type FunctionModelBody = (
  messages: readonly ModelMessage[],
  info: FunctionModelInfo,
) => Answer | StreamedAnswer | Promise<Answer | StreamedAnswer>

/** What the model says of itself. */
export interface FunctionModelOptions {
  /** Default: `function:` and the function's name, with a colon behind it. */
  readonly modelName?: string
  /** Single keys replace those of the default: tools and JSON output of every kind, no images. */
  readonly profile?: Partial<ModelProfile>
  /** The lowest layer of settings. */
  readonly settings?: ModelSettings
  /** The provider's name. Default: `function`. */
  readonly system?: string
}

/**
 * A model that is a function. Usage that the function leaves out is estimated: 50 and the words of all requests for
 * input, the words of all responses for output.
 */
export class FunctionModel implements Model {
  readonly modelName: string
  readonly system: string
  readonly profile: ModelProfile
  readonly settings: ModelSettings
  readonly isRemote = false
  readonly #answer: FunctionModelBody

  constructor(answer: FunctionModelBody, options: FunctionModelOptions = {}) {
    this.#answer = answer
    this.modelName = options.modelName ?? `function:${answer.name}:`
    this.system = options.system ?? 'function'
    this.profile = { ...testingProfile, ...options.profile }
    this.settings = options.settings ?? {}
  }

  async request(call: ModelCall): Promise<ModelResponseInput> {
    const answer = await this.#answer(call.messages, infoOf(call))
    return answerToResponse(answer, this.modelName, usageOf(call))
  }

  async *stream(call: ModelCall): AsyncGenerator<ResponseDelta> {
    const answer = await this.#answer(call.messages, infoOf(call))
    yield* answerToStream(answer, this.modelName, usageOf(call))
  }
}

function usageOf({ messages }: ModelCall): UsageOf {
  return (parts) => estimateUsage(messages, parts)
}

function infoOf({ parameters, settings, signal }: ModelCall): FunctionModelInfo {
  return {
    functionTools: parameters.functionTools,
    outputTools: parameters.outputTools,
    allowTextOutput: parameters.allowTextOutput,
    outputMode: parameters.outputMode,
    outputObject: parameters.outputObject,
    instructions: parameters.instructions,
    instructionParts: parameters.instructionParts,
    modelSettings: settings,
    signal,
    parameters,
  }
}
