import { UserError } from '../../errors/index.ts'
import type { ModelCall } from '../model.ts'
import type { NativeTool } from '../native-tool.ts'
import { present } from '../raw.ts'
import type { Family } from './family.ts'
import type { ProviderOptions, ProviderTool } from './protocol.ts'

/** What a request says of the tools that the provider runs by itself. */
interface NativeOptions {
  readonly tools: readonly ProviderTool[]
  /** Of providers that are told of some of them elsewhere. */
  readonly providerOptions: ProviderOptions
}

/** Whose tools they would be. */
export interface Owner {
  readonly family: Family
  readonly modelName: string
}

/** @throws {UserError} when the package cannot ask for a tool that is not optional */
export function nativeOptions(
  { settings, parameters }: Pick<ModelCall, 'settings' | 'parameters'>,
  owner: Owner,
): NativeOptions {
  const wanted = (settings.nativeTools ?? []).filter((tool) => isKnown(tool, owner))
  const servers = wanted.filter((tool) => tool.kind === 'mcp_server').map(anthropicServer)
  const isElsewhere = owner.family === 'anthropic' && servers.length > 0
  const tools = wanted.flatMap((tool) => providerTool(tool, owner) ?? [])
  if (tools.some(({ name }) => name === memoryName)) checkMemory(parameters)
  const functions = [...parameters.functionTools, ...parameters.outputTools]
  if (tools.length > 0 && functions.length > 0) checkMixture(owner)
  return { tools, providerOptions: isElsewhere ? { anthropic: { mcpServers: servers } } : {} }
}

/** Anthropic knows this tool, but the application runs it: the function tool of its name answers the calls. */
export const memoryName = 'memory'

function isKnown(tool: NativeTool, owner: Owner): boolean {
  if (isAskedForOtherwise(tool, owner) || providerTool(tool, owner) !== undefined) return true
  if (tool.optional === true) return false
  throw unknownTool(tool, owner)
}

/** Anthropic's MCP servers are no tools; OpenAI's search models for chats search whether they are told to or not. */
function isAskedForOtherwise({ kind }: NativeTool, { family, modelName }: Owner): boolean {
  if (family === 'anthropic') return kind === 'mcp_server'
  return family === 'openai-chat' && kind === 'web_search' && modelName.includes('search')
}

/** `undefined` when the package has none of this kind. */
function providerTool(tool: NativeTool, { family }: Owner): ProviderTool | undefined {
  switch (family) {
    case 'openai-responses':
      return openAiTool(tool)
    case 'anthropic':
      return anthropicTool(tool)
    case 'google':
      return googleTool(tool)
    case 'openai-chat':
    case 'other':
      return undefined
  }
}

/** Under our name for the tool, so that its calls in a history are the package's own. */
function made(
  { kind }: NativeTool,
  id: ProviderTool['id'],
  args: ProviderTool['args'] = {},
): ProviderTool {
  return { type: 'provider', id, name: kind, args: present(args) }
}

function openAiTool(tool: NativeTool): ProviderTool | undefined {
  switch (tool.kind) {
    case 'web_search':
      return made(tool, 'openai.web_search', openAiSearch(tool))
    case 'code_execution': {
      const { fileIds = [] } = tool
      return made(tool, 'openai.code_interpreter', {
        container: fileIds.length > 0 ? { fileIds } : undefined,
      })
    }
    case 'file_search':
      return made(tool, 'openai.file_search', { vectorStoreIds: tool.fileStoreIds })
    case 'image_generation': {
      const { kind: _kind, optional: _optional, aspectRatio, ...args } = tool
      return aspectRatio === undefined ? made(tool, 'openai.image_generation', args) : undefined
    }
    case 'mcp_server':
      return { ...made(tool, 'openai.mcp', openAiServer(tool)), name: `mcp_server:${tool.id}` }
    case 'tool_search':
      return tool.strategy === undefined ? made(tool, 'openai.tool_search') : undefined
    case 'web_fetch':
    case 'memory':
    case 'advisor':
      return undefined
  }
}

type ToolOf<TKind extends NativeTool['kind']> = Extract<NativeTool, { kind: TKind }>

