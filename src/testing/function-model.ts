import { UserError } from '../errors/index.ts'
import type { ModelMessage, ModelResponseInput } from '../messages/index.ts'
import type {
  Model,
  ModelCall,
  ModelProfile,
  ModelRequestParameters,
  ModelSettings,
} from '../models/index.ts'
import { type Answer, answerToResponse } from './answer.ts'
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

/** Stands in for a model: answers from the messages, which end with the request. What it throws, the request throws. */
export type FunctionModelBody = (
  messages: readonly ModelMessage[],
  info: FunctionModelInfo,
) => Answer | Promise<Answer>

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

  /** @throws UserError when the function is a generator: streaming is not there yet */
  async request(call: ModelCall): Promise<ModelResponseInput> {
    const answer = await this.#answer(call.messages, infoOf(call))
    if (isStream(answer)) throw cannotStream(this.modelName)
    const response = answerToResponse(answer, this.modelName)
    return { ...response, usage: response.usage ?? estimateUsage(call.messages, response.parts) }
  }
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

function isStream(answer: Answer): boolean {
  return typeof answer === 'object' && (Symbol.asyncIterator in answer || Symbol.iterator in answer)
}

function cannotStream(modelName: string): UserError {
  return new UserError(
    `The function of model '${modelName}' is a generator, and streaming is not there yet`,
    {
      hint: 'Return a response or a string from an async function',
    },
  )
}
