import {
  type AgentContext,
  isAwaiting,
  type LedgerEntry,
  type ToolCallState,
} from '../../machines/index.ts'
import type { RequestPart } from '../messages/index.ts'
import type { NodeOrEnd } from '../nodes/index.ts'
import type { AwaitedCall } from '../snapshot/index.ts'
import { awaitedIn, isSameQuestions } from './awaited.ts'

/** What the actor of an agent emits: `actor.on('node', …)`. */
export type AgentEmitted =
  /** It has come to a node: the one that is worked on next, or the end. */
  | { readonly type: 'node'; readonly node: NodeOrEnd }
  /** A tool call has come to another state. */
  | {
      readonly type: 'tool-call'
      readonly toolCallId: string
      readonly toolName: string
      /** Position among the calls of its response. */
      readonly index: number
      readonly state: ToolCallState
      /** What the model is told, once that is known; `null` before. */
      readonly part: RequestPart | null
    }
  /** Calls wait for somebody outside, those of runs below included; empty when none does any more. */
  | { readonly type: 'waiting'; readonly calls: readonly AwaitedCall[] }
  /** It rests after a failure or a cancel. With `onFailure: 'fail'` the actor itself fails instead. */
  | { readonly type: 'failure'; readonly error: unknown }

/** What is to be told about a transition. */
export function emittedBetween(
  before: AgentContext,
  after: AgentContext,
  agentName: string | null,
): readonly AgentEmitted[] {
  const { node, ledger, failure } = after
  const hasFailed = failure !== null && failure !== before.failure
  return [
    ...(ledger === before.ledger ? nothing : callsBetween(before, after, agentName)),
    ...(node === before.node ? nothing : [{ type: 'node', node } as const]),
    ...(hasFailed ? [{ type: 'failure', error: failure.error } as const] : nothing),
  ]
}

const nothing: readonly AgentEmitted[] = []

function callsBetween(
  before: AgentContext,
  after: AgentContext,
  agentName: string | null,
): readonly AgentEmitted[] {
  const moved = after.ledger.filter(({ index, state }) => before.ledger[index]?.state !== state)
  const asks = [...before.ledger, ...after.ledger].some(asksSomebody)
  const waiting = asks ? awaitedIn(after, agentName) : []
  const waited = asks ? awaitedIn(before, agentName) : []
  const isSame = isSameQuestions(waiting, waited)
  return [
    ...moved.map(told),
    ...(isSame ? nothing : [{ type: 'waiting', calls: waiting } as const]),
  ]
}

function asksSomebody(entry: LedgerEntry): boolean {
  return isAwaiting(entry) || entry.nested !== undefined
}

function told({ toolCallId, toolName, index, state, result }: LedgerEntry): AgentEmitted {
  return { type: 'tool-call', toolCallId, toolName, index, state, part: result?.part ?? null }
}
