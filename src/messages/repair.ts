import type { ModelMessage, ModelRequest, ModelResponse } from './message.ts'
import { type RequestPart, type RetryPromptPart, ToolReturnPart } from './request-parts.ts'
import type { ToolCallPart } from './response-parts.ts'

/** How far a repair goes. */
export interface RepairOptions {
  /** Whether calls of the last response get a result too. A run that will still answer them says no. */
  readonly repairLast: boolean
}

/**
 * Makes a history fit to be sent: no result without its call, no call without a result, no two requests where one
 * would do. Deterministic; a clean history comes back as the same array, and unchanged messages are shared.
 */
export function cleanHistory(
  messages: readonly ModelMessage[],
  options: RepairOptions,
): readonly ModelMessage[] {
  return mergeNeighbours(repairDanglingCalls(dropOrphanedResults(messages), options))
}

/** Leaves out results whose call does not come before them, and requests that are empty then, but for the last message. */
function dropOrphanedResults(messages: readonly ModelMessage[]): readonly ModelMessage[] {
  const seen = new Set<string>()
  let kept: ModelMessage[] | null = null
  for (const [index, message] of messages.entries()) {
    const rest = withoutOrphans(message, seen)
    if (rest !== message) kept ??= messages.slice(0, index)
    if (rest === message || rest.parts.length > 0 || index === messages.length - 1) kept?.push(rest)
  }
  return kept ?? messages
}

/** Gives every call that has none a result that says it was interrupted. */
export function repairDanglingCalls(
  messages: readonly ModelMessage[],
  options: RepairOptions,
): readonly ModelMessage[] {
  const dangling = findDanglingCalls(messages)
  if (!options.repairLast) {
    dangling.delete(messages.findLastIndex((message) => message.kind === 'response'))
  }
  if (dangling.size === 0) return messages
  const repaired: ModelMessage[] = []
  let owed: readonly RequestPart[] = []
  for (const [index, message] of messages.entries()) {
    if (owed.length > 0 && message.kind === 'response') repaired.push(requestOf(owed))
    repaired.push(
      owed.length > 0 && message.kind === 'request' ? withResults(message, owed) : message,
    )
    owed = message.kind === 'response' ? resultsFor(dangling.get(index), message) : []
  }
  if (owed.length > 0) repaired.push(requestOf(owed))
  return repaired
}

/** Joins neighbours that a provider would refuse: requests unless their instructions differ, responses nobody received. */
export function mergeNeighbours(messages: readonly ModelMessage[]): readonly ModelMessage[] {
  let merged: ModelMessage[] | null = null
  let last: ModelMessage | undefined
  for (const [index, message] of messages.entries()) {
    const joined = last === undefined ? null : join(last, message)
    if (joined !== null) {
      merged ??= messages.slice(0, index)
      merged[merged.length - 1] = joined
    } else merged?.push(message)
    last = joined ?? message
  }
  return merged ?? messages
}

/** The message without results of calls that are not among `seen`; `seen` learns the calls of the message. */
export function withoutOrphans(message: ModelMessage, seen: Set<string>): ModelMessage {
  if (message.kind === 'response') {
    for (const part of message.parts) if (part.partKind === 'tool-call') seen.add(part.toolCallId)
    return message
  }
  const isKept = (part: RequestPart): boolean => !isResult(part) || seen.has(part.toolCallId)
  return message.parts.every(isKept) ? message : { ...message, parts: message.parts.filter(isKept) }
}

/** Whether the part answers a call. */
export function isResult(part: RequestPart): part is ToolReturnPart | RetryPromptPart {
  return (
    part.partKind === 'tool-return' || (part.partKind === 'retry-prompt' && part.toolName !== null)
  )
}

/** Where a call stands: indices of its response and of its part. */
interface CallPlace {
  readonly message: number
  readonly part: number
  readonly toolName: string
}

