import { messagesFromWire } from '../../src/messages/index.ts'
import type { ModelCall, ModelRequestParameters, OutputMode } from '../../src/models/index.ts'
import type { ToolDefinition, ToolKind } from '../../src/tools/index.ts'
import type { JsonObject } from '../../src/schema/index.ts'
import type { RecordedCall } from './recording.ts'

type Fields = Readonly<Record<string, unknown>>

/** The call of a recording as our models take it. */
export function modelCall(recorded: RecordedCall): ModelCall {
  const messages = messagesFromWire(recorded.messages)
  const last = messages.findLast((message) => message.kind === 'request')
  return {
    messages,
    settings: camelKeys(recorded.model_settings),
    parameters: parameters(recorded.model_request_parameters, last?.instructions ?? null),
    signal: new AbortController().signal,
  }
}

function parameters(fields: Fields, instructions: string | null): ModelRequestParameters {
  const output = fields['output_object'] as Fields | undefined
  return {
    functionTools: tools(fields['function_tools'], 'function'),
    outputTools: tools(fields['output_tools'], 'output'),
    outputMode: (fields['output_mode'] as OutputMode | undefined) ?? 'text',
    outputObject: output
      ? {
          name: (output['name'] as string | undefined) ?? null,
          description: (output['description'] as string | undefined) ?? null,
          jsonSchema: output['json_schema'] as JsonObject,
          strict: (output['strict'] as boolean | undefined) ?? null,
        }
      : null,
    allowTextOutput: fields['allow_text_output'] !== false,
    allowImageOutput: fields['allow_image_output'] === true,
    instructionParts: instructions === null ? [] : [{ content: instructions, dynamic: false }],
    instructions,
  }
}

function tools(list: unknown, kind: ToolKind): ToolDefinition[] {
  return ((list as Fields[] | undefined) ?? []).map((tool) => ({
    name: tool['name'] as string,
    description: (tool['description'] as string | undefined) ?? null,
    parametersJsonSchema: tool['parameters_json_schema'] as JsonObject,
    kind,
    ...(typeof tool['strict'] === 'boolean' && { strict: tool['strict'] }),
  }))
}

function camelKeys(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  )
}
