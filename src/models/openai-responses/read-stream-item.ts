import type { NativeToolCallPartInput, ToolCallPartInput } from '../../messages/index.ts'
import type { ResponseDelta, ToolCallPiece } from '../../streaming/index.ts'
import { type RawObject, rawObject, rawText } from '../raw.ts'
import { readNativeItem } from './read-native-item.ts'
import { readCall, readCompaction } from './read-response.ts'
import { clientCall, hostedCall, isHosted, searchResult } from './read-tool-search.ts'

/** Marks of the parts that one item becomes. */
export const callKey = (itemId: unknown): string => `${String(itemId)}-call`
export const resultKey = (itemId: unknown): string => `${String(itemId)}-return`
export const fileKey = (itemId: unknown, index = 0): string => `${String(itemId)}-file-${index}`
export const itemKey = (itemId: unknown): string => String(itemId)

/** What is known when an item begins. Messages and thinking begin with their first words. */
export function beginItem(item: RawObject, providerName: string): ResponseDelta[] {
  const { id } = item
  switch (item['type']) {
    case 'function_call':
      return [callPiece(itemKey(id), readCall(item, providerName))]
    case 'tool_search_call':
      return isHosted(item)
        ? [{ kind: 'part', key: callKey(id), part: withoutArgs(hostedCall(item, providerName)) }]
        : [callPiece(itemKey(id), { ...clientCall(item, providerName), args: null })]
    case 'tool_search_output':
      return searchResults(item, providerName)
    case 'compaction':
      return [{ kind: 'part', key: itemKey(id), part: readCompaction(item, providerName) }]
    default:
      return beginNative(item, providerName)
  }
}

/** What is known when an item is whole. */
export function endItem(item: RawObject, providerName: string): ResponseDelta[] {
  const { id } = item
  switch (item['type']) {
    case 'tool_search_call':
      return [isHosted(item) ? foundArgs(item, providerName) : searchArgs(item, providerName)]
    case 'tool_search_output':
      return searchResults(item, providerName)
    case 'compaction':
      return [{ kind: 'part', key: itemKey(id), part: readCompaction(item, providerName) }]
    default:
      return endNative(item, providerName)
  }
}

/** Written piece by piece as the value of one argument: what stands before it, and what closes it. */
const openArgs: Readonly<
  Record<string, { readonly name: string; readonly value: unknown; readonly end: number }>
> = {
  code_interpreter_call: { name: 'code', value: '', end: '"}'.length },
  mcp_call: { name: 'tool_args', value: {}, end: '{}}'.length },
}

/** Known when the item is whole. */
const lateArgs = ['web_search_call', 'file_search_call']

function beginNative(item: RawObject, providerName: string): ResponseDelta[] {
  const native = readNativeItem(item, providerName)
  if (native === undefined) return []
  const { call } = native
  const key = callKey(item['id'])
  const type = rawText(item['type']) ?? ''
  const open = openArgs[type]
  if (open === undefined) {
    return [{ kind: 'part', key, part: lateArgs.includes(type) ? withoutArgs(call) : call }]
  }
  const { [open.name]: _, ...before } = rawObject(call.args)
  const args = JSON.stringify({ ...before, [open.name]: open.value }).slice(0, -open.end)
  return [
    { kind: 'part', key, part: withoutArgs(call) },
    { kind: 'tool-call', key, args },
  ]
}

function endNative(item: RawObject, providerName: string): ResponseDelta[] {
  const native = readNativeItem(item, providerName)
  if (native === undefined) return []
  const { id } = item
  const { call, files, result } = native
  const deltas: ResponseDelta[] = files.map((part, index) => ({
    kind: 'part',
    key: fileKey(id, index),
    part,
  }))
  if (lateArgs.includes(rawText(item['type']) ?? '')) {
    deltas.unshift({ kind: 'tool-call', key: callKey(id), args: call.args ?? null })
  }
  return [...deltas, { kind: 'part', key: resultKey(id), part: result }]
}

function withoutArgs(call: NativeToolCallPartInput): NativeToolCallPartInput {
  return { ...call, args: null }
}

function callPiece(key: string, { partKind: _, ...call }: ToolCallPartInput): ToolCallPiece {
  return { kind: 'tool-call', key, ...call }
}

/** The id of the call may only now be the one that OpenAI knows it by. */
function searchArgs(item: RawObject, providerName: string): ToolCallPiece {
  const { args, toolCallId } = clientCall(item, providerName)
  const key = itemKey(item['id'])
  return { kind: 'tool-call', key, args: JSON.stringify(args), ...(toolCallId && { toolCallId }) }
}

function foundArgs(item: RawObject, providerName: string): ToolCallPiece {
  const { args = null, providerDetails = null } = hostedCall(item, providerName)
  return { kind: 'tool-call', key: callKey(item['id']), args, providerDetails }
}

function searchResults(item: RawObject, providerName: string): ResponseDelta[] {
  if (!isHosted(item)) return []
  return [{ kind: 'part', key: resultKey(item['id']), part: searchResult(item, providerName) }]
}
