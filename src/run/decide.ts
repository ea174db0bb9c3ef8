import {
  type AgentContext,
  type CallAddress,
  isSettled,
  type LedgerEntry,
  nameInPath,
  type VerdictEvent,
} from '../../machines/index.ts'
import { AmbiguousCallError, UnknownCallError, VerdictMismatchError } from '../errors/index.ts'
import { messagesOf, type ModelMessage, toolCallsOf } from '../messages/index.ts'
import { type AwaitedCall, readSnapshot } from '../snapshot/index.ts'
import { isAbout } from './awaited.ts'

/** Which call a decision is about, and who decided. */
export interface DecisionOptions {
  /** Needed when two calls of one response have the same id. */
  readonly index?: number
  /** The calls that led to the run below which asks, as `waitingFor` tells them. */
  readonly path?: readonly string[]
  /** Who decided; kept with the call. */
  readonly by?: string
}

/** What is known of a run's calls. */
export interface DecisionFacts {
  readonly context: AgentContext
  readonly messages: readonly ModelMessage[]
  readonly awaits: readonly AwaitedCall[]
}

/**
 * The event with the exact place of its call; `undefined` when the call has been decided already, or is over.
 *
 * @throws {UnknownCallError} for a call that the run never made, or not at that place
 * @throws {AmbiguousCallError} when several open calls are meant
 * @throws {VerdictMismatchError} for a call that waits for something else
 */
export function addressed(
  event: VerdictEvent,
  { context, messages, awaits }: DecisionFacts,
): VerdictEvent | undefined {
  const { runId } = context
  const { toolCallId } = event
  const meant = awaits.filter((call) => isAbout(event, call))
  const [only, second] = meant
  if (second !== undefined) throw new AmbiguousCallError(runId, toolCallId, meant)
  if (only !== undefined) {
    if (!VerdictMismatchError.isOne(only.awaits, event.type)) {
      return { ...event, index: only.index, path: only.path }
    }
    throw new VerdictMismatchError(runId, toolCallId, only.awaits)
  }
  if (isKnown(event, context, messages)) return undefined
  throw new UnknownCallError(runId, toolCallId, awaits)
}

/** Whether the run, or one below a call of it, has made such a call at all, at this place. */
function isKnown(
  address: CallAddress,
  { ledger }: Pick<AgentContext, 'ledger'>,
  messages: readonly ModelMessage[],
): boolean {
  const { path } = address
  const [outermost, ...rest] = path ?? []
  if (outermost !== undefined) {
    const entry = ledger.find(({ index }) => nameInPath(ledger, index) === outermost)
    if (entry === undefined || isSettled(entry.state)) return hasCall(messages, outermost)
    return isKnownBelow({ ...address, path: rest }, entry)
  }
  const isOwn = hasCall(messages, address.toolCallId, address.index)
  return isOwn || (path === undefined && ledger.some((entry) => isKnownBelow(address, entry)))
}

function isKnownBelow(address: CallAddress, { nested }: LedgerEntry): boolean {
  if (nested === undefined) return false
  const { context, log } = readSnapshot(nested.snapshot)
  return isKnown(address, context, messagesOf(log))
}

/** @param name an id, or what the call is called in a path */
function hasCall(messages: readonly ModelMessage[], name: string, index?: number): boolean {
  return messages.some((message) => {
    const calls = message.kind === 'response' ? toolCallsOf(message) : []
    return calls.some(
      ({ toolCallId }, i) =>
        (index === undefined || index === i) &&
        (toolCallId === name || nameInPath(calls, i) === name),
    )
  })
}
