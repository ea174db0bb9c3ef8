import type { ModelCall, ModelRequestParameters, ModelSettings } from '../../src/models/index.ts'
import type { ModelMessage, RequestPart, ResponsePart } from '../../src/messages/index.ts'
import type { ToolDefinition } from '../../src/tools/index.ts'

export const at = '2026-01-02T03:04:05Z'

/** A call with a plain prompt, text out, and whatever differs from that. */
export function modelCall(
  changes: {
    messages?: readonly ModelMessage[]
    settings?: ModelSettings
    parameters?: Partial<ModelRequestParameters>
    signal?: AbortSignal
  } = {},
): ModelCall {
  return {
    messages: changes.messages ?? [
      request({ partKind: 'user-prompt', content: 'Hi', timestamp: at }),
    ],
    settings: changes.settings ?? {},
    signal: changes.signal ?? new AbortController().signal,
    parameters: {
      functionTools: [],
      outputTools: [],
      outputMode: 'text',
      outputObject: null,
      allowTextOutput: true,
      allowImageOutput: false,
      instructionParts: [],
      instructions: null,
      ...changes.parameters,
    },
  }
}

export function request(...parts: RequestPart[]): ModelMessage {
  return {
    parts,
    timestamp: at,
    instructions: null,
    kind: 'request',
    runId: null,
    conversationId: null,
    metadata: null,
    state: 'complete',
  }
}

export function response(...parts: ResponsePart[]): Extract<ModelMessage, { kind: 'response' }> {
  return {
    parts,
    usage: {
      inputTokens: 0,
      cacheWriteTokens: 0,
      cacheReadTokens: 0,
      outputTokens: 0,
      inputAudioTokens: 0,
      cacheAudioReadTokens: 0,
      outputAudioTokens: 0,
      details: {},
      cost: null,
    },
    modelName: null,
    timestamp: at,
    kind: 'response',
    providerName: null,
    providerUrl: null,
    providerDetails: null,
    providerResponseId: null,
    finishReason: null,
    runId: null,
    conversationId: null,
    metadata: null,
    state: 'complete',
  }
}

export function tool(name: string, kind: ToolDefinition['kind'] = 'function'): ToolDefinition {
  return { name, description: null, parametersJsonSchema: { type: 'object' }, kind }
}
