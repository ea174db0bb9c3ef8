import {
  callArguments,
  type NativeToolCallPart,
  type NativeToolReturnPart,
} from '../../messages/index.ts'
import { isRawObject, rawObject, rawObjects, rawText } from '../raw.ts'
import type { AssistantContent, PromptToolCall, ToolResult } from './protocol.ts'
import { attachedOptions, familyOptions, type PromptTarget, type WithOptions } from './target.ts'

type NativePart = NativeToolCallPart | NativeToolReturnPart

interface Spelled extends WithOptions {
  readonly toolName: string
  readonly input: unknown
}

/**
 * A call of a provider's own tool, or its result, for the provider that made it; nothing for any other, and nothing for
 * what was told from metadata or is of no use to the model.
 *
 * @param calls the native calls of the conversation so far, by id: a result is sent in the spelling of its call
 */
export function nativeContent(
  part: NativePart,
  target: PromptTarget,
  calls: ReadonlyMap<string, NativeToolCallPart>,
): AssistantContent[] {
  const call = part.partKind === 'builtin-tool-call' ? part : calls.get(part.toolCallId)
  if (part.providerName !== target.system || call === undefined || !isSent(call, target)) return []
  const { toolName, input, ...options } = isAsPackageMadeIt(call, target)
    ? {
        toolName: call.toolName,
        input: callArguments(call),
        ...attachedOptions(part.providerDetails),
      }
    : spelled(call, target)
  const shared = { toolCallId: part.toolCallId, toolName, ...options }
  if (part.partKind === 'builtin-tool-call') {
    const content: PromptToolCall = { type: 'tool-call', ...shared, input, providerExecuted: true }
    return [content]
  }
  const output = isAsPackageMadeIt(call, target) ? packageOutput(part) : nativeOutput(part, target)
  const result: ToolResult = { type: 'tool-result', ...shared, output }
  return [result]
}

/** Read from the fields of the package, not from what the provider sent: the spelling is the package's already. */
function isAsPackageMadeIt(call: NativeToolCallPart, { family }: PromptTarget): boolean {
  return family === 'other' || attachedOptions(call.providerDetails) !== undefined
}

function packageOutput({ content, outcome }: NativeToolReturnPart): ToolResult['output'] {
  return { type: outcome === 'failed' ? 'error-json' : 'json', value: content }
}

/** Google lists only the code it ran; what else it did is told from metadata, which it does not take back. */
function isSent(call: NativeToolCallPart, target: PromptTarget): boolean {
  if (isAsPackageMadeIt(call, target)) return true
  if (target.family === 'google') return call.toolName === 'code_execution'
  return callArguments(call)['action'] !== 'list_tools'
}

function spelled(call: NativeToolCallPart, target: PromptTarget): Spelled {
  const input = callArguments(call)
  const details = rawObject(call.providerDetails)
  if (target.family === 'google') {
    const options = { thoughtSignature: details['thought_signature'] }
    return { toolName: call.toolName, input, ...familyOptions(target, options) }
  }
  if (target.family !== 'anthropic') return { toolName: call.toolName, input }
  if (call.toolName.startsWith('mcp_server')) {
    const serverName = call.toolName.slice('mcp_server:'.length)
    const options = familyOptions(target, { type: 'mcp-tool-use', serverName })
    const toolName = rawText(input['tool_name']) ?? ''
    return { toolName, input: input['tool_args'], ...options }
  }
  const variant = rawText(details['anthropic_tool_name'])
  if (variant !== undefined) return { toolName: call.toolName, input: { type: variant, ...input } }
  if (call.toolName !== 'tool_search') return { toolName: call.toolName, input }
  return searchCall(input, details)
}

function searchCall(
  input: Readonly<Record<string, unknown>>,
  details: Readonly<Record<string, unknown>>,
) {
  const strategy = rawText(details['strategy']) ?? 'bm25'
  const queries = Array.isArray(input['queries']) ? input['queries'] : []
  const query: unknown = queries[0] ?? ''
  return {
    toolName: `tool_search_tool_${strategy}`,
    input: strategy === 'regex' ? { pattern: query } : { query },
  }
}

function nativeOutput(part: NativeToolReturnPart, target: PromptTarget): ToolResult['output'] {
  const { content } = part
  if (target.family !== 'anthropic') return { type: 'json', value: content }
  const fields = rawObject(content)
  if (part.toolName.startsWith('mcp_server')) {
    const type = fields['is_error'] === true ? 'error-json' : 'json'
    return { type, value: fields['content'] }
  }
  if (part.toolName === 'tool_search') {
    const tools = rawObjects(fields['discovered_tools'])
    const value = tools.map((tool) => ({ type: 'tool_reference', toolName: tool['name'] }))
    return { type: 'json', value }
  }
  if (rawText(fields['type'])?.endsWith('_error')) {
    return { type: 'error-json', value: { type: fields['type'], errorCode: fields['error_code'] } }
  }
  return { type: 'json', value: part.toolName === 'code_execution' ? content : camelKeys(content) }
}

/** The package spells Anthropic's results in camelCase, and spells them back when it sends them. */
function camelKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelKeys)
  if (!isRawObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [
      key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      camelKeys(field),
    ]),
  )
}
