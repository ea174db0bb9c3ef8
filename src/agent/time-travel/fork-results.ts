import { openLedger, type LedgerEntry } from '../../../machines/index.ts'
import { UserError } from '../../errors/index.ts'
import {
  completeUserContent,
  type DeferredToolReturn,
  isDeferredCallResult,
  isResult,
  type ModelMessage,
  type ModelRequest,
  type RequestPart,
  RetryPromptPart,
  toolCallsOf,
  ToolReturnPart,
  UserPromptPart,
} from '../../messages/index.ts'
import type { SavedRun } from '../../snapshot/index.ts'
import { toolContent } from '../../tools/index.ts'
import { described, type EditFacts, sending } from './fork-place.ts'

/** A call, or a result, that can be given another value. */
interface Known {
  readonly toolCallId: string
  readonly toolName: string
}

/** Results by call id. */
type Results = Readonly<Record<string, unknown>>

/**
 * The run with other results for these calls: in the request that is sent next, for the calls that are to run next, or
 * else in the request that the last response answered, which is then sent again.
 *
 * @throws {UserError} for a call that is not there; it lists those that are
 */
export function withResults(saved: SavedRun, results: Results, facts: EditFacts): SavedRun {
  const ids = Object.keys(results)
  if (ids.length === 0) return saved
  const { node } = saved.context
  const next = callsAt(saved)
  const answered = answeredRequest(saved.log.items.slice(0, saved.log.length))
  if (areAmong(ids, next)) {
    refuseUnclear(ids, next, facts)
    return node.kind === 'model-request'
      ? withNode(saved, { ...node, request: replaced(node.request, results, facts) })
      : withSettled(saved, results, facts)
  }
  const there = answered === undefined ? [] : resultsIn(answered.request)
  if (answered === undefined || !areAmong(ids, there)) {
    throw unknownCalls(ids, [...next, ...there], saved, facts)
  }
  refuseUnclear(ids, there, facts)
  return sentAgain(saved, answered, replaced(answered.request, results, facts))
}

/** The calls whose results the next step sends or makes. */
function callsAt({ context: { node }, log }: SavedRun): readonly Known[] {
  if (node.kind === 'model-request') return resultsIn(node.request)
  if (node.kind !== 'call-tools') return []
  const items = log.items.slice(0, log.length)
  const behind = items.slice(items.findLastIndex(({ kind }) => kind === 'response') + 1)
  const known = behind.flatMap((message) => (message.kind === 'request' ? resultsIn(message) : []))
  return toolCallsOf(node.response).filter(
    ({ toolCallId }) => !known.some((result) => result.toolCallId === toolCallId),
  )
}

function resultsIn({ parts }: ModelRequest): readonly Known[] {
  return parts.filter(isResult).map(({ toolCallId, toolName }) => ({
    toolCallId,
    toolName: toolName ?? '', // a result has one
  }))
}

interface Answered {
  readonly request: ModelRequest
  readonly before: readonly ModelMessage[]
  /** What was sent along. */
  readonly behind: readonly ModelMessage[]
}

/** The request that the last response was given to. */
function answeredRequest(log: readonly ModelMessage[]): Answered | undefined {
  const response = log.length - 1
  if (log[response]?.kind !== 'response') return undefined
  const start = log.slice(0, response).findLastIndex(({ kind }) => kind === 'response') + 1
  const found = log.findIndex(
    (message, i) => i >= start && message.kind === 'request' && message.parts.some(isResult),
  )
  const request = log[found]
  if (request?.kind !== 'request') return undefined
  return { request, before: log.slice(0, found), behind: log.slice(found + 1, response) }
}

/** Back to a request: what came of it is gone. */
function sentAgain(saved: SavedRun, { before, behind }: Answered, request: ModelRequest): SavedRun {
  const { step, pending } = saved.context
  const along = { enqueueId: 'sent-along', priority: 'asap', messages: behind } as const
  return sending(saved, [...before, request], {
    step: Math.max(0, step - 1),
    pending: behind.length === 0 ? pending : [along, ...pending],
  })
}

function withNode(saved: SavedRun, node: SavedRun['context']['node']): SavedRun {
  return { ...saved, context: { ...saved.context, node, heldResponse: null } }
}

/** The request with other results in their places. */
function replaced(request: ModelRequest, results: Results, facts: EditFacts): ModelRequest {
  const added: RequestPart[] = []
  const parts = request.parts.map((part) => {
    if (!isResult(part) || !Object.hasOwn(results, part.toolCallId)) return part
    const { toolCallId, toolName } = part
    const { result } = settled({ toolCallId, toolName: toolName ?? '' }, results[toolCallId], facts)
    if (result.content !== undefined) added.push(UserPromptPart(result.content, facts.at))
    return result.part
  })
  const end = parts.findLastIndex(isResult) + 1
  return { ...request, parts: parts.toSpliced(end, 0, ...added) }
}

