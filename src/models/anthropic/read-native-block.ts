import type { ResponsePartInput } from '../../messages/index.ts'
import { presentOrNull, type RawObject, rawObject, rawObjects, rawText } from '../raw.ts'
import { completedObject } from './complete-json.ts'

/** Our names of Anthropic's server tools, where they differ. */
const toolNames: Readonly<Record<string, string>> = {
  bash_code_execution: 'code_execution',
  text_editor_code_execution: 'code_execution',
}

const codeNames = ['code_execution', ...Object.keys(toolNames)]
const searchPrefix = 'tool_search_tool_'

/** Whether the model runs code. */
export function isCodeCall(block: RawObject): boolean {
  return codeNames.includes(rawText(block['name']) ?? '')
}

/** The tools that a request lets Anthropic run, by the names that calls of them have. */
export function serverToolsIn(body: RawObject): ReadonlySet<string> {
  const asked = rawObjects(body['tools']).filter(({ type }) => type != null && type !== 'custom')
  // The newer tools for the web sift by code what they find.
  const runsCode = asked.some(
    (tool) => isCodeCall(tool) || /^web_.*_2026/.test(rawText(tool['type']) ?? ''),
  )
  const names = asked.flatMap(({ name }) => rawText(name) ?? [])
  return new Set([...names, ...(runsCode ? codeNames : [])])
}

/**
 * Whether a model made the tool of a call up: then it is not run, and the call is refused when it is sent back.
 *
 * @param asked {@link serverToolsIn} the request; `undefined` when nobody knows
 */
export function isMadeUp(block: RawObject, asked: ReadonlySet<string> | undefined): boolean {
  return (
    asked !== undefined &&
    block['type'] === 'server_tool_use' &&
    !asked.has(rawText(block['name']) ?? '')
  )
}

/** Whether the model looks for tools; such calls are put into words that all providers' have in common. */
export function isSearchCall(block: RawObject): boolean {
  return (rawText(block['name']) ?? '').startsWith(searchPrefix)
}

/** A call of a tool that Anthropic runs. */
export function readServerToolUse(block: RawObject, providerName: string): ResponsePartInput {
  const name = rawText(block['name']) ?? ''
  const isSearch = isSearchCall(block)
  return {
    partKind: 'builtin-tool-call',
    toolName: isSearch ? 'tool_search' : (toolNames[name] ?? name),
    args: isSearch ? searchArgs(block['input']) : writtenArgs(block['input']),
    toolCallId: rawText(block['id']) ?? '',
    ...(isSearch && { toolKind: 'tool-search' }),
    providerName,
    providerDetails: presentOrNull({
      strategy: isSearch ? name.slice(searchPrefix.length) : undefined,
      anthropic_tool_name: name in toolNames ? name : undefined,
      anthropic_caller: callerOf(block),
    }),
  }
}

/** What Anthropic's tool answered: a block whose type is the tool's name and `_tool_result`. */
export function readServerToolResult(block: RawObject, providerName: string): ResponsePartInput {
  const name = (rawText(block['type']) ?? '').replace(/_tool_result$/, '')
  if (name === 'tool_search') return readSearchResult(block, providerName)
  return {
    partKind: 'builtin-tool-return',
    toolName: toolNames[name] ?? name,
    content: block['content'] ?? null,
    toolCallId: rawText(block['tool_use_id']) ?? '',
    providerName,
    providerDetails: presentOrNull({
      anthropic_tool_name: name in toolNames ? name : undefined,
      anthropic_caller: callerOf(block),
    }),
  }
}

/** Our name of the tools of an MCP server. */
export function mcpToolName(block: RawObject): string {
  return `mcp_server:${rawText(block['server_name']) ?? ''}`
}

export function readMcpUse(block: RawObject, providerName: string): ResponsePartInput {
  return {
    partKind: 'builtin-tool-call',
    toolName: mcpToolName(block),
    args: { action: 'call_tool', tool_name: block['name'], tool_args: block['input'] },
    toolCallId: rawText(block['id']) ?? '',
    providerName,
  }
}

/** `toolName` is the one of the call, which may stand in an earlier response. */
export function readMcpResult(
  block: RawObject,
  providerName: string,
  toolName: string | undefined,
): ResponsePartInput {
  return {
    partKind: 'builtin-tool-return',
    toolName: toolName ?? 'mcp_server',
    content: { content: block['content'], is_error: block['is_error'] },
    toolCallId: rawText(block['tool_use_id']) ?? '',
    providerName,
  }
}

function readSearchResult(block: RawObject, providerName: string): ResponsePartInput {
  const content = rawObject(block['content'])
  const found = rawObjects(content['tool_references']).map((tool) => ({ name: tool['tool_name'] }))
  const { error_code, error_message } = content
  return {
    partKind: 'builtin-tool-return',
    toolName: 'tool_search',
    content: { discovered_tools: found },
    toolCallId: rawText(block['tool_use_id']) ?? '',
    toolKind: 'tool-search',
    providerName,
    providerDetails: presentOrNull({ error_code, error_message }),
  }
}

/** The ranked search is asked with `query`, the one by expression with `pattern`. */
function searchArgs(input: unknown): Readonly<Record<string, unknown>> {
  const { query, pattern } = rawObject(input)
  const asked = rawText(query) ?? rawText(pattern)
  return { queries: asked === undefined ? [] : [asked] }
}

/** Who called, when it was another tool rather than the model. */
function callerOf(block: RawObject): unknown {
  const caller = rawObject(block['caller'])
  return caller['tool_id'] === undefined ? undefined : caller
}

function writtenArgs(input: unknown): Readonly<Record<string, unknown>> | string | null {
  if (typeof input === 'string') return completedObject(input) ?? (input || null)
  const args = rawObject(input)
  return Object.keys(args).length === 0 ? null : args
}
