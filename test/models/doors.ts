import { type Model, model, type NamedModelOptions } from '../../src/models/index.ts'
import { eventText, type LoopbackServer } from './loopback-server.ts'

/** What each provider with an adapter of its own answers; how its streams of the text `Hel` begin, end and fail. */
export const doors = [
  {
    name: 'openai-chat:gpt-4o',
    begin: eventText({
      id: 'c',
      model: 'm',
      created: 1,
      choices: [{ index: 0, delta: { role: 'assistant', content: 'Hel' } }],
    }),
    end: eventText(
      {
        id: 'c',
        model: 'm',
        created: 1,
        choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
      },
      'data: [DONE]\n\n',
    ),
    whole: {
      id: 'c',
      model: 'm',
      created: 1,
      choices: [
        { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hello' } },
      ],
    },
    trouble: eventText({ error: { message: 'Overloaded', code: 'overloaded' } }),
  },
  {
    name: 'openai:gpt-4o',
    begin: eventText(
      {
        type: 'response.created',
        sequence_number: 0,
        response: { id: 'r', model: 'm', status: 'in_progress', output: [] },
      },
      {
        type: 'response.output_item.added',
        sequence_number: 1,
        output_index: 0,
        item: { id: 'i', type: 'message', role: 'assistant', content: [] },
      },
      {
        type: 'response.output_text.delta',
        sequence_number: 2,
        item_id: 'i',
        output_index: 0,
        content_index: 0,
        delta: 'Hel',
      },
    ),
    end: eventText({
      type: 'response.completed',
      sequence_number: 3,
      response: { id: 'r', model: 'm', status: 'completed', output: [] },
    }),
    whole: {
      id: 'r',
      object: 'response',
      model: 'm',
      created_at: 1,
      status: 'completed',
      output: [
        {
          id: 'i',
          type: 'message',
          role: 'assistant',
          content: [{ type: 'output_text', text: 'Hello', annotations: [] }],
        },
      ],
    },
    trouble: eventText({
      type: 'error',
      sequence_number: 3,
      code: 'server_error',
      message: 'Overloaded',
    }),
  },
  {
    name: 'anthropic:claude-sonnet-4-5',
    begin: eventText(
      {
        type: 'message_start',
        message: {
          id: 'm',
          type: 'message',
          role: 'assistant',
          model: 'm',
          content: [],
          usage: { input_tokens: 3, output_tokens: 1 },
        },
      },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hel' } },
    ),
    end: eventText(
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } },
      { type: 'message_stop' },
    ),
    whole: {
      id: 'm',
      type: 'message',
      role: 'assistant',
      model: 'm',
      stop_reason: 'end_turn',
      content: [{ type: 'text', text: 'Hello' }],
      usage: { input_tokens: 3, output_tokens: 1 },
    },
    trouble: eventText({
      type: 'error',
      error: { type: 'overloaded_error', message: 'Overloaded' },
    }),
  },
  {
    name: 'google:gemini-2.5-flash',
    begin: eventText({
      responseId: 'g',
      modelVersion: 'm',
      candidates: [{ content: { role: 'model', parts: [{ text: 'Hel' }] } }],
    }),
    end: eventText({
      responseId: 'g',
      modelVersion: 'm',
      candidates: [{ content: { role: 'model', parts: [] }, finishReason: 'STOP' }],
    }),
    whole: {
      responseId: 'g',
      modelVersion: 'm',
      candidates: [
        { content: { role: 'model', parts: [{ text: 'Hello' }] }, finishReason: 'STOP' },
      ],
    },
    trouble: eventText({ error: { code: 503, status: 'UNAVAILABLE', message: 'Overloaded' } }),
  },
] as const

export type Door = (typeof doors)[number]

/** A model behind the door, asked by its name as users name it. */
export function modelAt(
  server: LoopbackServer,
  name: string,
  options: NamedModelOptions = {},
): Model {
  const version = name.includes('google') ? 'v1beta' : 'v1'
  return model(name, { baseUrl: `${server.url}/${version}`, apiKey: 'key', ...options })
}
