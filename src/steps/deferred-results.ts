import { UserError } from '../errors/index.ts'
import {
  type DeferredToolResults,
  type ModelMessage,
  type ModelResponse,
  type RequestPart,
  type RetryPromptPart,
  toolCallsOf,
  type ToolReturnPart,
} from '../messages/index.ts'
import type { PhaseCall } from './phase-call.ts'

/** What is known of a call of the last response: its answer, a person's verdict, or that it was settled before. */
export type GivenResult =
  | { readonly kind: 'settled'; readonly part: ToolReturnPart | RetryPromptPart }
  | { readonly kind: 'answered'; readonly value: unknown }
  | { readonly kind: 'approved'; readonly args: Readonly<Record<string, unknown>> | undefined }
  | { readonly kind: 'denied'; readonly message: string }
  | { readonly kind: 'expired' }

/** Finds the response that results were given for. @throws {UserError} when there is none to take them. */
export function checkDeferredResults(
  history: readonly ModelMessage[],
  results: DeferredToolResults,
): ModelResponse {
  if (history.length === 0) {
    throw new UserError('Tool call results were provided, but the message history is empty.')
  }
  const response = history.findLast((message) => message.kind === 'response')
  if (response === undefined) {
    throw new UserError(
      'Tool call results were provided, but the message history does not contain a `ModelResponse`.',
    )
  }
  const calls = toolCallsOf(response)
  if (calls.length === 0) {
    throw new UserError(
      'Tool call results were provided, but the message history does not contain any unprocessed tool calls.',
    )
  }
  const given = new Set([
    ...Object.keys(results.calls ?? {}),
    ...Object.keys(results.approvals ?? {}),
  ])
  for (const part of resultsAfter(history, response)) {
    const { toolCallId } = part
    if (given.has(toolCallId)) {
      throw new UserError(
        `Tool call '${toolCallId}' was already executed and its result cannot be overridden.`,
      )
    }
  }
  return response
}

/** Results by call id: those given, and for calls that the history has settled that they are. */
export function givenResults(
  history: readonly ModelMessage[],
  response: ModelResponse,
  { calls = {}, approvals = {} }: DeferredToolResults,
): ReadonlyMap<string, GivenResult> {
  const given = new Map<string, GivenResult>()
  for (const [id, value] of Object.entries(calls)) given.set(id, { kind: 'answered', value })
  for (const [id, verdict] of Object.entries(approvals)) given.set(id, verdictOf(verdict))
  for (const part of resultsAfter(history, response)) {
    given.set(part.toolCallId, { kind: 'settled', part })
  }
  return given
}

/**
 * Outputs need no result; every other call does, and there may be none for a call that is not in the response.
 * @throws {UserError} unless results and calls match one to one
 */
export function matchResults(
  given: ReadonlyMap<string, GivenResult>,
  calls: readonly Pick<PhaseCall, 'kind' | 'part'>[],
): void {
  const open = calls.filter(({ kind }) => kind !== 'output')
  const expected = open.map(({ part }) => part.toolCallId)
  const repeated = [...new Set(expected.filter((id, i) => expected.indexOf(id) !== i))]
  if (repeated.length > 0) {
    throw new UserError(
      `Tool call results cannot be matched unambiguously because the message history contains duplicate tool_call_id values: [${quoted(repeated)}]`,
    )
  }
  const known = new Set(calls.map(({ part }) => part.toolCallId))
  const isComplete = expected.every((id) => given.has(id))
  if (isComplete && [...given.keys()].every((id) => known.has(id))) return
  throw new UserError(
    `Tool call results need to be provided for all deferred tool calls. Expected: {${quoted(expected)}}, got: {${quoted([...given.keys()])}}`,
  )
}

function quoted(ids: readonly string[]): string {
  return ids
    .toSorted()
    .map((id) => `'${id}'`)
    .join(', ')
}

export function verdictOf(
  verdict: NonNullable<DeferredToolResults['approvals']>[string],
): GivenResult {
  if (verdict === true) return { kind: 'approved', args: undefined }
  if (verdict === false) return { kind: 'denied', message: DEFAULT_DENIAL }
  return verdict.kind === 'tool-approved'
    ? { kind: 'approved', args: verdict.overrideArgs ?? undefined }
    : { kind: 'denied', message: verdict.message ?? DEFAULT_DENIAL }
}

const DEFAULT_DENIAL = 'The tool call was denied.'

function resultsAfter(
  history: readonly ModelMessage[],
  response: ModelResponse,
): readonly (ToolReturnPart | RetryPromptPart)[] {
  const after = history.slice(history.lastIndexOf(response) + 1)
  return after.flatMap((message) =>
    message.kind === 'request' ? message.parts.filter(isResult) : [],
  )
}

function isResult(part: RequestPart): part is ToolReturnPart | RetryPromptPart {
  return (
    part.partKind === 'tool-return' || (part.partKind === 'retry-prompt' && part.toolName !== null)
  )
}
