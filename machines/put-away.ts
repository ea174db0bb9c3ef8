import type { ToolReturnPart } from '../src/messages/index.ts'
import type { AgentContext } from './agent-context.ts'
import { isAwaiting, type LedgerEntry, moveLedger } from './ledger.ts'

/**
 * A run that was put away while it was at work, or whose process ended: nothing is under way any more. A call that was
 * runs again if it may; else the model is told that nobody knows what became of it.
 *
 * @param at now; ISO 8601
 */
export function settleInFlight(context: AgentContext, at: string): AgentContext {
  const { ledger } = context
  const inFlight = ledger.filter(({ state }) => state === 'executing')
  if (inFlight.length === 0) return context
  const stopped = moveLedger(
    ledger,
    inFlight.map(({ index }) => ({ index, type: 'call-interrupted' })),
  )
  const lost = inFlight.filter((entry) => !mayRunAgain(entry))
  const settled = moveLedger(
    stopped,
    lost.map(({ index, toolName, toolCallId }) => ({
      index,
      type: 'call-outcome-unknown',
      result: { part: unknownOutcome(toolName, toolCallId, at) },
    })),
  )
  return { ...context, ledger: settled }
}

/** Made by hand: the charts bring no code of messages along. */
function unknownOutcome(toolName: string, toolCallId: string, timestamp: string): ToolReturnPart {
  return {
    toolName,
    content: OUTCOME_UNKNOWN,
    toolCallId,
    toolKind: null,
    metadata: null,
    timestamp,
    outcome: 'interrupted',
    partKind: 'tool-return',
  }
}

/** Outputs are made from what the model said, and a run below goes on from where it was. */
function mayRunAgain({ onCrash, kind, nested }: LedgerEntry): boolean {
  return onCrash === 'rerun' || kind === 'output' || nested !== undefined
}

/** The earliest time at which a call stops waiting, runs below included; `null` without one. */
export function nextDeadline({ ledger }: Pick<AgentContext, 'ledger'>): number | null {
  const times = ledger.flatMap((entry) => [
    ...(isAwaiting(entry) ? [entry.wait?.deadline ?? null] : []),
    ...(entry.nested?.awaits ?? []).map(({ deadline }) => deadline),
  ])
  const set = times.filter((time) => time !== null)
  return set.length === 0 ? null : Math.min(...set)
}

/** What the model reads of a call that was running when its process ended. */
const OUTCOME_UNKNOWN =
  'The outcome of this tool call is unknown: the process was interrupted while it was running. It may or may not have taken effect.'