/** Calls that are to run have their result before they do. */
function withSettled(saved: SavedRun, results: Results, facts: EditFacts): SavedRun {
  const { context } = saved
  if (context.node.kind !== 'call-tools') return saved
  const { outputTools } = facts
  const calls = toolCallsOf(context.node.response).map(({ toolCallId, toolName }) => {
    const kind = outputTools.has(toolName) ? 'output' : 'function'
    return { toolCallId, toolName, kind } as const
  })
  const ledger = context.ledger.length > 0 ? context.ledger : openLedger(calls)
  return {
    ...saved,
    context: {
      ...context,
      ledger: ledger.map((entry) =>
        Object.hasOwn(results, entry.toolCallId)
          ? settledEntry(entry, results[entry.toolCallId], facts)
          : entry,
      ),
    },
  }
}

/** Whatever the call waited for, or did, is over. */
function settledEntry(
  { wait: _, verdict: __, nested: ___, ...entry }: LedgerEntry,
  value: unknown,
  facts: EditFacts,
): LedgerEntry {
  if (entry.kind !== 'output') return { ...entry, ...settled(entry, value, facts) }
  throw new UserError(
    `The call ${described(entry)} at ${facts.where} is the output of the run, which has no other result`,
    { hint: 'Edit `messages`: change what the model answered' },
  )
}

type Ending = Required<Pick<LedgerEntry, 'state' | 'result'>> & {
  readonly result: { readonly part: RequestPart }
}

/** What a call came to: a value, or one of the tagged answers. */
function settled(call: Known, value: unknown, { at }: EditFacts): Ending {
  const { toolName, toolCallId } = call
  if (!isDeferredCallResult(value)) return returned(call, { returnValue: value }, at)
  if ('partKind' in value) {
    return { state: 'retryAsked', result: { part: { ...value, toolName, toolCallId } } }
  }
  switch (value.kind) {
    case 'tool-return':
      return returned(call, value, at)
    case 'tool-failed': {
      const facts = { toolName, toolCallId, content: value.message, timestamp: at }
      return { state: 'failed', result: { part: ToolReturnPart({ ...facts, outcome: 'failed' }) } }
    }
    case 'model-retry': {
      const facts = { toolName, toolCallId, content: value.message, timestamp: at }
      return { state: 'retryAsked', result: { part: RetryPromptPart(facts) } }
    }
  }
}

function returned(
  { toolName, toolCallId }: Known,
  { returnValue, content, metadata = null }: Omit<DeferredToolReturn, 'kind'>,
  timestamp: string,
): Ending {
  const part = ToolReturnPart({
    toolName,
    toolCallId,
    content: toolContent(returnValue, toolName),
    metadata: toolContent(metadata, toolName),
    timestamp,
  })
  if (content === undefined || content === null || content.length === 0) {
    return { state: 'returned', result: { part } }
  }
  const said = typeof content === 'string' ? content : content.map(completeUserContent)
  return { state: 'returned', result: { part, content: said } }
}

function areAmong(ids: readonly string[], calls: readonly Known[]): boolean {
  return ids.every((id) => calls.some(({ toolCallId }) => toolCallId === id))
}

/** @throws {UserError} when two calls have one id */
function refuseUnclear(
  ids: readonly string[],
  calls: readonly Known[],
  { where }: EditFacts,
): void {
  for (const id of ids) {
    if (calls.filter(({ toolCallId }) => toolCallId === id).length < 2) continue
    throw new UserError(`Several calls at ${where} are '${id}'`, {
      hint: 'Edit `messages` instead',
    })
  }
}

function unknownCalls(
  ids: readonly string[],
  there: readonly Known[],
  { state }: SavedRun,
  { where }: EditFacts,
): UserError {
  const unknown = ids.filter((id) => !there.some(({ toolCallId }) => toolCallId === id))
  const meant = (unknown.length > 0 ? unknown : ids).map((id) => `'${id}'`).join(', ')
  const trouble =
    unknown.length > 0
      ? `There is no result for ${meant} to be changed at ${where}, which is at ${state}`
      : `The results for ${meant} are those of different requests at ${where}`
  const listed = there.map(described).join(', ')
  return new UserError(trouble, {
    hint: `${there.length === 0 ? 'It holds no calls' : `There are ${listed}`}; \`store.history()\` tells the other steps`,
  })
}
