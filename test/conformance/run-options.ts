import type { Instruction, Retries } from '../../src/index.ts'
import { messagesFromWire, type DeferredToolResults } from '../../src/messages/index.ts'
import type { RunUsageInput, UsageLimits } from '../../src/usage/index.ts'
import { defined } from './defined.ts'
import type { Json } from './recording.ts'
import { settingsFromWire } from './settings.ts'
import { userContentFromWire } from './user-content.ts'
import { inTurn, type InstructionSpec, type VectorRun } from './vector.ts'

export function promptOf({ prompt = null }: VectorRun) {
  return Array.isArray(prompt) ? userContentFromWire(prompt) : prompt
}

export function runOptions(run: VectorRun) {
  const { message_history: history, usage, usage_limits: limits } = run
  return defined({
    messageHistory: history ? messagesFromWire(history) : undefined,
    deferredToolResults: resultsFromVector(run.deferred_tool_results),
    usageLimits: limits && limitsFromVector(limits),
    usage: usage && usageFromVector(usage),
    instructions: run.instructions?.map(instruction),
    modelSettings: run.model_settings && settingsFromWire(run.model_settings),
    retries: retriesFromVector(run.retries),
    runId: run.run_id,
    conversationId: run.conversation_id,
  })
}

export function instruction(spec: InstructionSpec): Instruction<unknown> {
  return typeof spec === 'string' ? spec : inTurn(spec.returns)
}

export function retriesFromVector(retries: VectorRun['retries']): Retries | undefined {
  return typeof retries === 'object' ? defined(retries) : retries
}

function limitsFromVector(limits: NonNullable<VectorRun['usage_limits']>): UsageLimits {
  return defined({
    requestLimit: limits.request_limit,
    toolCallsLimit: limits.tool_calls_limit,
    inputTokensLimit: limits.input_tokens_limit,
    outputTokensLimit: limits.output_tokens_limit,
    totalTokensLimit: limits.total_tokens_limit,
    perRequestInputTokensLimit: limits.per_request_input_tokens_limit,
    costLimit: limits.cost_limit,
  })
}

/** A response's usage, read as messages read it, with the counters of a run. */
function usageFromVector(usage: Json): RunUsageInput {
  const { requests, tool_calls: toolCalls, ...counters } = usage
  const [message] = messagesFromWire([{ kind: 'response', parts: [], usage: counters }])
  if (message?.kind !== 'response') throw new Error('usage was lost on loading')
  return {
    ...message.usage,
    ...defined({ requests: countOf(requests), toolCalls: countOf(toolCalls) }),
  }
}

function countOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function resultsFromVector(
  results: VectorRun['deferred_tool_results'],
): DeferredToolResults | undefined {
  if (results === undefined) return undefined
  const { calls, approvals, metadata } = results
  return defined({
    calls:
      calls &&
      mapValues(calls, (answer) => ('value' in answer ? answer.value : tagged(answer.result))),
    approvals: approvals && mapValues(approvals, approval),
    metadata,
  })
}

type Approval = NonNullable<DeferredToolResults['approvals']>[string]

function approval(answer: boolean | Json): Approval {
  if (typeof answer === 'boolean') return answer
  const { kind, message, override_args: overrideArgs } = answer
  if (kind === 'tool-approved')
    return { kind, ...defined({ overrideArgs: objectOf(overrideArgs) }) }
  if (kind === 'tool-denied') return { kind, ...defined({ message: textOf(message) }) }
  throw new Error(`unknown approval: ${JSON.stringify(answer)}`)
}

/** An answer that is more than a value. */
function tagged(answer: Json = {}): unknown {
  const { kind, message, return_value: returnValue, content, metadata } = answer
  if (kind === 'tool-failed' || kind === 'model-retry') return { kind, message }
  if (kind !== 'tool-return') throw new Error(`unknown result: ${JSON.stringify(answer)}`)
  const extra = content === undefined || content === null ? undefined : userContentFromWire(content)
  return { kind, returnValue, ...defined({ content: extra, metadata }) }
}

function mapValues<T, U>(
  record: Readonly<Record<string, T>>,
  map: (value: T) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]))
}

function objectOf(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null ? { ...value } : undefined
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
