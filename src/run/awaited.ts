import {
  type AgentContext,
  type CallAddress,
  isAwaiting,
  isSettled,
  type LedgerEntry,
  nameInPath,
} from '../../machines/index.ts'
import { type ToolCallPart, toolCallsOf } from '../messages/index.ts'
import type { AwaitedCall } from '../snapshot/index.ts'
import type { AttachedRun } from '../tools/index.ts'

/** The calls that wait for somebody outside: the run's own, and those of runs below it. */
export function awaitedIn(
  { node, ledger }: Pick<AgentContext, 'node' | 'ledger'>,
  agentName: string | null,
): readonly AwaitedCall[] {
  if (node.kind !== 'call-tools') return []
  const parts = toolCallsOf(node.response)
  return ledger.flatMap((entry) => [...own(entry, parts, agentName), ...below(entry, ledger)])
}

function own(
  entry: LedgerEntry,
  parts: readonly ToolCallPart[],
  agentName: string | null,
): readonly AwaitedCall[] {
  const { wait, toolCallId, toolName, index } = entry
  if (!isAwaiting(entry) || wait === undefined) return []
  return [
    {
      toolCallId,
      index,
      toolName,
      args: parts[index]?.args ?? null,
      awaits: wait.awaits,
      metadata: wait.metadata ?? null,
      deadline: wait.deadline ?? null,
      path: [],
      agentName,
    },
  ]
}

/** Without those that are decided, but not known below yet. */
function below(
  { nested, index, toolCallId }: LedgerEntry,
  ledger: readonly LedgerEntry[],
): readonly AwaitedCall[] {
  if (nested === undefined) return []
  const name = nameInPath(ledger, index) ?? toolCallId
  return nested.awaits
    .filter((call) => !nested.verdicts.some((verdict) => isAbout(verdict, call)))
    .map((call) => ({ ...call, path: [name, ...call.path] }))
}

/** Whether these are the same questions. By identity of what was attached: it may be anything, JSON or not. */
export function isSameQuestions(
  questions: readonly AwaitedCall[],
  others: readonly AwaitedCall[],
): boolean {
  return (
    questions.length === others.length &&
    questions.every((call, i) => {
      const other = others[i]
      const isCall = other !== undefined && isAbout(call, other)
      return isCall && call.metadata === other.metadata && call.deadline === other.deadline
    })
  )
}

/** Whether what was said about a call is about this one. */
export function isAbout(
  said: {
    readonly toolCallId: string | null
    readonly index?: number | undefined
    readonly path?: readonly string[] | undefined
  },
  call: Pick<AwaitedCall, 'toolCallId' | 'index' | 'path'>,
): boolean {
  const { path } = said
  const isPath =
    path === undefined ||
    (path.length === call.path.length && path.every((id, i) => id === call.path[i]))
  const isIndex = said.index === undefined || said.index === call.index
  return isPath && isIndex && (said.toolCallId === null || said.toolCallId === call.toolCallId)
}

/** The calls of a run, as far as it matters which of them may still come to wait. */
type OpenCalls = Pick<AgentContext, 'node' | 'ledger' | 'unsaved'>

/** The run below a call, if one is under way. */
type RunBelowAt = (index: number) => AttachedRun | undefined

/**
 * Whether an address is that of a call that the chart does not know to wait, and that may come to it: a store can know
 * more than the run, by a save of which the answer was lost.
 */
export function mayStillWait(
  address: CallAddress,
  { node, ledger, unsaved }: OpenCalls,
  runBelow: RunBelowAt,
): boolean {
  if (node.kind !== 'call-tools' || unsaved !== null) return false
  const [outermost, ...path] = address.path ?? []
  const calls = ledger.length > 0 ? ledger : toolCallsOf(node.response)
  const meant = [...calls.keys()].filter((index) =>
    outermost === undefined
      ? isAbout(address, { toolCallId: calls[index]?.toolCallId ?? '', index, path: [] })
      : nameInPath(calls, index) === outermost,
  )
  if (ledger.length === 0) return meant.length > 0
  return meant.some((index) => {
    const entry = ledger[index]
    if (entry === undefined) return false
    return outermost === undefined
      ? isUndecided(entry)
      : mayWaitBelow(entry, { ...address, path }, runBelow)
  })
}

function isUndecided(entry: LedgerEntry): boolean {
  const isOpen = !isAwaiting(entry) && !isSettled(entry.state)
  return isOpen && entry.verdict === undefined && entry.nested === undefined
}

/** What waits below is known here once the run below has told of it; until then that run is asked. */
function mayWaitBelow(
  { state, index, nested }: LedgerEntry,
  address: CallAddress,
  runBelow: RunBelowAt,
): boolean {
  const isKnown = nested?.awaits.some((call) => isAbout(address, call)) === true
  if (isSettled(state) || isKnown) return false
  return runBelow(index)?.mayWait(address) ?? true
}
