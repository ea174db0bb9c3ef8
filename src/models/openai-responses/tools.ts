import type { ToolDefinition } from '../../tools/index.ts'
import type { ModelCall } from '../model.ts'
import { openaiSchema } from '../openai-schema.ts'
import { type RawObject, rawObjects } from '../raw.ts'
import { type ChosenTools, chooseTools } from '../tool-choice.ts'
import { nativeTools } from './native-tools.ts'
import type { Target } from './target.ts'

/** The body's fields about tools; none when there are no tools. */
export function toolFields(call: ModelCall, target: Target): RawObject {
  const { settings, parameters } = call
  const chosen = chooseTools(call)
  const deferred = deferredTools(call)
  const tools = [
    ...nativeTools(settings.nativeTools ?? [], target, parameters.allowImageOutput),
    ...rawObjects(settings['openaiNativeTools']),
    ...chosen.all.map((tool) => functionTool(tool, deferred)),
  ]
  if (tools.length === 0) return {}
  return {
    tools,
    tool_choice: choiceField(chosen),
    parallel_tool_calls: settings.parallelToolCalls,
  }
}

/** @param deferred names of tools that the model has to search for */
export function functionTool(tool: ToolDefinition, deferred: ReadonlySet<string>): RawObject {
  const { schema, strict } = openaiSchema(tool.parametersJsonSchema, tool.strict ?? null)
  return {
    type: 'function',
    name: tool.name,
    description: tool.description,
    parameters: schema,
    strict,
    ...(deferred.has(tool.name) && { defer_loading: true }),
  }
}

/** The tools that OpenAI's tool search is to find. */
export function deferredTools({ settings, parameters }: ModelCall): ReadonlySet<string> {
  const search = settings.nativeTools?.find((tool) => tool.kind === 'tool_search')
  if (search === undefined) return new Set()
  return new Set(search.toolNames ?? parameters.functionTools.map((tool) => tool.name))
}

/** Tools that may not be called are still shown, so that the provider's cache holds. */
function choiceField({ mode, only }: ChosenTools): unknown {
  if (only === undefined) return mode
  const tools = only.map(({ name }) => ({ type: 'function', name }))
  return mode === 'required' && tools.length === 1
    ? tools[0]
    : { type: 'allowed_tools', mode, tools }
}

/** The schema that text output is held to, and how many words the model makes; `undefined` when neither is asked for. */
export function textField({ parameters, settings }: ModelCall, takesJsonObjects: boolean): unknown {
  const { outputMode, outputObject } = parameters
  const verbosity = settings['openaiTextVerbosity']
  const format =
    outputMode === 'prompted' && takesJsonObjects
      ? { type: 'json_object' }
      : outputMode === 'native' && outputObject !== null
        ? schemaFormat(outputObject)
        : undefined
  if (format === undefined && verbosity === undefined) return undefined
  return { ...(format !== undefined && { format }), ...(verbosity !== undefined && { verbosity }) }
}

function schemaFormat({
  name,
  description,
  jsonSchema,
  strict: wanted,
}: NonNullable<ModelCall['parameters']['outputObject']>): RawObject {
  const { schema, strict } = openaiSchema(jsonSchema, wanted)
  return {
    type: 'json_schema',
    name: name ?? 'final_result',
    schema,
    strict,
    ...(description !== null && description !== '' && { description }),
  }
}
