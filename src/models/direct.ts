import { UserError } from '../errors/index.ts'
import {
  cleanHistory,
  completeMessages,
  completeResponse,
  type ModelMessage,
  type ModelMessageInput,
  type ModelResponse,
  type RequestPart,
} from '../messages/index.ts'
import type { Clock } from './clock.ts'
import type { Model, ModelCall, ModelRequestParameters } from './model.ts'
import { type ModelInput, toModel } from './resolve.ts'
import { ModelResponseStream } from './response-stream.ts'
import type { ModelSettings } from './settings.ts'

/** Shapes one request made without an agent. What is left out: text output, no tools, no instructions. */
export interface ModelRequestOptions extends Partial<ModelRequestParameters> {
  /** On top of the model's own. */
  readonly settings?: ModelSettings
  /** Ends the request when nobody wants the answer any more. */
  readonly signal?: AbortSignal
  /** Waits go by it. Default: the time of the machine. */
  readonly clock?: Clock
}

/**
 * Sends one request and takes its response as it is: no tools are run, nothing is validated, no cost is looked up. A
 * response that the provider has paused comes back `suspended`; sent again as the last message, it is continued.
 *
 * @param messages a prompt, or a history; what it left out is completed, and it is repaired as a run would
 * @throws {UserError} when there are no messages, or this is no model
 * @throws {ValidationError} when a message is not one
 */
export async function modelRequest(
  model: ModelInput,
  messages: string | readonly ModelMessageInput[],
  options: ModelRequestOptions = {},
): Promise<ModelResponse> {
  const asked = toModel(model)
  const answer = await asked.request(callOf(asked, messages, options))
  const modelName = answer.modelName ?? asked.modelName
  return completeResponse({ ...answer, modelName }, now())
}

/**
 * {@link modelRequest}, piece by piece: iterate over the events, or ask for `response`, or both. Nothing is sent before
 * that. Leaving the iteration closes the stream.
 *
 * @throws {UserError} when there are no messages, or this is no model
 * @throws {ValidationError} when a message is not one
 */
export function modelRequestStream(
  model: ModelInput,
  messages: string | readonly ModelMessageInput[],
  options: ModelRequestOptions = {},
): ModelResponseStream {
  const asked = toModel(model)
  return new ModelResponseStream(asked, callOf(asked, messages, options))
}

function callOf(
  model: Model,
  messages: string | readonly ModelMessageInput[],
  { settings, signal, clock, ...parameters }: ModelRequestOptions,
): ModelCall {
  const history = historyOf(messages)
  return {
    messages: history,
    settings: { ...model.settings, ...settings },
    parameters: parametersOf(parameters, history),
    signal: signal ?? new AbortController().signal,
    ...(clock !== undefined && { clock }),
  }
}

function historyOf(messages: string | readonly ModelMessageInput[]): readonly ModelMessage[] {
  const input = typeof messages === 'string' ? promptOf(messages) : messages
  const history = cleanHistory(completeMessages(input, now(), 'messages'), { repairLast: true })
  if (history.length === 0) throw new UserError('A request needs at least one message')
  return history
}

function promptOf(content: string): readonly ModelMessageInput[] {
  return [{ kind: 'request', parts: [{ partKind: 'user-prompt', content }] }]
}

/** Those that the last message was once sent with; one that only returns results goes on under those before it. */
function instructionsOf(history: readonly ModelMessage[]): string | null {
  const [last, before] = history.filter((message) => message.kind === 'request').toReversed()
  const isReturn = last?.parts.every(({ partKind }) => returns.has(partKind)) ?? false
  return last?.instructions || (isReturn && before?.instructions) || null
}

const returns: ReadonlySet<RequestPart['partKind']> = new Set(['tool-return', 'retry-prompt'])

/** What is left out is plain: text, no tools, the instructions of the history. */
function parametersOf(
  given: Partial<ModelRequestParameters>,
  history: readonly ModelMessage[],
): ModelRequestParameters {
  const parts = given.instructionParts?.map(({ content }) => content)
  const known = (parts?.join('\n\n') ?? instructionsOf(history)) || null
  const instructions = given.instructions === undefined ? known : given.instructions
  return {
    functionTools: [],
    outputTools: [],
    outputMode: 'text',
    outputObject: null,
    allowTextOutput: true,
    allowImageOutput: false,
    ...given,
    instructions,
    instructionParts:
      given.instructionParts ??
      (instructions === null ? [] : [{ content: instructions, dynamic: false }]),
  }
}

function now(): string {
  return new Date().toISOString()
}
