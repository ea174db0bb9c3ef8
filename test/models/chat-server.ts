import type { DirectModelOptions } from '../../src/models/direct-model.ts'
import { OpenAIChatModel } from '../../src/models/openai-chat/model.ts'
import { LoopbackServer } from './loopback-server.ts'

/** A chat completions API on loopback. */
export class ChatServer extends LoopbackServer {
  model(modelName = 'gpt-4o', options: DirectModelOptions = {}): OpenAIChatModel {
    const baseUrl = `${this.url}/v1`
    return new OpenAIChatModel(modelName, { baseUrl, apiKey: 'key', ...options })
  }
}

export const completion = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_767_225_600,
  model: 'gpt-4o-2024-08-06',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hello' } }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
}

/** One chunk with something new in it. */
export function delta(fields: object, finishReason: string | null = null) {
  const { id, created, model } = completion
  const choices = [{ index: 0, delta: fields, finish_reason: finishReason }]
  return { id, object: 'chat.completion.chunk', created, model, choices }
}

export const done = 'data: [DONE]\n\n'
