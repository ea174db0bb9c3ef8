import { UserError } from '../../errors/index.ts'
import type { ModelCall } from '../model.ts'
import type { NativeTool } from '../native-tool.ts'
import type { RawObject } from '../raw.ts'
import type { GoogleTarget } from './target.ts'

/** Google's names of its tools. It searches where and as much as it likes: details of a search are not sent. */
const names: Readonly<Record<string, string>> = {
  web_search: 'googleSearch',
  web_fetch: 'urlContext',
  code_execution: 'codeExecution',
  file_search: 'fileSearch',
}

interface NativeTools {
  readonly tools: readonly RawObject[]
  /** Whether Google is asked to list what its tools did. Vertex refuses to be asked. */
  readonly listsCalls: boolean
}

/**
 * Google's own tools of a request. Making images is no tool but a setting.
 *
 * @throws {UserError} for a tool that the model does not have, or not together with others, unless it is optional
 */
export function nativeTools(call: ModelCall, target: GoogleTarget): NativeTools {
  const tools = (call.settings.nativeTools ?? []).flatMap((tool) => {
    const name = isThere(tool, call, target) ? names[tool.kind] : undefined
    return name === undefined ? [] : [{ [name]: optionsOf(tool) }]
  })
  const { traits, isVertex } = target
  return { tools, listsCalls: tools.length > 0 && traits.combinesTools && !isVertex }
}

function isThere(
  tool: NativeTool,
  { parameters }: ModelCall,
  { modelName, traits, profile }: GoogleTarget,
): boolean {
  const isImage = tool.kind === 'image_generation'
  const isKnown = isImage ? profile.supportsImageOutput : Object.hasOwn(names, tool.kind)
  const isAlone = parameters.functionTools.length + parameters.outputTools.length === 0
  if (isKnown && (isAlone || traits.combinesTools)) return true
  if (tool.optional === true) return false
  if (!isKnown) throw new UserError(`The model '${modelName}' has no native tool '${tool.kind}'`)
  throw new UserError(`The model '${modelName}' takes '${tool.kind}' only without other tools`, {
    hint: 'Take a model of Gemini 3 or later, or ask for prompted output instead of output tools',
  })
}

function optionsOf(tool: NativeTool): RawObject {
  return tool.kind === 'file_search' ? { file_search_store_names: [...tool.fileStoreIds] } : {}
}
