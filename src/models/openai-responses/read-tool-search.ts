import { UnexpectedModelBehavior } from '../../errors/index.ts'
import type {
  NativeToolCallPartInput,
  ResponsePartInput,
  ToolCallPartInput,
} from '../../messages/index.ts'
import { isRawObject, type RawObject, rawObjects, rawText } from '../raw.ts'

/**
 * The parts of the tool searches among the items, by item. A search that OpenAI ran itself has an output item, which
 * follows its call directly whatever stands between them; one that the run has to answer is a call of `search_tools`.
 */
export function readToolSearches(
  items: readonly RawObject[],
  providerName: string,
): ReadonlyMap<RawObject, ResponsePartInput[]> {
  const calls = items.filter((item) => item['type'] === 'tool_search_call')
  const outputs = items.filter((item) => isHosted(item, 'tool_search_output'))
  const hosted = calls.filter((item) => isHosted(item, 'tool_search_call'))
  const parts = new Map<RawObject, ResponsePartInput[]>()
  const paired = new Set<RawObject>()
  for (const call of calls) {
    if (!hosted.includes(call)) parts.set(call, [clientCall(call, providerName)])
    else {
      const output = outputOf(call, hosted, outputs)
      if (output !== undefined) paired.add(output)
      const answer = output === undefined ? [] : [searchResult(output, providerName, idOf(call))]
      parts.set(call, [hostedCall(call, providerName), ...answer])
    }
  }
  for (const output of outputs) {
    if (!paired.has(output)) parts.set(output, [searchResult(output, providerName)])
  }
  return parts
}

/** By call id; without ids only when there is one such call and one such output. */
function outputOf(
  call: RawObject,
  calls: readonly RawObject[],
  outputs: readonly RawObject[],
): RawObject | undefined {
  const callId = rawText(call['call_id'])
  if (callId !== undefined) return outputs.find((output) => output['call_id'] === callId)
  const [output, ...others] = outputs.filter(isNameless)
  return calls.filter(isNameless).length === 1 && others.length === 0 ? output : undefined
}

function isNameless(item: RawObject): boolean {
  return rawText(item['call_id']) === undefined
}

/** The answer to the one search without a call id, which only the whole response tells. */
export function lateSearchResult(
  items: readonly RawObject[],
  providerName: string,
): { readonly id: unknown; readonly part: ResponsePartInput } | undefined {
  const outputs = items.filter((item) => isHosted(item, 'tool_search_output'))
  const calls = items.filter((item) => isHosted(item, 'tool_search_call'))
  const call = calls.find(isNameless)
  const output = call === undefined ? undefined : outputOf(call, calls, outputs)
  if (call === undefined || output === undefined) return undefined
  return { id: output['id'], part: searchResult(output, providerName, idOf(call)) }
}

/** Whether OpenAI searched itself. */
export function isHosted(item: RawObject, type = item['type']): boolean {
  return item['type'] === type && item['execution'] !== 'client'
}

function idOf(item: RawObject): string {
  return rawText(item['call_id']) ?? rawText(item['id']) ?? ''
}

/** A search that the run has to answer. */
export function clientCall(item: RawObject, providerName: string): ToolCallPartInput {
  return {
    partKind: 'tool-call',
    toolName: 'search_tools',
    args: searchArgs(item['arguments']),
    toolCallId: idOf(item),
    toolKind: 'tool-search',
    id: rawText(item['id']) ?? null,
    providerName,
  }
}

export function hostedCall(item: RawObject, providerName: string): NativeToolCallPartInput {
  return {
    partKind: 'builtin-tool-call',
    toolName: 'tool_search',
    args: searchArgs(item['arguments']),
    toolCallId: idOf(item),
    toolKind: 'tool-search',
    id: rawText(item['id']) ?? null,
    providerName,
    providerDetails: identity(item),
  }
}

/** What a search found; its own id stands for the call's where that is not known. */
export function searchResult(
  item: RawObject,
  providerName: string,
  toolCallId = idOf(item),
): ResponsePartInput {
  const functions = rawObjects(item['tools']).filter((tool) => tool['type'] === 'function')
  return {
    partKind: 'builtin-tool-return',
    toolName: 'tool_search',
    content: { discovered_tools: functions.map((tool) => ({ name: tool['name'] })) },
    toolCallId,
    toolKind: 'tool-search',
    providerName,
    providerDetails: { id: item['id'], ...identity(item) },
  }
}

function identity(item: RawObject): Record<string, unknown> {
  return { call_id: item['call_id'], execution: item['execution'], status: item['status'] }
}

/** OpenAI's own search names `paths`, the one we describe names `queries`. */
function searchArgs(args: unknown): Readonly<Record<string, unknown>> {
  const found = isRawObject(args) ? (args['queries'] ?? args['paths'] ?? []) : undefined
  if (!Array.isArray(found)) throw new UnexpectedModelBehavior('Unreadable tool search arguments')
  return { queries: found.filter((query) => typeof query === 'string') }
}