function openAiSearch(tool: ToolOf<'web_search'>): ProviderTool['args'] {
  const { allowedDomains, blockedDomains, searchContextSize, externalWebAccess } = tool
  const filters = present({ allowedDomains, blockedDomains })
  return {
    searchContextSize,
    externalWebAccess,
    userLocation: location(tool),
    filters: Object.keys(filters).length > 0 ? filters : undefined,
  }
}

function openAiServer(tool: ToolOf<'mcp_server'>): ProviderTool['args'] {
  return {
    serverLabel: tool.id,
    serverUrl: tool.url,
    serverDescription: tool.description,
    authorization: tool.authorizationToken,
    allowedTools: tool.allowedTools,
    headers: tool.headers,
    requireApproval: 'never',
  }
}

function anthropicTool(tool: NativeTool): ProviderTool | undefined {
  switch (tool.kind) {
    case 'web_search': {
      const { maxUses, allowedDomains, blockedDomains } = tool
      const userLocation = location(tool)
      const args = { maxUses, allowedDomains, blockedDomains, userLocation }
      return made(tool, 'anthropic.web_search_20250305', args)
    }
    case 'web_fetch': {
      const { maxUses, allowedDomains, blockedDomains, maxContentTokens } = tool
      const citations = tool.enableCitations === true ? { enabled: true } : undefined
      const args = { maxUses, allowedDomains, blockedDomains, maxContentTokens, citations }
      return made(tool, 'anthropic.web_fetch_20250910', args)
    }
    case 'code_execution':
      return made(tool, 'anthropic.code_execution_20250825')
    case 'memory':
      return { ...made(tool, 'anthropic.memory_20250818'), name: memoryName }
    case 'tool_search':
      return made(tool, `anthropic.tool_search_${tool.strategy ?? 'bm25'}_20251119`)
    case 'advisor':
      return made(tool, 'anthropic.advisor_20260301', { model: tool.model })
    case 'mcp_server':
    case 'file_search':
    case 'image_generation':
      return undefined
  }
}

function anthropicServer(tool: ToolOf<'mcp_server'>): Readonly<Record<string, unknown>> {
  const { id, url, authorizationToken, allowedTools } = tool
  const enabled = allowedTools !== undefined && allowedTools.length > 0
  return present({
    type: 'url',
    name: id,
    url,
    authorizationToken,
    toolConfiguration: allowedTools === undefined ? undefined : { enabled, allowedTools },
  })
}

function googleTool(tool: NativeTool): ProviderTool | undefined {
  switch (tool.kind) {
    case 'web_search':
      return made(tool, 'google.google_search')
    case 'web_fetch':
      return made(tool, 'google.url_context')
    case 'code_execution':
      return made(tool, 'google.code_execution')
    case 'file_search':
      return made(tool, 'google.file_search', { fileSearchStoreNames: tool.fileStoreIds })
    case 'image_generation':
    case 'mcp_server':
    case 'memory':
    case 'tool_search':
    case 'advisor':
      return undefined
  }
}

function location({ userLocation }: ToolOf<'web_search'>) {
  return userLocation === undefined ? undefined : { type: 'approximate', ...userLocation }
}

function checkMemory({ functionTools }: ModelCall['parameters']): void {
  if (functionTools.some(({ name }) => name === memoryName)) return
  throw new UserError('The native tool `memory` needs a function tool of that name', {
    hint: 'Add a tool named "memory" that carries out the commands: the model only asks for them',
  })
}

/** Older models of Google take one or the other, and the package would leave out the function tools in silence. */
function checkMixture({ family, modelName }: Owner): void {
  if (family !== 'google' || !/gemini-[12]\b/.test(modelName)) return
  throw new UserError(`'${modelName}' has either native tools or tools of yours, not both`, {
    hint: 'Take a Gemini 3 model, ask for native or prompted output, or say which tools it can do without',
  })
}

const direct: Readonly<Record<Exclude<Family, 'other'>, string>> = {
  'openai-chat': 'openai-chat',
  'openai-responses': 'openai',
  anthropic: 'anthropic',
  google: 'google',
}

function unknownTool({ kind }: NativeTool, { family, modelName }: Owner): UserError {
  const otherwise = 'Say `optional: true` to go without it where there is none'
  return new UserError(
    `The native tool \`${kind}\` cannot be asked of '${modelName}' through the AI SDK`,
    {
      hint:
        family === 'other'
          ? otherwise
          : `Ask '${direct[family]}:${modelName}', which speaks to the provider itself. ${otherwise}`,
    },
  )
}
