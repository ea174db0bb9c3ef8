import type { ModelMessage, RequestPart } from '../../src/messages/index.ts'
import type { ModelCall, ModelRequestParameters } from '../../src/models/index.ts'
import type { JsonObject } from '../../src/schema/index.ts'
import type { ToolDefinition } from '../../src/tools/index.ts'

/** A request that offers no tools and takes text; what is given replaces single parameters. */
export function modelCall(
  messages: readonly ModelMessage[],
  parameters: Partial<ModelRequestParameters> = {},
): ModelCall {
  return {
    messages,
    settings: {},
    signal: new AbortController().signal,
    parameters: {
      functionTools: [],
      outputTools: [],
      outputMode: 'text',
      outputObject: null,
      allowTextOutput: true,
      allowImageOutput: false,
      instructionParts: [],
      instructions: null,
      ...parameters,
    },
  }
}

/** A request as a run sends it. */
export function request(...parts: RequestPart[]): ModelMessage {
  return {
    parts,
    timestamp: null,
    instructions: null,
    kind: 'request',
    runId: null,
    conversationId: null,
    metadata: null,
    state: 'complete',
  }
}

/** What a model is told of a tool with these properties, all of them required. */
export function definition(
  name: string,
  properties: JsonObject = {},
  more: Partial<ToolDefinition> = {},
): ToolDefinition {
  const required = Object.keys(properties)
  return {
    name,
    description: null,
    parametersJsonSchema: { type: 'object', properties, required, additionalProperties: false },
    kind: 'function',
    ...more,
  }
}
