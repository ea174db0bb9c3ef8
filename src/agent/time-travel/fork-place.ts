import { logOf, type ModelMessage } from '../../messages/index.ts'
import type { NodeOrEnd } from '../../nodes/index.ts'
import type { RunState, SavedRun } from '../../snapshot/index.ts'

/** What edits are made with. */
export interface EditFacts {
  /** ISO 8601. */
  readonly at: string
  /** Names the step in errors. */
  readonly where: string
  /** Tools by which the model gives its output. */
  readonly outputTools: ReadonlySet<string>
}

/** The run about to send the last of these messages. */
export function sending(
  saved: SavedRun,
  messages: readonly ModelMessage[],
  change: Partial<SavedRun['context']> = {},
): SavedRun {
  const request = messages.at(-1)
  if (request?.kind !== 'request') throw new Error('Only a request can be sent')
  return standing(saved, {
    state: 'ModelRequest',
    log: messages.slice(0, -1),
    node: { kind: 'model-request', request: { ...request, instructions: null } },
    change,
  })
}

/** Where a run is put. */
interface Standing {
  readonly state: RunState
  readonly log: readonly ModelMessage[]
  /** Default: as it is. */
  readonly node?: NodeOrEnd
  readonly change?: Partial<SavedRun['context']>
}

/** The run elsewhere: what it held for where it was is gone, but for what `change` keeps. */
export function standing(
  saved: SavedRun,
  { state, log, node = saved.context.node, change }: Standing,
): SavedRun {
  const { runId, visit, newMessageIndex } = { ...saved.context, ...change }
  const context = {
    ...saved.context,
    ledger: [],
    heldResponse: null,
    ...change,
    node: { ...node, runId, visit },
    messageCount: log.length,
    newMessageIndex: state === 'UserPrompt' ? log.length : Math.min(newMessageIndex, log.length),
  }
  return { ...saved, state, log: logOf(log), context }
}

/** A call, or the result of one. */
export interface CallName {
  readonly toolCallId: string
  readonly toolName: string | null
}

/** A call as errors name it. */
export function described({ toolCallId, toolName }: CallName): string {
  return toolName === null ? `'${toolCallId}'` : `'${toolCallId}' (${toolName})`
}
