import { AgentError, ModelHTTPError } from '../../src/errors/index.ts'
import { completeResponse, messagesToWire } from '../../src/messages/index.ts'
import { model } from '../../src/models/index.ts'
import { modelCall } from './recorded-call.ts'
import type { Interaction, Item, RecordedCall, Recording } from './recording.ts'
import type { ReplayServer } from './replay-server.ts'

/** Sends the calls of a recording through a model named by a string, and tells what came of each. */
export async function replay(recording: Recording, server: ReplayServer): Promise<Item[]> {
  const items: Item[] = []
  for (const [index, interaction] of recording.interactions.entries()) {
    const call = recording.calls[index]
    if (call === undefined) throw new Error(`Interaction ${index} has no call`)
    items.push(await replayCall(recording, interaction, call, server))
  }
  return items
}

async function replayCall(
  recording: Recording,
  { request, response }: Interaction,
  call: RecordedCall,
  server: ReplayServer,
): Promise<Item> {
  const { status, content_type: contentType, body } = response
  server.answerNext({ status, contentType, body })
  const baseUrl = server.url + basePath(request.path)
  const item = await ask(modelName(recording, call), call, baseUrl)
  const arrived = server.arrivals.at(-1)
  if (arrived?.method === request.method && samePath(arrived.path, request.path)) return item
  const asked = arrived === undefined ? 'nothing' : `${arrived.method} ${arrived.path}`
  const why = `asked for ${asked} instead of ${request.method} ${request.path}`
  return { kind: 'wrong-request', why, item }
}

export async function ask(name: string, call: RecordedCall, baseUrl: string): Promise<Item> {
  try {
    const answer = await model(name, { baseUrl, apiKey: 'key' }).request(modelCall(call))
    const complete = completeResponse(answer, new Date(0).toISOString())
    return { kind: 'response', response: messagesToWire([complete])[0] }
  } catch (error) {
    if (!(error instanceof AgentError)) throw error
    return { kind: 'error', error: errorItem(error) }
  }
}

function errorItem(error: AgentError) {
  const { name: type, message } = error
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
