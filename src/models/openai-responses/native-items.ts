import {
  callArguments,
  type NativeToolCallPart,
  type NativeToolReturnPart,
} from '../../messages/index.ts'
import { filledText, present, type RawObject, rawObject, rawObjects, rawText } from '../raw.ts'

type WriteItem = (part: NativeToolCallPart, args: RawObject) => Record<string, unknown> | undefined

/** How calls go back, by tool. Results stay at OpenAI. */
const writers: Readonly<Record<string, WriteItem>> = {
  code_execution: ({ toolCallId }, { code, container_id }) =>
    filledText(container_id) === undefined
      ? undefined
      : {
          type: 'code_interpreter_call',
          id: toolCallId,
          code: code ?? null,
          container_id,
          outputs: null,
          status: 'completed',
        },
  web_search: ({ id, toolCallId }, args) =>
    Object.keys(args).length === 0
      ? undefined
      : {
          type: 'web_search_call',
          id: id || toolCallId,
          action: present(args),
          status: 'completed',
        },
  file_search: ({ id, toolCallId }, args) =>
    Object.keys(args).length === 0
      ? undefined
      : {
          type: 'file_search_call',
          id: id || toolCallId,
          queries: args['queries'] ?? [],
          status: 'completed',
        },
  image_generation: ({ toolCallId }) => ({ type: 'image_generation_call', id: toolCallId }),
}

/** The call as the item it came in; `undefined` for what OpenAI has no item for. */
export function nativeCallItem(part: NativeToolCallPart): Record<string, unknown> | undefined {
  const args = callArguments(part)
  if (part.toolName.startsWith('mcp_server:')) return mcpItem(part, args)
  return writers[part.toolName]?.(part, args)
}

function mcpItem(
  { toolName, toolCallId: id }: NativeToolCallPart,
  { action, tool_name, tool_args }: RawObject,
): Record<string, unknown> | undefined {
  const server_label = toolName.slice('mcp_server:'.length)
  if (action === 'list_tools') return { type: 'mcp_list_tools', id, server_label, tools: [] }
  if (action !== 'call_tool' || !filledText(tool_name) || tool_args == null) return undefined
  return {
    type: 'mcp_call',
    id,
    server_label,
    name: tool_name,
    arguments: JSON.stringify(tool_args),
    error: null,
    output: null,
  }
}

export function statusOf(content: unknown): string | undefined {
  return filledText(rawObject(content)['status'])
}

/** Writes searches for tools, which hold all there is to them and so go back even without their ids. */
export interface SearchItems {
  call(part: NativeToolCallPart): Record<string, unknown>
  /** `undefined` for results that came in no item of their own. */
  output(part: NativeToolReturnPart): Record<string, unknown> | undefined
}

export function searchItems(
  sendsIds: boolean,
  describe: (toolName: string) => RawObject | undefined,
): SearchItems {
  return {
    call: (part) => ({
      type: 'tool_search_call',
      ...searchFields(part),
      arguments: callArguments(part),
      ...(sendsIds && part.id && { id: part.id }),
    }),
    output: (part) => {
      const id = filledText(part.providerDetails?.['id'])
      if (id === undefined) return undefined
      const found = rawObjects(rawObject(part.content)['discovered_tools'])
      const tools = found.flatMap(({ name }) => describe(rawText(name) ?? '') ?? [])
      return { type: 'tool_search_output', ...searchFields(part), tools, ...(sendsIds && { id }) }
    },
  }
}

const statuses = ['in_progress', 'completed', 'incomplete']

function searchFields({
  toolCallId,
  providerDetails,
}: Pick<NativeToolCallPart, 'toolCallId' | 'providerDetails'>): RawObject {
  const { call_id = toolCallId, status } = providerDetails ?? {}
  const isKnown = typeof status === 'string' && statuses.includes(status)
  return {
    execution: 'server',
    call_id: call_id === null || typeof call_id === 'string' ? call_id : toolCallId,
    status: isKnown ? status : 'completed',
  }
}