/**
 * The calls that get no result: indices of parts by the index of their response. A result closes the oldest open call
 * of its id, one of its tool before others; a later response that uses the id anew gives up those still open. Calls of one response do not, so that
 * two with one id can have a result each.
 */
function findDanglingCalls(messages: readonly ModelMessage[]): Map<number, number[]> {
  const dangling = new Map<number, number[]>()
  const open = new Map<string, CallPlace[]>()
  const giveUp = (places: readonly CallPlace[]): void => {
    for (const { message, part } of places) {
      const parts = dangling.get(message)
      if (parts === undefined) dangling.set(message, [part])
      else parts.push(part)
    }
  }
  for (const [index, message] of messages.entries()) {
    if (message.kind === 'request') {
      for (const part of message.parts) if (isResult(part)) close(open, part)
      continue
    }
    for (const [position, part] of message.parts.entries()) {
      if (part.partKind !== 'tool-call') continue
      const place = { message: index, part: position, toolName: part.toolName }
      const others = open.get(part.toolCallId)
      if (others?.[0]?.message === index) {
        others.push(place)
      } else {
        if (others !== undefined) giveUp(others)
        open.set(part.toolCallId, [place])
      }
    }
  }
  open.forEach(giveUp)
  return dangling
}

function close(
  open: Map<string, CallPlace[]>,
  { toolCallId, toolName }: Pick<ToolReturnPart | RetryPromptPart, 'toolCallId' | 'toolName'>,
): void {
  const places = open.get(toolCallId) ?? []
  const sameTool = places.findIndex((place) => place.toolName === toolName)
  places.splice(Math.max(0, sameTool), 1)
  if (places.length === 0) open.delete(toolCallId)
}

function resultsFor(
  positions: readonly number[] | undefined,
  response: ModelResponse,
): readonly RequestPart[] {
  if (positions === undefined) return []
  const isDangling = new Set(positions)
  return response.parts.flatMap((part, i) =>
    part.partKind === 'tool-call' && isDangling.has(i) ? [madeUpResult(part, response)] : [],
  )
}

function madeUpResult(call: ToolCallPart, response: ModelResponse): ToolReturnPart {
  return ToolReturnPart({
    toolName: call.toolName,
    content: 'The tool call was interrupted before a result was produced.',
    toolCallId: call.toolCallId,
    metadata: { pydantic_ai_synthesized_tool_return: true },
    timestamp: response.timestamp,
    outcome: 'interrupted',
  })
}

function requestOf(parts: readonly RequestPart[]): ModelRequest {
  return {
    parts,
    timestamp: null,
    instructions: null,
    kind: 'request',
    runId: null,
    conversationId: null,
    metadata: null,
    state: 'complete',
  }
}

function withResults(request: ModelRequest, results: readonly RequestPart[]): ModelRequest {
  const position = request.parts.findLastIndex(isResult) + 1
  return { ...request, parts: request.parts.toSpliced(position, 0, ...results) }
}

function join(earlier: ModelMessage, later: ModelMessage): ModelMessage | null {
  if (earlier.kind === 'request') {
    return later.kind === 'request' ? joinRequests(earlier, later) : null
  }
  return later.kind === 'response' && isHomemade(earlier) && isHomemade(later)
    ? { ...earlier, parts: [...earlier.parts, ...later.parts] }
    : null
}

function joinRequests(earlier: ModelRequest, later: ModelRequest): ModelRequest | null {
  const differ = earlier.instructions !== later.instructions
  if (differ && earlier.instructions && later.instructions) return null
  const parts = [...earlier.parts, ...later.parts]
  const resultsFirst = [...parts.filter(isResult), ...parts.filter((part) => !isResult(part))]
  return {
    ...requestOf(resultsFirst),
    timestamp: later.timestamp ?? earlier.timestamp,
    instructions: earlier.instructions || later.instructions,
  }
}

/** No provider sent the response, so none will miss it. */
function isHomemade(response: ModelResponse): boolean {
  const { providerResponseId, providerName, modelName } = response
  return !providerResponseId && !providerName && !modelName
}
