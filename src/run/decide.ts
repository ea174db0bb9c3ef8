import type { AgentContext, VerdictEvent } from '../../machines/index.ts'
import { AmbiguousCallError, UnknownCallError } from '../errors/index.ts'
import { type ModelMessage, toolCallsOf } from '../messages/index.ts'
import type { AwaitedCall } from '../snapshot/index.ts'
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
 * @throws {UnknownCallError} for a call that the run never made
 * @throws {AmbiguousCallError} when several open calls are meant
 */
export function addressed(
  event: VerdictEvent,
  { context, messages, awaits }: DecisionFacts,
): VerdictEvent | undefined {
  const meant = awaits.filter((call) => isAbout(event, call))
  const [only, second] = meant
  if (second !== undefined) throw new AmbiguousCallError(context.runId, event.toolCallId, meant)
  if (only !== undefined) return { ...event, index: only.index, path: only.path }
  if (isKnown(event, context, messages)) return undefined
  throw new UnknownCallError(context.runId, event.toolCallId, awaits)
}

/** Whether the run, or one below a call under way, has made such a call at all. */
function isKnown(
  { toolCallId, path = [] }: VerdictEvent,
  { ledger }: AgentContext,
  messages: readonly ModelMessage[],
): boolean {
  const [outermost = toolCallId] = path
  const isDecidedBelow = ledger.some(({ nested }) =>
    nested?.awaits.some((call) => call.toolCallId === toolCallId),
  )
  const hasCall = (message: ModelMessage): boolean =>
    message.kind === 'response' &&
    toolCallsOf(message).some((part) => part.toolCallId === outermost)
  return isDecidedBelow || messages.some(hasCall)
}
