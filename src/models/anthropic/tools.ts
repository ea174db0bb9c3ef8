import { UserError } from '../../errors/index.ts'
import type { ToolDefinition } from '../../tools/index.ts'
import type { ModelCall } from '../model.ts'
import type { ModelProfile } from '../profile.ts'
import type { RawObject } from '../raw.ts'
import { type ChosenTools, chooseTools } from '../tool-choice.ts'
import { isAble } from './abilities.ts'
import { mark } from './caching.ts'
import { plainSchema, strictSchema } from './json-schema.ts'
import { memoryName, type NativeRequest } from './native-tools.ts'
import { ownSettings } from './settings.ts'
import { thinkingConfig } from './thinking.ts'

/** Whom the request is for. */
export interface ToolsTarget {
  readonly modelName: string
  readonly profile: ModelProfile
}

/** All tools of a request, and how the model is to choose among those that the application runs. */
export interface WireTools {
  readonly tools: readonly RawObject[]
  /** Absent when there are no tools but native ones. */
  readonly toolChoice?: RawObject
}

/** @throws {UserError} when a call is demanded, and the model cannot be forced */
export function wireTools(call: ModelCall, native: NativeRequest, target: ToolsTarget): WireTools {
  const { settings } = call
  const chosen = chooseTools(call)
  const isForced = chosen.mode === 'required' && mayForce(call, target)
  const [only, ...others] = chosen.only ?? []
  const named = isForced && others.length === 0 ? only : undefined
  // Only a single tool can be named; else the others have to be kept from the model.
  const { all, only: offered = all } = chosen
  const definitions = named === undefined ? all.filter((tool) => offered.includes(tool)) : all
  if (definitions.length === 0) return { tools: native.tools }
  const tools = definitions.map((tool) => functionTool(tool, call, target))
  const { anthropicCacheToolDefinitions: cache } = ownSettings(settings)
  if (cache !== undefined && cache !== false) mark(tools, tools.length - 1, cache)
  const hasMemory = native.tools.some(({ name }) => name === memoryName)
  return {
    tools: [...tools.filter(({ name }) => !hasMemory || name !== memoryName), ...native.tools],
    toolChoice: toolChoice(chosen.mode, isForced, named, settings.parallelToolCalls),
  }
}

function toolChoice(
  mode: ChosenTools['mode'],
  isForced: boolean,
  named: ToolDefinition | undefined,
  parallelToolCalls: boolean | undefined,
): RawObject {
  if (mode === 'none') return { type: 'none' }
  return {
    ...(named !== undefined
      ? { type: 'tool', name: named.name }
      : { type: isForced ? 'any' : 'auto' }),
    ...(parallelToolCalls !== undefined && { disable_parallel_tool_use: !parallelToolCalls }),
  }
}

/** Models refuse to be forced while they think on a budget, and some always do. */
function mayForce({ settings }: ModelCall, { modelName }: ToolsTarget): boolean {
  const isBudgeted = thinkingConfig(settings, modelName)?.['type'] === 'enabled'
  if (!isBudgeted && !isAble(modelName, 'freeToolChoice')) return true
  const { toolChoice: asked } = settings
  // Where nobody asked for it, the model is left to call an output tool by itself.
  if (asked === undefined || asked === 'auto' || asked === 'none') return false
  const why = isBudgeted ? 'while it thinks on a budget' : 'at all'
  throw new UserError(`The model '${modelName}' cannot be forced to call a tool ${why}`, {
    hint: isBudgeted ? 'Switch thinking off, or leave out `toolChoice`' : 'Leave out `toolChoice`',
  })
}

function functionTool(
  { name, description, parametersJsonSchema, strict }: ToolDefinition,
  { settings }: ModelCall,
  { profile }: ToolsTarget,
): RawObject {
  const isStrict = strict === true && profile.supportsJsonSchemaOutput
  const schema = strict === true ? strictSchema : plainSchema
  return {
    name,
    description: description ?? '',
    input_schema: schema(parametersJsonSchema),
    ...(isStrict && { strict }),
    ...(ownSettings(settings).anthropicEagerInputStreaming === true && {
      eager_input_streaming: true,
    }),
  }
}
