import { ModelAPIError, ModelHTTPError, UnexpectedModelBehavior } from '../../src/errors/index.ts'
import {
  messagesFromWire,
  messagesToWire,
  type ModelResponse,
  responsePartFromWire,
} from '../../src/messages/index.ts'
import { piecesOf } from '../../src/models/index.ts'
import type { ResponseDelta } from '../../src/streaming/index.ts'
import type {
  Model,
  ModelCall,
  ModelProfile,
  ModelRequestParameters,
} from '../../src/models/index.ts'
import type { ToolDefinition } from '../../src/tools/index.ts'
import { GenericError } from './behaviour.ts'
import { defined } from './defined.ts'
import { copyOf, type Json, type Recording } from './recording.ts'
import { profileFromWire, settingsToWire } from './settings.ts'
import type { DeltaSpec, ModelErrorSpec, VectorModel } from './vector.ts'

/** Gives the vector's responses in order and records what it is asked. */
export class ScriptedModel implements Model {
  readonly modelName = 'scripted'
  readonly system = 'scripted'
  readonly isRemote = false
  readonly profile: ModelProfile
  readonly #responses: VectorModel['responses']
  readonly #recording: Recording

  constructor({ profile, responses }: VectorModel, recording: Recording) {
    this.profile = profileFromWire(profile)
    this.#responses = [...responses]
    this.#recording = recording
  }

  async request(call: ModelCall): Promise<ModelResponse> {
    const response = this.#next(call, false)
    if (isWhole(response)) return responseFromWire(response)
    if (isFailure(response)) throw modelError(response.error)
    return this.#refuse('the scripted response is a stream, and none was asked for')
  }

  async *stream(call: ModelCall): AsyncGenerator<ResponseDelta> {
    const response = this.#next(call, true)
    if (isFailure(response)) throw modelError(response.error)
    if (isWhole(response)) return yield* piecesOf(responseFromWire(response))
    const { stream, ...facts } = response
    for (const spec of stream) yield deltaFromWire(spec)
    const { parts: _, ...rest } = responseFromWire({ ...facts, parts: [] })
    yield { ...rest, kind: 'response' }
  }

  #next(call: ModelCall, isStreamed: boolean): VectorModel['responses'][number] {
    this.#recording.requests.push(requestToWire(call, isStreamed))
    return this.#responses.shift() ?? this.#refuse('the model was asked more often than scripted')
  }

  /** To be called when the run is over: responses nobody asked for fail the vector. */
  finish(): void {
    const count = this.#responses.length
    if (count > 0) this.#recording.complaints.push(`${count} scripted response(s) were not used`)
  }

  #refuse(complaint: string): never {
    this.#recording.complaints.push(complaint)
    throw new Error(complaint)
  }
}

type Scripted = VectorModel['responses'][number]

function isWhole(response: Scripted): response is Extract<Scripted, { parts: unknown }> {
  return 'parts' in response
}

function isFailure(response: Scripted): response is Extract<Scripted, { error: object }> {
  return 'error' in response
}

/** @throws the error of a delta that breaks the stream off */
function deltaFromWire(spec: DeltaSpec): ResponseDelta {
  const { part_id: key, text, tool_call: call, part, error } = spec
  const own = key == null ? {} : { key }
  if (error !== undefined) throw modelError(error)
  if (text !== undefined) return { kind: 'text', content: text, ...own }
  if (part !== undefined) return { kind: 'part', part: responsePartFromWire(part), ...own }
  if (call === undefined) {
    const { thinking, signature, provider_name: providerName } = spec
    return { kind: 'thinking', ...own, ...given({ content: thinking, signature, providerName }) }
  }
  const { tool_name: toolName, tool_call_id: toolCallId, args } = call
  return { kind: 'tool-call', ...own, ...given({ toolName, toolCallId, args }) }
}

type Given<T> = { [K in keyof T]?: NonNullable<T[K]> }

/** Without what is null or absent. */
function given<T extends object>(fields: T): Given<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null)) as Given<T>
}

function responseFromWire(response: Json): ModelResponse {
  const [message] = messagesFromWire([{ model_name: 'scripted', ...response, kind: 'response' }])
  if (message?.kind !== 'response') throw new Error('a scripted response was lost on loading')
  return message
}

function modelError(spec: ModelErrorSpec): Error {
  const { message, status_code: statusCode = 0, body = null } = spec
  switch (spec.type) {
    case 'ModelHTTPError':
      return new ModelHTTPError({ modelName: 'scripted', statusCode, body })
    case 'ModelAPIError':
      return new ModelAPIError('scripted', message)
    case 'UnexpectedModelBehavior':
      return new UnexpectedModelBehavior(message)
    case 'GenericError':
      return new GenericError(message)
  }
}

function requestToWire({ messages, parameters, settings }: ModelCall, streamed: boolean): Json {
  return {
    messages: copyOf(messagesToWire(messages)),
    parameters: copyOf({
      ...parametersToWire(parameters),
      streamed,
      model_settings: settingsToWire(settings),
    }),
  }
}

function parametersToWire(parameters: ModelRequestParameters): Json {
  const { outputObject } = parameters
  return {
    function_tools: parameters.functionTools.map(definitionToWire),
    output_tools: parameters.outputTools.map(definitionToWire),
    output_mode: parameters.outputMode,
    output_object: outputObject && {
      name: outputObject.name,
      description: outputObject.description,
      json_schema: outputObject.jsonSchema,
      strict: outputObject.strict,
    },
    allow_text_output: parameters.allowTextOutput,
    allow_image_output: parameters.allowImageOutput,
    instructions: parameters.instructions,
    instruction_parts: parameters.instructionParts.map(({ content, dynamic }) => ({
      content,
      dynamic,
      part_kind: 'instruction',
    })),
  }
}

function definitionToWire(definition: ToolDefinition): Json {
  return {
    name: definition.name,
    description: definition.description,
    parameters_json_schema: definition.parametersJsonSchema,
    kind: definition.kind,
    ...defined({
      outer_typed_dict_key: definition.outerTypedDictKey,
      strict: definition.strict,
      sequential: definition.sequential === true ? true : undefined,
      metadata: definition.metadata,
      timeout: definition.timeoutMs === undefined ? undefined : definition.timeoutMs / 1000,
    }),
  }
}
