import { UserError } from '../../errors/index.ts'
import type { ModelCall } from '../model.ts'
import type {
  AdvisorTool,
  McpServerTool,
  NativeTool,
  WebFetchTool,
  WebSearchTool,
} from '../native-tool.ts'
import { present, type RawObject } from '../raw.ts'
import { type Ability, isAble } from './abilities.ts'
import { cacheControl } from './caching.ts'
import { ownSettings } from './settings.ts'

/** What a request says of the tools that Anthropic runs by itself. */
export interface NativeRequest {
  readonly tools: readonly RawObject[]
  readonly mcpServers: readonly RawObject[]
  /** What the user says besides: files for the sandbox. */
  readonly uploads: readonly RawObject[]
}

/** @throws {UserError} when the model does not have a tool that is not optional */
export function nativeRequest(
  { settings, parameters }: Pick<ModelCall, 'settings' | 'parameters'>,
  modelName: string,
): NativeRequest {
  const tools: RawObject[] = []
  const mcpServers: RawObject[] = []
  const version = ownSettings(settings).anthropicCodeExecutionToolVersion
  for (const tool of settings.nativeTools ?? []) {
    if (tool.kind === 'mcp_server') mcpServers.push(mcpServer(tool))
    else {
      const made = nativeTool(tool, modelName, version)
      if (made !== undefined) tools.push(made)
      else if (tool.optional !== true) throw unknownTool(tool, modelName)
    }
  }
  const lacksMemory = !parameters.functionTools.some(({ name }) => name === memoryName)
  if (lacksMemory && tools.some(({ name }) => name === memoryName)) {
    throw new UserError('The native tool `memory` needs a function tool of that name', {
      hint: 'Add a tool named "memory" that carries out the commands: the model only asks for them',
    })
  }
  return { tools, mcpServers, uploads: uploadsFor(settings.nativeTools ?? []) }
}

function uploadsFor(tools: readonly NativeTool[]): RawObject[] {
  const ids = tools.flatMap((tool) => (tool.kind === 'code_execution' ? (tool.fileIds ?? []) : []))
  return ids.map((file_id) => ({ type: 'container_upload', file_id }))
}

/** Anthropic knows this tool, but the application runs it: the function tool of its name answers the calls. */
export const memoryName = 'memory'

/** `undefined` when the model does not have it. */
function nativeTool(
  tool: Exclude<NativeTool, McpServerTool>,
  modelName: string,
  codeVersion: string | undefined,
): RawObject | undefined {
  const onlyIf = (ability: Ability, made: RawObject): RawObject | undefined =>
    isAble(modelName, ability) ? made : undefined
  switch (tool.kind) {
    case 'web_search':
      return { ...webTool('web_search', '20250305', tool, modelName), ...searchOptions(tool) }
    case 'web_fetch':
      return { ...webTool('web_fetch', '20250910', tool, modelName), ...fetchOptions(tool) }
    case 'code_execution':
      return { name: 'code_execution', type: codeExecutionType(modelName, codeVersion) }
    case 'memory':
      return { name: memoryName, type: 'memory_20250818' }
    case 'tool_search': {
      const name = `tool_search_tool_${tool.strategy ?? 'bm25'}`
      return onlyIf('toolSearch', { name, type: `${name}_20251119` })
    }
    case 'advisor':
      return onlyIf('advisor', advisor(tool))
    case 'file_search':
    case 'image_generation':
      return undefined
  }
}

function webTool(
  name: string,
  version: string,
  tool: WebSearchTool | WebFetchTool,
  modelName: string,
): RawObject {
  return {
    name,
    type: `${name}_${isAble(modelName, 'filteredWebTools') ? '20260209' : version}`,
    max_uses: tool.maxUses ?? null,
    allowed_domains: tool.allowedDomains ?? null,
    blocked_domains: tool.blockedDomains ?? null,
  }
}

function searchOptions({ userLocation }: WebSearchTool): RawObject {
  return { user_location: userLocation ? { type: 'approximate', ...userLocation } : null }
}

function fetchOptions({ enableCitations, maxContentTokens }: WebFetchTool): RawObject {
  return {
    citations: enableCitations === true ? { enabled: true } : null,
    max_content_tokens: maxContentTokens ?? null,
  }
}

function advisor({ model, maxUses, maxTokens, caching }: AdvisorTool): RawObject {
  return present({
    name: 'advisor',
    type: 'advisor_20260301',
    model,
    max_uses: maxUses,
    max_tokens: maxTokens,
    caching: cacheControl(caching),
  })
}

function codeExecutionType(modelName: string, version: string | undefined): string {
  const newest = isAble(modelName, 'codeExecution2026') ? '20260120' : '20250825'
  return `code_execution_${version === undefined || version === 'auto' ? newest : version}`
}

function mcpServer({ id, url, allowedTools, authorizationToken }: McpServerTool): RawObject {
  return {
    type: 'url',
    name: id,
    url,
    ...(allowedTools != null && {
      tool_configuration: { enabled: allowedTools.length > 0, allowed_tools: allowedTools },
    }),
    ...(authorizationToken != null && { authorization_token: authorizationToken }),
  }
}

function unknownTool({ kind }: NativeTool, modelName: string): UserError {
  return new UserError(`The model '${modelName}' does not have the native tool \`${kind}\``, {
    hint: 'Say `optional: true` to go without it where there is none',
  })
}
