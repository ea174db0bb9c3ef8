import type { CallWait, LedgerEntry } from '../../machines/index.ts'
import type { Place } from '../codec/index.ts'
import { VerdictMismatchError } from '../errors/index.ts'
import { type ModelResponse, toolCallsOf } from '../messages/index.ts'
import type { SavedRun } from './document.ts'

const kinds = {
  UserPrompt: 'user-prompt',
  ModelRequest: 'model-request',
  CallTools: 'call-tools',
  End: 'end',
} as const

/** @throws {ValidationError} for a run that no chart could have come to (N2) */
export function refuseImpossible(saved: SavedRun, place: Place): void {
  const { state, context, log } = saved
  const { node, ledger, newMessageIndex } = context
  const refuse = (message: string, ...path: readonly (string | number)[]): never => {
    place.path.push(...path)
    throw place.refusal(message)
  }
  if (newMessageIndex > log.length) refuse('Beyond the end of the log', 'newMessageIndex')
  if (context.runId === '') refuse('A run has an id', 'ids', 'run')
  if (node.kind !== kinds[state]) refuse(`No node of the state ${state}`, 'node', 'kind')
  if (node.kind === 'end' && context.failure !== null) refuse('The end does not fail', 'failure')
  if (ledger.length === 0) return
  if (node.kind !== 'call-tools') return refuse('Only CallTools has calls', 'ledger')
  const error = impossibleCalls(ledger, node.response)
  if (error !== undefined) refuse(error.message, 'ledger', ...error.path)
}

interface Impossible {
  readonly message: string
  readonly path: readonly (string | number)[]
}

function impossibleCalls(
  ledger: readonly LedgerEntry[],
  response: ModelResponse,
): Impossible | undefined {
  const calls = toolCallsOf(response)
  if (calls.length !== ledger.length) {
    return { message: `The response has ${calls.length} calls`, path: [] }
  }
  for (const entry of ledger) {
    const { toolCallId, toolName } = entry
    const call = calls[entry.index]
    if (call?.toolCallId !== toolCallId || call.toolName !== toolName) {
      return { message: 'The response has another call at this place', path: [entry.index] }
    }
    const message = impossibleEntry(entry)
    if (message !== undefined) return { message, path: [entry.index] }
  }
  return undefined
}

function impossibleEntry(entry: LedgerEntry): string | undefined {
  const { state, result, wait, verdict, toolCallId } = entry
  if (verdict !== undefined) {
    if (wait === undefined) return 'Nobody was asked what was said'
    if (VerdictMismatchError.isOne(wait.awaits, verdict.kind))
      return 'What was said is not what was asked'
  }
  switch (state) {
    case 'requested':
    case 'waiting':
    case 'executing':
    case 'interrupted':
      if (wait !== undefined && verdict === undefined) return 'A call that goes on waits no more'
      return result === undefined ? undefined : 'A call that goes on has no result'
    case 'awaitingApproval':
      return impossibleWait(entry, 'approval')
    case 'awaitingAnswer':
      return impossibleWait(entry, 'answer')
    case 'deferred':
      return result?.awaits === undefined ? 'A call that was put off says for what' : undefined
    case 'returned':
    case 'retryAsked':
    case 'failed':
    case 'denied':
    case 'skipped':
    case 'expired':
    case 'outcomeUnknown': {
      const part = result?.part
      const isResult = part?.partKind === 'tool-return' || part?.partKind === 'retry-prompt'
      const answers = isResult && part.toolCallId === toolCallId
      return answers ? undefined : 'A call that is over has its result'
    }
  }
}

function impossibleWait(
  { wait, verdict }: LedgerEntry,
  awaits: CallWait['awaits'],
): string | undefined {
  if (wait?.awaits !== awaits) return 'A call that waits says for what'
  return verdict === undefined ? undefined : 'A call that waits has no verdict'
}
