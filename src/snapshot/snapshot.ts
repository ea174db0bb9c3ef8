/**
 * A run on paper: our own format, versioned, plain JSON.
 *
 *   N1. What is written is read back to the same run.
 *   N2. What is read is a run that the chart could have come to, or it is refused with the place that is wrong.
 *   N3. Nothing is dropped: keys that are not known are refused.
 *   N4. It holds no keys, headers or other secrets of who runs it.
 */
import type { AgentContext } from '../../machines/index.ts'
import { Place } from '../codec/index.ts'
import {
  messagesFromBrief,
  messagesOf,
  messagesToBrief,
  type ModelMessage,
  type RunIds,
} from '../messages/index.ts'
import type { NodeOrEnd } from '../nodes/index.ts'
import { refuseImpossible } from './consistency.ts'
import { type RunDocument, runDocument, type SavedRun } from './document.ts'
import { migrated } from './migrations.ts'
import { isLogPlace, type SavedNode } from './node.ts'
import { SnapshotTexts } from './snapshot-texts.ts'

/** A run as `run.snapshot()` gives it and `agent.resume()` takes it. Plain JSON; its inside is the format's own matter. */
export interface RunSnapshot {
  readonly format: 'agentchart/run'
  readonly version: number
  readonly [key: string]: unknown
}

/** The run with its messages, by itself. Besides them it shares nothing with the run. */
export function writeSnapshot(run: SavedRun): RunSnapshot {
  const { runId, conversationId } = run.context
  const ids = { run: runId, conversation: conversationId }
  const written = new SnapshotTexts().of(run).toJSON() as RunSnapshot // what `runDocument` reads
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
  const run = runDocument.read(rest, place)
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

function contextOf(run: RunDocument, log: readonly ModelMessage[]): AgentContext {
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
