/**
 * A run on paper: our own format, versioned, plain JSON.
 *
 *   N1. What is written is read back to the same run.
 *   N2. What is read is a run that the chart could have come to, or it is refused with the place that is wrong.
 *   N3. Nothing is dropped: keys that are not known are refused.
 *   N4. It holds no keys, headers or other secrets of who runs it.
 */
import type { AgentContext } from '../../machines/index.ts'
import {
  type Codec,
  JsonText,
  list,
  object,
  oneOf,
  Place,
  record,
  recurring,
  text,
} from '../codec/index.ts'
import {
  type MessageLog,
  messagesFromBrief,
  messagesOf,
  messagesToBrief,
  type ModelMessage,
  type RunIds,
} from '../messages/index.ts'
import type { NodeOrEnd } from '../nodes/index.ts'
import { refuseImpossible } from './consistency.ts'
import { cancelReason, failure } from './failure.ts'
import { decisions, ledger } from './ledger.ts'
import { currentVersion, migrated } from './migrations.ts'
import { isLogPlace, node, type SavedNode } from './node.ts'
import { content, count, messages, number, orNull, response, usage } from './parts.ts'
import { copiedOptions, requirements, type RunTerms, savedOptions } from './terms.ts'

/** A run as `run.snapshot()` gives it and `agent.resume()` takes it. Plain JSON; its inside is the format's own matter. */
export interface RunSnapshot {
  readonly format: 'agentchart/run'
  readonly version: number
  readonly [key: string]: unknown
}

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

const required = {
  format: oneOf('agentchart/run'),
  version: count,
  agent: orNull(recurring),
  state: oneOf('UserPrompt', 'ModelRequest', 'CallTools', 'End'),
  ids: object({ run: recurring, conversation: recurring }, {}),
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

const optional = {
  metadata: record,
  prompt: content,
  tail: messages,
  heldResponse: response,
  failure,
  pending: list(pending),
  deadline: object({ at: number }, {}),
  cancelRequest: object({}, { reason: cancelReason }),
  decisions,
}

const document = object(required, optional)
type Document = typeof document extends { read: Codec<infer TDocument>['read'] } ? TDocument : never

/** The run without its messages: what a store keeps beside its log. */
export function snapshotText(run: SavedRun): JsonText {
  return new JsonText(document.json(documentOf(run), new Place()))
}

function documentOf({ state, context, terms, log }: SavedRun): Document {
  const { failure: kept, deadline, cancelRequest, metadata, prompt, heldResponse } = context
  return {
    format: 'agentchart/run',
    version: currentVersion,
    agent: terms.agent,
    state,
    ids: { run: context.runId, conversation: context.conversationId },
    node: savedNode(context.node, log),
    visit: context.visit,
    step: context.step,
    newMessageIndex: context.newMessageIndex,
    ledger: context.ledger,
    usage: context.usage,
    retries: { output: context.outputRetries, tools: context.toolRetries },
    requires: terms.requires,
    options: terms.options,
    log: { length: log.length },
    ...(metadata !== null && { metadata }),
    ...(prompt !== null && state !== 'UserPrompt' && { prompt }),
    ...(context.tail.length > 0 && { tail: context.tail }),
    ...(heldResponse !== null && { heldResponse }),
    ...(kept !== null && { failure: kept }),
    ...(context.pending.length > 0 && { pending: context.pending }),
    ...(deadline !== null && { deadline }),
    ...(cancelRequest !== null && { cancelRequest }),
    ...(context.decisions.length > 0 && { decisions: context.decisions }),
  }
}

/** The run with its messages, by itself. */
export function writeSnapshot(run: SavedRun): RunSnapshot {
  const { runId, conversationId } = run.context
  const ids = { run: runId, conversation: conversationId }
  const { requires, options } = run.terms
  const own = {
    ...documentOf(run),
    requires: { ...requires, tools: [...requires.tools], given: [...requires.given] },
    options: copiedOptions(options),
  }
  const written = document.write(own, new Place()) as RunSnapshot // what `document` writes
  return { ...written, messages: messagesToBrief(messagesOf(run.log), ids) }
}

/**
 * Reads a snapshot, of this version or an older one.
 *
 * @throws {ValidationError} naming the place of what is not as it should be
 * @throws {SnapshotVersionError} for a version that is not known
 */
export function readSnapshot(value: unknown): SavedRun {
  const { messages: wire, ...rest } = migrated(value)
  const place = new Place()
  const run = document.read(rest, place)
  const log = messagesAt(wire ?? [], run.ids, run.log.length)
  const saved: SavedRun = {
    state: run.state,
    log: { items: log, length: log.length },
    context: contextOf(run, log),
    terms: { agent: run.agent, requires: run.requires, options: run.options },
  }
  refuseImpossible(saved, place)
  return saved
}

function messagesAt(wire: unknown, ids: RunIds, length: number): readonly ModelMessage[] {
  const read = messagesFromBrief(wire, ids)
  if (read.length === length) return read
  const place = new Place()
  place.path.push('messages')
  throw place.refusal(`The log has ${length} messages, but ${read.length} are here`)
}

function contextOf(run: Document, log: readonly ModelMessage[]): AgentContext {
  const { ids, retries, visit, node: saved } = run
  const found = foundNode(saved, log)
  return {
    drive: 'step',
    onFailure: 'stay',
    isStored: false,
    runId: ids.run,
    conversationId: ids.conversation,
    metadata: run.metadata ?? null,
    prompt: run.prompt ?? (found.kind === 'user-prompt' ? found.userPrompt : null),
    node: { ...found, runId: ids.run, visit },
    visit,
    step: run.step,
    messageCount: log.length,
    newMessageIndex: run.newMessageIndex,
    ledger: run.ledger,
    usage: run.usage,
    outputRetries: retries.output,
    toolRetries: retries.tools,
    tail: run.tail ?? [],
    heldResponse: run.heldResponse ?? null,
    failure: run.failure ?? null,
    pending: run.pending ?? [],
    deadline: run.deadline ?? null,
    unsaved: null,
    decisions: run.decisions ?? [],
    cancelRequest: run.cancelRequest === undefined ? null : { reason: run.cancelRequest.reason },
  }
}

/** The node without what the snapshot says elsewhere. */
function savedNode({ runId: _, visit: __, ...saved }: NodeOrEnd, log: MessageLog): SavedNode {
  if (saved.kind !== 'call-tools') return saved
  const logIndex = log.items.lastIndexOf(saved.response, log.length - 1)
  return logIndex < 0 ? saved : { ...saved, response: { logIndex } }
}

function foundNode(saved: SavedNode, log: readonly ModelMessage[]): NodeOrEnd {
  if (saved.kind !== 'call-tools') return saved
  const { response: given } = saved
  if (!isLogPlace(given)) return { ...saved, response: given }
  const found = log[given.logIndex]
  if (found?.kind === 'response') return { ...saved, response: found }
  const place = new Place()
  place.path.push('node', 'response', 'logIndex')
  throw place.refusal('The log has no response at this place')
}
