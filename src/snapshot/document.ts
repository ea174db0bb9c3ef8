/** What of a run is on paper, beside its messages: its keys, and what they hold. */
import type { AgentContext } from '../../machines/index.ts'
import { type Codec, list, object, oneOf, record, text } from '../codec/index.ts'
import type { MessageLog } from '../messages/index.ts'
import { cancelReason, failure } from './failure.ts'
import { decisions, ledger } from './ledger.ts'
import { node } from './node.ts'
import { content, count, messages, number, orNull, response, usage } from './parts.ts'
import { requirements, type RunTerms, savedOptions } from './terms.ts'

/** Where a run is. */
export type RunState = 'UserPrompt' | 'ModelRequest' | 'CallTools' | 'End'

/** A run in memory, apart from what keeps it going. */
export interface SavedRun {
  readonly state: RunState
  /** At rest: what was under way is to be settled by whoever takes it up. */
  readonly context: AgentContext
  readonly log: MessageLog
  readonly terms: RunTerms
}

const pending = object(
  {
    enqueueId: text,
    priority: oneOf('asap', 'when_idle'),
    messages,
  },
  {},
)

/** What is always there: each has its words in `SnapshotTexts`. */
export const required = {
  format: oneOf('agentchart/run'),
  version: count,
  agent: orNull(text),
  state: oneOf('UserPrompt', 'ModelRequest', 'CallTools', 'End'),
  ids: object({ run: text, conversation: text }, {}),
  node,
  visit: count,
  step: count,
  newMessageIndex: count,
  ledger,
  usage,
  retries: object(
    {
      output: count,
      tools: list(object({ toolName: text, count }, {})),
    },
    {},
  ),
  requires: requirements,
  options: savedOptions,
  log: object({ length: count }, {}),
}

/** What is left out when there is nothing to say; the context of a run calls it the same. */
export const rare = {
  metadata: record,
  tail: messages,
  heldResponse: response,
  failure,
  pending: list(pending),
  deadline: object({ at: number }, {}),
  cancelRequest: object({}, { reason: cancelReason }),
  decisions,
}

export const runDocument = object(required, { prompt: content, ...rare })
export type RunDocument = typeof runDocument extends { read: Codec<infer TDocument>['read'] }
  ? TDocument
  : never
