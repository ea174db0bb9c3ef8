import type { ToolDefinition } from '../../tools/index.ts'
import type { ModelCall, ModelRequestParameters } from '../model.ts'
import type { ModelSettings, ToolChoice } from '../settings.ts'
import type { Family } from './family.ts'
import { memoryName } from './native-tools.ts'
import type {
  CallOptions,
  FunctionTool,
  ProviderTool,
  ResponseFormat,
  SdkToolChoice,
} from './protocol.ts'

/** The tools of a request and how the model is to choose among them; nothing when there are none. */
export function toolOptions(
  { parameters, settings }: Pick<ModelCall, 'parameters' | 'settings'>,
  family: Family,
  nativeTools: readonly ProviderTool[],
): Pick<CallOptions, 'tools' | 'toolChoice'> {
  const { tools, toolChoice } = chooseTools(parameters, settings.toolChoice)
  const isTaken = nativeTools.some(({ name }) => name === memoryName)
  const functionTools = isTaken ? tools.filter(({ name }) => name !== memoryName) : tools
  const all = [...functionTools.map(functionTool), ...nativeTools]
  if (tools.length === 0) return all.length === 0 ? {} : { tools: all }
  const isSoftened = refusesForcing(family, settings) && isForced(toolChoice)
  return { tools: all, toolChoice: isSoftened ? { type: 'auto' } : toolChoice }
}

/** The schema a native output is held to. Prompted output asks for some JSON object where the model can be told so. */
export function responseFormat(
  { outputMode, outputObject }: ModelRequestParameters,
  asksForJsonObjects: boolean,
): ResponseFormat | undefined {
  if (outputMode === 'prompted' && asksForJsonObjects) return { type: 'json' }
  if (outputMode !== 'native' || outputObject === null) return undefined
  const { name, description, jsonSchema } = outputObject
  return {
    type: 'json',
    schema: jsonSchema,
    ...(name !== null && { name }),
    ...(description !== null && { description }),
  }
}

interface ChosenTools {
  readonly tools: readonly ToolDefinition[]
  readonly toolChoice: SdkToolChoice
}

function chooseTools(
  parameters: ModelRequestParameters,
  choice: ToolChoice | undefined,
): ChosenTools {
  const { functionTools, outputTools, allowTextOutput, allowImageOutput } = parameters
  const tools = [...functionTools, ...outputTools]
  const mustCall = outputTools.length > 0 && !allowTextOutput && !allowImageOutput
  const open: SdkToolChoice = { type: mustCall ? 'required' : 'auto' }
  if (choice === undefined || choice === 'auto') return { tools, toolChoice: open }
  if (choice === 'required') return { tools, toolChoice: { type: 'required' } }
  if (choice !== 'none') return chooseNamed(tools, choice)
  // Output tools are how the run ends, so `none` forbids function tools only.
  if (outputTools.length > 0) return { tools: outputTools, toolChoice: open }
  return { tools, toolChoice: { type: 'none' } }
}

function chooseNamed(tools: readonly ToolDefinition[], names: readonly string[]): ChosenTools {
  const [only, ...others] = names
  if (only !== undefined && others.length === 0) {
    return { tools, toolChoice: { type: 'tool', toolName: only } }
  }
  const named = tools.filter((tool) => names.includes(tool.name))
  return { tools: named, toolChoice: { type: 'required' } }
}

function isForced({ type }: SdkToolChoice): boolean {
  return type === 'required' || type === 'tool'
}

/** Anthropic answers with an error when a call is forced while the model thinks. */
function refusesForcing(family: Family, settings: ModelSettings): boolean {
  return family === 'anthropic' && settings.thinking !== undefined && settings.thinking !== false
}

function functionTool(tool: ToolDefinition): FunctionTool {
  return {
    type: 'function',
    name: tool.name,
    ...(tool.description !== null && { description: tool.description }),
    inputSchema: tool.parametersJsonSchema,
    ...(tool.strict !== undefined && { strict: tool.strict }),
  }
}
