import type { DirectModelOptions } from '../../src/models/direct-model.ts'
import { OpenAIResponsesModel } from '../../src/models/openai-responses/model.ts'
import { LoopbackServer } from './loopback-server.ts'

/** A Responses API on loopback. */
export class ResponsesServer extends LoopbackServer {
  model(modelName = 'gpt-4o', options: DirectModelOptions = {}): OpenAIResponsesModel {
    const baseUrl = `${this.url}/v1`
    return new OpenAIResponsesModel(modelName, { baseUrl, apiKey: 'key', ...options })
  }
}

/** An event of a stream. */
export interface StreamEvent {
  readonly type: string
  readonly [key: string]: unknown
}

export const body = {
  id: 'resp_1',
  object: 'response',
  created_at: 1_767_225_600,
  model: 'gpt-4o-2024-08-06',
  status: 'completed',
  background: false,
  error: null,
  incomplete_details: null,
  output: [
    {
      type: 'message',
      id: 'msg_1',
      status: 'completed',
      role: 'assistant',
      content: [{ type: 'output_text', text: 'Hello', annotations: [] }],
    },
  ],
  usage: { input_tokens: 3, output_tokens: 2, total_tokens: 5 },
}

const pending = { ...body, status: 'in_progress', output: [], usage: null }

/** The events of a response that says something; `fields` hold of it from the beginning. */
export function begun(...texts: readonly string[]): StreamEvent[] {
  return begunWith({}, ...texts)
}

export function begunWith(fields: object, ...texts: readonly string[]): StreamEvent[] {
  const item = { type: 'message', id: 'msg_1', role: 'assistant', content: [] }
  const events = [
    { type: 'response.created', response: { ...pending, ...fields } },
    { type: 'response.output_item.added', item },
    ...texts.map((delta) => ({ type: 'response.output_text.delta', item_id: 'msg_1', delta })),
  ]
  return events.map((event, sequence_number) => ({ ...event, sequence_number }))
}

/** The last event. */
export function ended(type = 'response.completed', fields: object = {}): StreamEvent {
  return { type, response: { ...body, ...fields }, sequence_number: 99 }
}
