import {
  callArguments,
  type NativeToolCallPart,
  type NativeToolReturnPart,
} from '../../messages/index.ts'
import { isRawObject, type RawObject, rawObject, rawObjects, rawText } from '../raw.ts'

/** What of a conversation's native tools may go back to Anthropic. */
export interface NativeHistory {
  /** Tools of this request: only they can be referred to. */
  readonly toolNames: ReadonlySet<string>
  /** Advice is refused when the request has no advisor. */
  readonly hasAdvisor: boolean
}

const mcpPrefix = 'mcp_server:'

/** The block that an Anthropic model wrote to call the tool; `undefined` when it cannot go back. */
export function nativeCallBlock(
  part: NativeToolCallPart,
  { hasAdvisor }: NativeHistory,
): RawObject | undefined {
  const { toolName, toolCallId: id } = part
  const input = callArguments(part)
  if (toolName.startsWith(mcpPrefix)) {
    const { tool_name: name, tool_args } = input
    if (rawText(name) === undefined || tool_args === undefined) return undefined
    const server_name = toolName.slice(mcpPrefix.length)
    return { type: 'mcp_tool_use', id, server_name, name, input: tool_args }
  }
  const name = wireName(part)
  if (name === undefined || (name === 'advisor' && !hasAdvisor)) return undefined
  const asked = name.startsWith('tool_search') ? searchInput(input, name) : input
  return { type: 'server_tool_use', id, name, input: asked, ...callerOf(part) }
}

/** The block with the tool's answer; `undefined` when it cannot go back. */
export function nativeReturnBlock(
  part: NativeToolReturnPart,
  history: NativeHistory,
): RawObject | undefined {
  const { toolName, toolCallId: tool_use_id, content } = part
  if (toolName === 'tool_search') {
    return { type: 'tool_search_tool_result', tool_use_id, content: searchResult(part, history) }
  }
  if (!isRawObject(content) && !Array.isArray(content)) return undefined
  if (toolName.startsWith('mcp_server')) {
    return { type: 'mcp_tool_result', tool_use_id, ...rawObject(content) }
  }
  const name = wireName(part)
  if (name === undefined || (name === 'advisor' && !history.hasAdvisor)) return undefined
  return { type: `${name}_tool_result`, tool_use_id, content, ...callerOf(part) }
}

/** Native calls without an answer are refused, unless only results of other calls have been sent since. */
export function withoutUnansweredCalls<
  TMessage extends { readonly role: string; readonly content: RawObject[] },
>(messages: readonly TMessage[]): TMessage[] {
  const answered = new Set(
    messages.flatMap(({ content }) => content.map((block) => block['tool_use_id'])),
  )
  const isUnanswered = ({ type, id }: RawObject): boolean =>
    (type === 'server_tool_use' || type === 'mcp_tool_use') && !answered.has(id)
  const lastOther = messages.findLastIndex(({ role, content }) => {
    return role !== 'user' || content.some(({ type }) => type !== 'tool_result')
  })
  return messages.flatMap((message, index) => {
    const mayWait = index >= lastOther
    const content = message.content.filter((block) => {
      const isSearch = String(block['name']).startsWith('tool_search_tool_')
      return !isUnanswered(block) || (mayWait && !isSearch)
    })
    return content.length === 0 ? [] : [{ ...message, content }]
  })
}

const plainNames = ['web_search', 'web_fetch', 'advisor']
const codeNames = ['bash_code_execution', 'text_editor_code_execution']

/** Anthropic's name of the tool. */
function wireName(part: NativeToolCallPart | NativeToolReturnPart): string | undefined {
  const { toolName, providerDetails } = part
  if (plainNames.includes(toolName)) return toolName
  if (toolName === 'tool_search') {
    return `tool_search_tool_${rawText(providerDetails?.['strategy']) ?? 'bm25'}`
  }
  if (toolName !== 'code_execution' && !codeNames.includes(toolName)) return undefined
  const contentType = 'content' in part ? rawText(rawObject(part.content)['type']) : undefined
  const noted = rawText(providerDetails?.['anthropic_tool_name']) ?? toolName
  return (
    codeNames.find((name) => noted === name || contentType?.startsWith(name)) ?? 'code_execution'
  )
}

function callerOf({ providerDetails }: NativeToolCallPart | NativeToolReturnPart): RawObject {
  const caller = providerDetails?.['anthropic_caller']
  return isRawObject(caller) ? { caller } : {}
}

/** One text for the model's queries: an expression for one kind of search, words for the other. */
function searchInput(input: RawObject, name: string): RawObject {
  const { queries } = input
  if (!Array.isArray(queries)) return input
  const asked = queries.filter((query) => typeof query === 'string').join(' ')
  return name.endsWith('regex') ? { pattern: asked } : { query: asked }
}

function searchResult(
  { content, providerDetails }: NativeToolReturnPart,
  { toolNames }: NativeHistory,
): RawObject {
  const error_code = providerDetails?.['error_code']
  if (error_code != null) return { type: 'tool_search_tool_result_error', error_code }
  const found = rawObjects(rawObject(content)['discovered_tools'])
    .flatMap(({ name }) => rawText(name) ?? [])
    .filter((name) => toolNames.has(name))
  return {
    type: 'tool_search_tool_search_result',
    tool_references: found.map((tool_name) => ({ type: 'tool_reference', tool_name })),
  }
}
