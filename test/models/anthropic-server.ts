import { AnthropicModel } from '../../src/models/anthropic/model.ts'
import { requestBody } from '../../src/models/anthropic/request-body.ts'
import type { DirectModelOptions } from '../../src/models/direct-model.ts'
import { modelCall } from './calls.ts'
import { type Asked, LoopbackServer } from './loopback-server.ts'

/** A Messages API on loopback. */
export class AnthropicServer extends LoopbackServer {
  model(modelName = 'claude-sonnet-4-5', options: DirectModelOptions = {}): AnthropicModel {
    const baseUrl = `${this.url}/v1`
    return new AnthropicModel(modelName, { baseUrl, apiKey: 'key', ...options })
  }
}

export const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-5-20250929',
  content: [{ type: 'text', text: 'Hello' }],
  stop_reason: 'end_turn',
  usage: { input_tokens: 3, output_tokens: 2 },
}

export const start = {
  type: 'message_start',
  message: { ...message, content: [], stop_reason: null },
}

export const stop = { type: 'message_stop' }

/** The last event but one. */
export function end(stop_reason: string, more: Readonly<Record<string, unknown>> = {}) {
  return {
    type: 'message_delta',
    delta: { stop_reason, ...more },
    usage: { output_tokens: 9 },
  }
}

/** The events of one block: its beginning, its deltas, its end. */
export function block(index: number, content_block: unknown, ...deltas: readonly unknown[]) {
  return [
    { type: 'content_block_start', index, content_block },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ]
}

export function textBlock(index: number, ...texts: readonly string[]) {
  const deltas = texts.map((text) => ({ type: 'text_delta', text }))
  return block(index, { type: 'text', text: '' }, ...deltas)
}

/** What is asked beside a plain prompt, and of whom. */
export type Asking = Parameters<typeof modelCall>[0] & { readonly modelName?: string }

/** What goes over the wire for it. */
export function bodyOf({ modelName = 'claude-sonnet-4-5', ...call }: Asking): Asked['body'] {
  return requestBody(modelCall(call), new AnthropicModel(modelName), false)
}
