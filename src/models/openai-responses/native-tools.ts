import { UserError } from '../../errors/index.ts'
import type { NativeTool } from '../native-tool.ts'
import { present, type RawObject } from '../raw.ts'
import type { Target } from './target.ts'

/**
 * The provider's own tools, in the words of the API. Images that are wanted as output need the tool that makes them.
 *
 * @throws {UserError} for a tool that the model does not have, unless it is optional
 */
export function nativeTools(
  wanted: readonly NativeTool[],
  target: Target,
  wantsImages: boolean,
): RawObject[] {
  const tools = wanted.flatMap((tool) => {
    const field = toolField(tool, target)
    return field === undefined ? leaveOut(tool, target) : [field]
  })
  const drawing = ['image_generation', 'code_interpreter']
  const draws = tools.some(({ type }) => drawing.includes(String(type)))
  return wantsImages && !draws ? [...tools, { type: 'image_generation' }] : tools
}

/** `undefined` for a tool that the model does not have. */
function toolField(tool: NativeTool, { searchesTools }: Target): RawObject | undefined {
  switch (tool.kind) {
    case 'web_search':
      return webSearch(tool)
    case 'code_execution':
      return codeInterpreter(tool)
    case 'file_search':
      return { type: 'file_search', vector_store_ids: tool.fileStoreIds }
    case 'image_generation':
      return imageGeneration(tool)
    case 'mcp_server':
      return mcpServer(tool)
    case 'tool_search':
      return searchesTools && tool.strategy === undefined ? { type: 'tool_search' } : undefined
    case 'web_fetch':
    case 'memory':
    case 'advisor':
      return undefined
  }
}

function leaveOut(tool: NativeTool, { modelName }: Target): RawObject[] {
  if (tool.optional === true) return []
  const how = tool.kind === 'tool_search' && tool.strategy ? ` by '${tool.strategy}'` : ''
  throw new UserError(
    `The native tool '${tool.kind}'${how} is not there for '${modelName}' at OpenAI's Responses API`,
    { hint: 'Say `optional: true` to leave it out for models that do not have it' },
  )
}

type ToolOf<TKind extends NativeTool['kind']> = Extract<NativeTool, { kind: TKind }>

function webSearch(tool: ToolOf<'web_search'>): RawObject {
  const { userLocation, allowedDomains = [] } = tool
  return {
    type: 'web_search',
    search_context_size: tool.searchContextSize ?? 'medium',
    ...(userLocation !== undefined && { user_location: { type: 'approximate', ...userLocation } }),
    ...(allowedDomains.length > 0 && { filters: { allowed_domains: allowedDomains } }),
    ...present({ external_web_access: tool.externalWebAccess }),
  }
}

function codeInterpreter({ fileIds = [] }: ToolOf<'code_execution'>): RawObject {
  const container = { type: 'auto', ...(fileIds.length > 0 && { file_ids: fileIds }) }
  return { type: 'code_interpreter', container }
}

function imageGeneration(tool: ToolOf<'image_generation'>): RawObject {
  return {
    type: 'image_generation',
    action: tool.action ?? 'auto',
    background: tool.background ?? 'auto',
    moderation: tool.moderation ?? 'auto',
    output_compression: tool.outputCompression ?? 100,
    output_format: tool.outputFormat ?? 'png',
    partial_images: tool.partialImages ?? 0,
    quality: tool.quality ?? 'auto',
    size: imageSize(tool),
    ...present({ model: tool.model, input_fidelity: tool.inputFidelity }),
  }
}

const sizes: Readonly<Record<string, string>> = {
  '1:1': '1024x1024',
  '2:3': '1024x1536',
  '3:2': '1536x1024',
}

/** Shapes have sizes of their own. */
function imageSize({ size = 'auto', aspectRatio }: ToolOf<'image_generation'>): string {
  if (aspectRatio === undefined) return size
  const fitting = sizes[aspectRatio]
  if (fitting === undefined) {
    throw new UserError(`OpenAI makes no images with an \`aspectRatio\` of '${aspectRatio}'`, {
      hint: `There are ${Object.keys(sizes).join(', ')}`,
    })
  }
  if (size === 'auto' || size === fitting) return fitting
  throw new UserError(
    `An image cannot have the \`aspectRatio\` '${aspectRatio}' and the \`size\` '${size}'`,
    {
      hint: 'Leave one of them out',
    },
  )
}

/** What stands before the id of a service that OpenAI connects to by itself, in place of an address. */
const connector = 'x-openai-connector:'

function mcpServer(tool: ToolOf<'mcp_server'>): RawObject {
  const { id, url } = tool
  return {
    type: 'mcp',
    server_label: id,
    require_approval: 'never',
    ...(url.startsWith(connector)
      ? { connector_id: url.slice(connector.length) }
      : { server_url: url }),
    ...present({
      authorization: tool.authorizationToken,
      server_description: tool.description,
      allowed_tools: tool.allowedTools,
      headers: tool.headers,
    }),
  }
}
