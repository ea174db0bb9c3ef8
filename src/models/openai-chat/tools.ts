import { UserError } from '../../errors/index.ts'
import type { ToolDefinition } from '../../tools/index.ts'
import type { ModelCall, OutputObject } from '../model.ts'
import type { NativeTool } from '../native-tool.ts'
import { openaiSchema } from '../openai-schema.ts'
import { present, type RawObject } from '../raw.ts'
import type { ModelSettings } from '../settings.ts'
import { chooseTools } from '../tool-choice.ts'
import type { ChatTarget } from './target.ts'

/** The tools and how the model is to choose among them; nothing when there are none. */
export function toolFields(call: ModelCall, target: ChatTarget): RawObject {
  const { settings } = call
  const { all, only = all, mode } = chooseTools(call)
  const { dialect } = target
  const isForced = mode === 'required' && takesForcedCalls(settings, target)
  const [single] = only
  const isNamed = only.length === 1 && only.length < all.length
  const forced =
    isForced && isNamed && single !== undefined && !dialect.refusesNamedCall
      ? { type: 'function', function: { name: single.name } }
      : undefined
  // In the order of all, so that prompts begin alike.
  const sent = forced === undefined ? all.filter((tool) => only.includes(tool)) : all
  if (sent.length === 0) return {}
  const soft = isForced || mode === 'none' ? mode : 'auto'
  return present({
    tools: sent.map((tool) => functionTool(tool, target)),
    tool_choice: forced ?? soft,
    parallel_tool_calls: dialect.refused?.includes('parallel_tool_calls')
      ? undefined
      : settings.parallelToolCalls,
  })
}

/** @throws {UserError} when the caller insists on a call that cannot be forced */
function takesForcedCalls(settings: ModelSettings, { dialect, modelName }: ChatTarget): boolean {
  if (!dialect.refusesForcedCalls?.(modelName, settings)) return true
  const { toolChoice = 'auto' } = settings
  if (toolChoice === 'auto' || toolChoice === 'none') return false
  throw new UserError(`'${modelName}' cannot be made to call a tool while it thinks`, {
    hint: 'Set `thinking: false`, or leave `toolChoice` to the model',
  })
}

function functionTool(tool: ToolDefinition, { dialect }: ChatTarget): RawObject {
  const { schema, strict } = openaiSchema(tool.parametersJsonSchema, tool.strict ?? null)
  return {
    type: 'function',
    function: {
      name: tool.name,
      description: tool.description ?? '',
      parameters: schema,
      ...(strict && !dialect.refusesStrict && { strict }),
    },
  }
}

/** The form of the answer, where the output is not asked for by a tool. */
export function responseFormat(
  { parameters }: ModelCall,
  { dialect }: ChatTarget,
  asksForJsonObjects: boolean,
): RawObject | undefined {
  const { outputMode, outputObject, functionTools, outputTools } = parameters
  if (outputMode === 'native' && outputObject !== null) return schemaFormat(outputObject, dialect)
  if (outputMode !== 'prompted' || !asksForJsonObjects) return undefined
  const hasTools = functionTools.length + outputTools.length > 0
  if (dialect.refusesJsonObjectWithTools && hasTools) return undefined
  return { type: 'json_object' }
}

function schemaFormat(output: OutputObject, dialect: ChatTarget['dialect']): RawObject {
  const { schema, strict } = openaiSchema(output.jsonSchema, output.strict)
  return {
    type: 'json_schema',
    json_schema: {
      name: output.name ?? 'final_result',
      schema,
      ...(output.description && { description: output.description }),
      ...(!dialect.refusesStrict && { strict }),
    },
  }
}

/**
 * Of the providers' own tools, chat completions know the search of the web, on models made for it.
 *
 * @throws {UserError} for any other that is not optional
 */
export function nativeToolFields(
  tools: readonly NativeTool[] | undefined,
  modelName: string,
): RawObject {
  const fields: Record<string, unknown> = {}
  for (const tool of tools ?? []) {
    if (tool.kind === 'web_search' && modelName.includes('-search-preview')) {
      fields['web_search_options'] = webSearchOptions(tool)
    } else if (!tool.optional) throw unknownTool(tool, modelName)
  }
  return fields
}

function webSearchOptions(tool: Extract<NativeTool, { kind: 'web_search' }>): RawObject {
  const { searchContextSize = 'medium', userLocation } = tool
  const location = userLocation && { type: 'approximate', approximate: userLocation }
  return {
    search_context_size: searchContextSize,
    ...(location !== undefined && { user_location: location }),
  }
}

function unknownTool({ kind }: NativeTool, modelName: string): UserError {
  return new UserError(`Chat completions of '${modelName}' have no native tool '${kind}'`, {
    hint: `Take the Responses API ('openai:${modelName}'), or mark the tool as \`optional: true\``,
  })
}
