import type { CallFacts, CallMove, LedgerEntry } from '../../machines/index.ts'
import { SnapshotMismatchError } from '../errors/index.ts'
import {
  messagesOf,
  type RetryPromptPart,
  toolCallsOf,
  type ToolReturnPart,
} from '../messages/index.ts'
import type { CallToolsNode } from '../nodes/index.ts'
import { givenResults, matchResults } from './deferred-results.ts'
import { statusReturn } from './output-call.ts'
import { type PhaseCall, type Settled, statusText } from './phase-call.ts'
import type { StepPorts } from './ports.ts'
import type { OfferedTool, StepTools } from './step-tools.ts'
import { givenBy } from './waits.ts'

/** What is known of a phase before its calls are. */
interface OpenedPhase {
  readonly ports: StepPorts
  readonly node: CallToolsNode
  readonly tools: StepTools
}

/** Calls by what becomes of them. */
export function sortCalls(calls: readonly PhaseCall[]) {
  if (calls.every(isPlain)) return { outputs: [], putOff: [], functions: calls, waiting: [] }
  const outputs = calls.filter(({ kind }) => kind === 'output')
  const putOff = calls.every(isPutOff) ? calls : calls.filter(isPutOff)
  const functions = calls.filter(
    (call) => call.kind !== 'output' && call.wait === undefined && !isPutOff(call),
  )
  return { outputs, putOff, functions, waiting: calls.filter(({ wait }) => wait !== undefined) }
}

/** A function that runs here, as most do. */
function isPlain({ kind, wait }: PhaseCall): boolean {
  return kind === 'function' && wait === undefined
}

function isPutOff({ kind, given }: PhaseCall): boolean {
  return (kind === 'external' || kind === 'unapproved') && given === undefined
}

/** What the chart is told of the calls when they are first handled. */
export function factsOf(phase: OpenedPhase): readonly CallFacts[] {
  return toolCallsOf(phase.node.response).map(({ toolCallId, toolName }) => ({
    toolCallId,
    toolName,
    ...offeredFacts(offeredAs(phase, toolName)),
  }))
}

/** What a name stands for, also one that was given up since the run was put away. */
function offeredAs({ tools, ports }: OpenedPhase, toolName: string): OfferedTool | undefined {
  const { renamedTools } = ports.setup
  const name = renamedTools.has(toolName) ? renamedTools.get(toolName) : toolName
  return name === null || name === undefined ? undefined : tools.byName.get(name)
}

function offeredFacts(offered: OfferedTool | undefined): Pick<CallFacts, 'kind' | 'onCrash'> {
  if (offered === undefined) return { kind: 'unknown' }
  const mayRerun = offered.kind !== 'output' && offered.tool.onCrash === 'rerun'
  return { kind: offered.kind, ...(mayRerun && { onCrash: 'rerun' }) }
}

/** The calls as an earlier try of the phase has left them, and those that are none of its own. */
export function phaseCalls(
  phase: OpenedPhase,
  ledger: readonly LedgerEntry[],
): { readonly own: readonly PhaseCall[]; readonly others: readonly PhaseCall[] } {
  const { node, ports } = phase
  const parts = toolCallsOf(node.response)
  const results = node.deferredToolResults
  const given = results && givenResults(messagesOf(ports.log), node.response, results)
  const calls = parts.map((part, index): PhaseCall => {
    const entry = ledger[index]
    const offered = offeredAs(phase, part.toolName)
    const settled = entry && settledBefore(entry)
    if (entry !== undefined && settled === undefined) refuseLost(phase, entry, offered)
    const { wait, verdict } = waitBefore(phase, entry)
    return {
      index,
      part,
      kind: offered?.kind ?? 'unknown',
      offered,
      given: verdict === undefined ? given?.get(part.toolCallId) : givenBy(verdict),
      wait,
      verdict,
      nested: entry?.nested,
      attempt: entry === undefined || entry.state !== 'interrupted' ? 0 : entry.attempt + 1,
      ...(settled && { settled }),
    }
  })
  if (given === undefined) return { own: calls, others: [] }
  if (ledger.length === 0) matchResults(given, calls) // else they were when the phase began
  return { own: calls.filter(isOpen), others: calls.filter((call) => !isOpen(call)) }
}

/** What the chart is told of calls that are none of the phase's: their results in the history; outputs need none. */
export function movesOfOthers(phase: OpenedPhase, others: readonly PhaseCall[]): CallMove[] {
  return others.map((call) => {
    const { index, given } = call
    if (given?.kind === 'settled') {
      return { index, type: endOf(given.part), result: { part: given.part } }
    }
    const { part } = statusReturn(phase, call, statusText.outputNotUsed)
    return { index, type: 'call-skipped', result: { part } }
  })
}

/** How the call ended that has this result. */
function endOf(part: ToolReturnPart | RetryPromptPart): Settled['type'] {
  if (part.partKind === 'retry-prompt') return 'call-retry-asked'
  return part.outcome === 'failed' || part.outcome === 'denied'
    ? `call-${part.outcome}`
    : 'call-returned'
}

/** Whether something was given for a call that has no result yet. */
function isOpen({ given }: PhaseCall): boolean {
  return given !== undefined && given.kind !== 'settled'
}

/** What a call waited for in an earlier try, and what was said; time that is up is given once more if that was a failure. */
function waitBefore(
  { ports }: OpenedPhase,
  entry: LedgerEntry | undefined,
): Pick<PhaseCall, 'wait' | 'verdict'> {
  if (entry === undefined) return { wait: undefined, verdict: undefined }
  const { wait, verdict } = entry
  const isTriedAgain = verdict?.kind === 'expired' && ports.setup.onWaitExpired === 'fail'
  return isTriedAgain ? { wait: undefined, verdict: undefined } : { wait, verdict }
}

/**
 * A tool that its toolset has and does not offer now is none to the model, as it would be in another step.
 * @throws {SnapshotMismatchError} for a call whose tool is gone since the run was put away
 */
function refuseLost(
  { ports }: OpenedPhase,
  { kind, toolName }: LedgerEntry,
  offered: OfferedTool | undefined,
): void {
  const { renamedTools, toolset } = ports.setup
  if (offered !== undefined || kind === 'unknown' || renamedTools.has(toolName)) return
  if (toolset.toolNames?.includes(toolName) === true) return
  const message = `the tool '${toolName}', which the model has called, is missing`
  throw new SnapshotMismatchError([{ kind: 'tool', name: toolName, message }])
}

/** The result of a call that an earlier try of the phase settled. */
function settledBefore({ state, result }: LedgerEntry): Settled | undefined {
  const type = settledBy[state]
  if (type === undefined || result === undefined) return undefined
  const { part, ...rest } = result
  if (part === undefined) return { ...rest, type } // P1
  const isResult = part.partKind === 'tool-return' || part.partKind === 'retry-prompt'
  return isResult ? { ...rest, part, type } : undefined
}

const settledBy: Partial<Record<LedgerEntry['state'], Settled['type']>> = {
  returned: 'call-returned',
  retryAsked: 'call-retry-asked',
  failed: 'call-failed',
  denied: 'call-denied',
  deferred: 'call-deferred',
  skipped: 'call-skipped',
  expired: 'call-expired',
  outcomeUnknown: 'call-outcome-unknown',
}
