import { UserError } from '../../errors/index.ts'
import type { ToolDefinition } from '../../tools/index.ts'
import type { ModelCall } from '../model.ts'
import type { RawObject } from '../raw.ts'
import { type ChosenTools, chooseTools } from '../tool-choice.ts'
import { googleSchema } from './json-schema.ts'
import { nativeTools } from './native-tools.ts'
import type { GoogleTarget } from './target.ts'

/** The tools of a request, Google's own first, and how the model is to choose among them. */
export function toolFields(call: ModelCall, target: GoogleTarget): RawObject {
  if (call.parameters.functionTools.length > 0 && !target.profile.supportsTools) {
    throw new UserError(`The model '${target.modelName}' calls no tools`)
  }
  const native = nativeTools(call, target)
  const chosen = narrowed(chooseTools(call))
  const { all } = chosen
  const functions = all.length === 0 ? [] : [{ functionDeclarations: all.map(declaration) }]
  const tools = [...native.tools, ...functions]
  if (tools.length === 0) return {}
  const toolConfig = {
    ...(all.length > 0 && { functionCallingConfig: callingConfig(chosen, target) }),
    ...(native.listsCalls && { includeServerSideToolInvocations: true }),
  }
  return { tools, ...(Object.keys(toolConfig).length > 0 && { toolConfig }) }
}

/** Names are for demanding a call. Where the model may answer in words, tools that it may not call are left out. */
function narrowed({ all, only: named, mode }: ChosenTools): ChosenTools {
  if (named === undefined) return { all, mode }
  const only = all.filter((tool) => named.includes(tool))
  return mode === 'required' ? { all, only, mode } : { all: only, mode }
}

function declaration({ name, description, parametersJsonSchema }: ToolDefinition): RawObject {
  return {
    name,
    description: description ?? '',
    parameters_json_schema: googleSchema(parametersJsonSchema),
  }
}

const modes = { auto: 'AUTO', none: 'NONE', required: 'ANY' } as const

/** Calls are held to their schemas where the model can do that; one tool that is not strict releases all of them. */
function callingConfig({ all, only, mode }: ChosenTools, { traits }: GoogleTarget): RawObject {
  const isStrict = traits.validatesCalls && all.every(({ strict }) => strict !== false)
  const allowedFunctionNames = only?.map(({ name }) => name)
  return {
    mode: mode === 'auto' && isStrict ? 'VALIDATED' : modes[mode],
    ...(allowedFunctionNames !== undefined && { allowedFunctionNames }),
  }
}
