import { messagesFromWire, type ModelMessage } from '../../src/messages/index.ts'
import {
  defaultProfile,
  type ModelCall,
  type ModelRequestParameters,
  type ModelSettings,
  type NativeTool,
  type OutputMode,
  type OutputObject,
} from '../../src/models/index.ts'
import { schemaInstructions } from '../../src/output/index.ts'
import type { ToolDefinition, ToolKind } from '../../src/tools/index.ts'
import type { JsonObject } from '../../src/schema/index.ts'
import type { RecordedCall } from './recording.ts'

type Fields = Readonly<Record<string, unknown>>

/** The call of a recording as our models take it. */
export function modelCall(recorded: RecordedCall): ModelCall {
  const messages = messagesFromWire(recorded.messages)
  return {
    messages,
    settings: {
      ...camelKeys(recorded.model_settings),
      ...nativeTools(recorded.model_request_parameters['native_tools']),
    },
    parameters: parameters(recorded.model_request_parameters, instructionsOf(messages)),
    signal: new AbortController().signal,
  }
}

/** Of the last request; one that only returns results goes on under the instructions before it. */
function instructionsOf(messages: readonly ModelMessage[]): string | null {
  const [last, before] = messages.filter((message) => message.kind === 'request').toReversed()
  const onlyReturns = last?.parts.every(({ partKind }) =>
    ['tool-return', 'retry-prompt'].includes(partKind),
  )
  return last?.instructions ?? (onlyReturns === true ? before?.instructions : null) ?? null
}

function parameters(fields: Fields, given: string | null): ModelRequestParameters {
  const output = fields['output_object'] as Fields | undefined
  const outputMode = (fields['output_mode'] as OutputMode | undefined) ?? 'text'
  const outputObject = output ? outputObjectOf(output) : null
  const template = fields['prompted_output_template'] as string | false | undefined
  const schemaText = schemaInstructions(template, outputObject, outputMode, defaultProfile)
  const texts = [given, schemaText].filter((text) => typeof text === 'string')
  return {
    functionTools: tools(fields['function_tools'], 'function'),
    outputTools: tools(fields['output_tools'], 'output'),
    outputMode,
    outputObject,
    allowTextOutput: fields['allow_text_output'] !== false,
    allowImageOutput: fields['allow_image_output'] === true,
    instructionParts: texts.map((content) => ({ content, dynamic: false })),
    instructions: texts.length === 0 ? null : texts.join('\n\n'),
  }
}

function outputObjectOf(output: Fields): OutputObject {
  return {
    name: (output['name'] as string | undefined) ?? null,
    description: (output['description'] as string | undefined) ?? null,
    jsonSchema: output['json_schema'] as JsonObject,
    strict: (output['strict'] as boolean | undefined) ?? null,
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

function nativeTools(list: unknown): Pick<ModelSettings, 'nativeTools'> {
  if (!Array.isArray(list)) return {}
  return { nativeTools: (list as Fields[]).map((tool) => camelKeys(tool) as unknown as NativeTool) }
}

function camelKeys(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  )
}
