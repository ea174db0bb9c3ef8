import { type AgentContext, isAwaiting, isSettled, type LedgerEntry } from '../../machines/index.ts'
import { type ToolCallPart, toolCallsOf } from '../messages/index.ts'
import type { AwaitedCall } from '../snapshot/index.ts'
import type { InboxEvent } from '../store/index.ts'

/** The calls that wait for somebody outside: the run's own, and those of runs below it. */
export function awaitedIn(
  { node, ledger }: Pick<AgentContext, 'node' | 'ledger'>,
  agentName: string | null,
): readonly AwaitedCall[] {
  if (node.kind !== 'call-tools') return []
  const parts = toolCallsOf(node.response)
  return ledger.flatMap((entry) => [...own(entry, parts, agentName), ...below(entry)])
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
function below({ nested, toolCallId }: LedgerEntry): readonly AwaitedCall[] {
  if (nested === undefined) return []
  return nested.awaits
    .filter((call) => !nested.verdicts.some((verdict) => isAbout(verdict, call)))
    .map((call) => ({ ...call, path: [toolCallId, ...call.path] }))
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

/**
 * Whether an event is about a call that does not wait yet and may come to it: a store can know more than the run, by a
 * save of which the answer was lost.
 */
export function mayStillWait(
  event: InboxEvent,
  { node, ledger, unsaved }: Pick<AgentContext, 'node' | 'ledger' | 'unsaved'>,
): boolean {
  if (!('toolCallId' in event) || node.kind !== 'call-tools' || unsaved !== null) return false
  const { path = [], index } = event
  const [outermost = event.toolCallId] = path
  const isMeant = (entry: LedgerEntry): boolean =>
    entry.toolCallId === outermost &&
    (path.length > 0 || index === undefined || index === entry.index)
  if (ledger.length > 0) return ledger.some((entry) => isMeant(entry) && isUndecided(entry))
  return toolCallsOf(node.response).some(({ toolCallId }) => toolCallId === outermost)
}

function isUndecided(entry: LedgerEntry): boolean {
  const isOpen = !isAwaiting(entry) && !isSettled(entry.state)
  return isOpen && entry.verdict === undefined && entry.nested === undefined
}
