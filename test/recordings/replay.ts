import { AgentError, ModelHTTPError, ModelStreamError } from '../../src/errors/index.ts'
import { completeResponse, messagesToWire, type ModelResponse } from '../../src/messages/index.ts'
import { type Model, model, type ModelCall, streamFrom } from '../../src/models/index.ts'
import { type AgentEvent, eventToWire, ResponseFold } from '../../src/streaming/index.ts'
import { modelCall } from './recorded-call.ts'
import type { Interaction, Item, RecordedCall, Recording } from './recording.ts'
import type { ReplayServer } from './replay-server.ts'

/** What stands before the name of a model: nothing, or the other door. */
export type Via = '' | 'ai-sdk/'

/** Sends the calls of a recording through a model named by a string, and tells what came of each. */
export async function replay(
  recording: Recording,
  server: ReplayServer,
  via: Via,
): Promise<Item[]> {
  const items: Item[] = []
  for (const [index, interaction] of recording.interactions.entries()) {
    const call = recording.calls[index]
    if (call === undefined) throw new Error(`Interaction ${index} has no call`)
    items.push(await replayCall(recording, interaction, call, { server, via }))
  }
  return items
}

async function replayCall(
  recording: Recording,
  { request, response }: Interaction,
  call: RecordedCall,
  { server, via }: { readonly server: ReplayServer; readonly via: Via },
): Promise<Item> {
  const { status, content_type: contentType, body } = response
  server.answerNext({ status, contentType, body })
  const baseUrl = server.url + basePath(request.path)
  const item = await ask(via + modelName(recording, call), call, baseUrl)
  const arrived = server.arrivals.at(-1)
  if (arrived?.method === request.method && samePath(arrived.path, request.path)) return item
  const asked = arrived === undefined ? 'nothing' : `${arrived.method} ${arrived.path}`
  const why = `asked for ${asked} instead of ${request.method} ${request.path}`
  return { kind: 'wrong-request', why, item }
}

export async function ask(name: string, call: RecordedCall, baseUrl: string): Promise<Item> {
  const asked = model(name, { baseUrl, apiKey: 'key' })
  if (call.stream === true) return askStreamed(asked, modelCall(call))
  try {
    const response = completeResponse(await asked.request(modelCall(call)), epoch)
    return { kind: 'response', response: messagesToWire([response])[0] }
  } catch (error) {
    return { kind: 'error', error: errorItem(error) }
  }
}

async function askStreamed(asked: Model, call: ModelCall): Promise<Item> {
  const events: unknown[] = []
  const emit = (event: AgentEvent): void => void events.push(eventItem(event))
  const fold = new ResponseFold({ emit, timestamp: epoch, awaited: call.parameters })
  const response = (state: ModelResponse['state'] | undefined): unknown =>
    messagesToWire([completeResponse({ ...fold.response, ...(state && { state }) }, epoch)])[0]
  try {
    for await (const delta of streamFrom(asked, call)) fold.add(delta)
    fold.end()
    return { kind: 'response', response: response(undefined), events }
  } catch (error) {
    if (events.length === 0) return { kind: 'error', error: errorItem(error) }
    return {
      kind: 'stream-error',
      events,
      response_so_far: response('incomplete'),
      error: errorItem(error),
    }
  }
}

/** As recordings have it: the end of a part does not repeat the part. */
function eventItem(event: AgentEvent): unknown {
  const { part, ...rest } = eventToWire(event)
  return event.eventKind === 'part_end' ? rest : { part, ...rest }
}

/** @throws what is no error of ours: adapters are to translate */
function errorItem(error: unknown) {
  if (!(error instanceof AgentError)) throw error
  const { message } = error
  // The reference lets the error class of the provider's package through when a stream reports an error.
  const type = error instanceof ModelStreamError ? 'APIError' : error.name
  if (!(error instanceof ModelHTTPError)) return { type, message }
  const { statusCode: status_code, modelName: model_name, body } = error
  return { type, message, status_code, model_name, body }
}

const prefixes: Readonly<Record<string, string>> = {
  'openai-chat': 'openai-chat',
  'openai-responses': 'openai',
  anthropic: 'anthropic',
  google: 'google',
}

function modelName({ provider, vendor }: Recording, call: RecordedCall): string {
  const prefix = vendor === 'google-cloud' ? 'google-vertex' : prefixes[provider]
  if (prefix === undefined) throw new Error(`No model speaks '${provider}'`)
  return `${prefix}:${call.model_name}`
}

const epoch = new Date(0).toISOString()

/** What stands before the part of a path that the packages add themselves. */
export function basePath(path: string): string {
  return pathOf(path).replace(/\/(chat\/completions|responses(\/.*)?|messages|models\/.*)$/, '')
}

/** Without the query; slashes inside of a model's name may be escaped. */
function pathOf(path: string): string {
  return decodeURIComponent(path.split('?')[0] ?? '')
}

/** A path that no package would make up is not held against the model. */
function samePath(one: string, other: string): boolean {
  const isKnown = basePath(other) !== pathOf(other)
  return !isKnown || pathOf(one) === pathOf(other)
}
