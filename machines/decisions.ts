import type { AgentContext } from './agent-context.ts'
import type { LedgerEntry, NestedVerdict } from './ledger.ts'

/** Who decided about a call, and when: kept with the run when the call is long over. */
export interface CallDecision {
  readonly toolCallId: string
  /** Position among the calls of its response. */
  readonly index: number
  readonly toolName: string
  /** The calls that led to the run below which asked, outermost first. */
  readonly path: readonly string[]
  readonly kind: 'approved' | 'denied' | 'answered'
  readonly by?: string
  /** ISO 8601. */
  readonly at?: string
}

/** As many as a run keeps, the latest ones; a store has the earlier ones in its earlier steps. */
const mostDecisions = 100

/** What was decided, with what was just said about the call that has changed. Time that is up is nobody's decision. */
export function withDecision(
  { decisions, ledger: before }: Pick<AgentContext, 'decisions' | 'ledger'>,
  ledger: readonly LedgerEntry[],
  { path, verdict: { kind, by, at } }: NestedVerdict,
): readonly CallDecision[] {
  const call = calledIn(ledger.find((entry, i) => entry !== before[i]))
  if (call === undefined || kind === 'expired') return decisions
  const facts = { ...(by !== undefined && { by }), ...(at !== undefined && { at }) }
  return [...decisions, { ...call, path, kind, ...facts }].slice(-mostDecisions)
}

/** The call itself, or that of the run below it of which was said something last. */
function calledIn(
  entry: LedgerEntry | undefined,
): Pick<CallDecision, 'toolCallId' | 'index' | 'toolName'> | undefined {
  if (entry === undefined) return undefined
  const { toolCallId, index, toolName, nested, verdict } = entry
  if (verdict !== undefined || nested === undefined) return { toolCallId, index, toolName }
  const said = nested.verdicts.at(-1)
  const call = nested.awaits.find(
    (other) =>
      other.toolCallId === said?.toolCallId &&
      other.index === said.index &&
      other.path.length === said.path.length &&
      other.path.every((name, i) => name === said.path[i]),
  )
  return call && { toolCallId: call.toolCallId, index: call.index, toolName: call.toolName }
}
