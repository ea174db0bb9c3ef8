import type { AgentContext } from '../../machines/index.ts'
import { type ModelMessage, type ModelResponse, messagesToWire } from '../messages/index.ts'
import type { NodeOrEnd } from '../nodes/index.ts'
import type { AwaitedCall } from '../snapshot/index.ts'
import type { RunUsage } from '../usage/index.ts'
import { errorInfo } from './actor-watch.ts'
import { bounded, boundedText, messageBounds, smallBounds } from './bounded.ts'
import { isRecord } from '../codec/index.ts'
import type { Command, RunState, SessionSummary } from './protocol.ts'

/** Messages in their wire form, bounded. What JSON cannot hold is shown as far as it can be. */
export function shownMessages(messages: readonly ModelMessage[]): readonly unknown[] {
  return wireOf(messages).map((message) => bounded(message, messageBounds))
}

function wireOf(messages: readonly ModelMessage[]): readonly unknown[] {
  try {
    return messagesToWire(messages)
  } catch {
    return messages.flatMap((message) => {
      const shown = bounded(message, messageBounds)
      return isRecord(shown) ? [shown] : []
    })
  }
}

export function shownNode(node: NodeOrEnd): RunState['node'] {
  const shown = bounded(node, messageBounds)
  return { ...(isRecord(shown) && shown), kind: node.kind }
}

function shownUsage(usage: RunUsage | ModelResponse['usage']): RunState['usage'] {
  return { ...usage }
}

function shownCalls(calls: readonly AwaitedCall[]): RunState['waitingFor'] {
  return calls.map((call) => ({
    ...call,
    args: bounded(call.args, messageBounds),
    metadata: bounded(call.metadata, smallBounds),
  }))
}

/** What pages are told of a run besides its chart's context. */
interface StateFacts extends Pick<RunState, 'drive' | 'node' | 'stepUsage'> {
  readonly usage: RunUsage
  /** What it waits for. */
  readonly awaits: readonly AwaitedCall[]
}

/** Where a run is. */
export function shownState(
  { visit, failure, ledger, node }: AgentContext,
  { usage, awaits, ...facts }: StateFacts,
): RunState {
  return {
    ...facts,
    visit,
    usage: shownUsage(usage),
    cost: usage.cost,
    failure: failure === null ? null : errorInfo(failure.error),
    waitingFor: shownCalls(awaits),
    ledger: ledger.map(({ index, toolCallId, toolName, state, attempt }) => ({
      index,
      toolCallId,
      toolName,
      state,
      attempt,
    })),
    output: node.kind === 'end' ? (bounded(node.data.output, messageBounds) ?? null) : null,
  }
}

/** What a request has cost, by the response that came of it. */
export function stepUsageOf(
  visit: number,
  response: ModelResponse | undefined,
): RunState['stepUsage'] {
  if (response === undefined) return []
  const { usage } = response
  return [{ visit, usage: shownUsage(usage), cost: usage.cost }]
}

/** A name for a run: the beginning of what it was asked. */
export function titleOf(prompt: unknown): string {
  const text = textIn(prompt)?.replaceAll(/\s+/g, ' ').trim() ?? ''
  if (text === '') return '(no prompt)'
  return boundedText(text.length > 120 ? `${text.slice(0, 119)}…` : text, smallBounds)
}

function textIn(prompt: unknown): string | undefined {
  if (typeof prompt === 'string') return prompt
  if (!Array.isArray(prompt)) return undefined
  return prompt.find((item): item is string => typeof item === 'string')
}

const verdicts: readonly Command['type'][] = ['approve', 'deny', 'answer']

/** What a page may do with a run that is driven here. */
export function liveCommands(status: SessionSummary['status']): readonly Command['type'][] {
  switch (status) {
    case 'running':
      return ['drive', 'cancel', 'enqueue', 'fork']
    case 'waiting':
      return [...verdicts, 'drive', 'cancel', 'enqueue', 'fork']
    case 'ready':
    case 'failed':
    case 'stopped':
      return ['next', 'drive', 'enqueue', 'fork']
    case 'done':
      return ['fork']
    case 'stuck':
      return []
  }
}

/** What a page may do with a run of the store that is not driven here. */
export function storedCommands(
  status: SessionSummary['status'],
  hasAgent: boolean,
): readonly Command['type'][] {
  const driving: readonly Command['type'][] = hasAgent ? ['fork'] : []
  if (status === 'done') return driving
  const speaking: readonly Command['type'][] = ['cancel', 'enqueue']
  const deciding = status === 'waiting' ? verdicts : []
  return [...driving, ...(hasAgent ? (['resume'] as const) : []), ...deciding, ...speaking]
}
