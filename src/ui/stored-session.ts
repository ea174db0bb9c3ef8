import { agentMachine } from '../../machines/index.ts'
import { graphJson } from '../inspect/index.ts'
import { type ModelMessage, messagesOf, toolCallsOf } from '../messages/index.ts'
import { type AwaitedCall, readSnapshot, type SavedRun } from '../snapshot/index.ts'
import type { RunRecord, RunStatus, Store } from '../store/index.ts'
import { rootActor } from './actor-watch.ts'
import { boundedText } from './bounded.ts'
import type { Hub } from './hub.ts'
import { type PastVisit, pastVisits } from './past-visits.ts'
import type { Command, SessionSummary, Span, TakenWay } from './protocol.ts'
import { shownMessages, shownNode, shownState, stepUsageOf, titleOf } from './run-facts.ts'

/** A run as it was put away, with what else is known of it. */
export interface PastRun {
  readonly saved: SavedRun
  readonly visits: readonly PastVisit[]
  readonly awaits: readonly AwaitedCall[]
  readonly summary: SessionSummary
}

/** What a store says of a run, in the words of the page. */
export function statusOf({
  status,
  owner,
}: Pick<RunRecord, 'status' | 'owner'>): SessionSummary['status'] {
  const words: Readonly<Record<RunStatus, SessionSummary['status']>> = {
    active: owner === null ? 'ready' : 'running',
    waiting: 'waiting',
    paused: 'stopped',
    failed: 'failed',
    cancelled: 'stopped',
    stuck: 'stuck',
    done: 'done',
  }
  return words[status]
}

/** A row of the page's list for a run of the store. */
export function storedSummary(
  record: RunRecord,
  commands: (status: SessionSummary['status']) => readonly Command['type'][],
): SessionSummary {
  const { runId, conversationId, agentName, title, createdAt, updatedAt } = record
  const status = statusOf(record)
  return {
    id: runId,
    kind: 'stored',
    title: titleOf(title ?? ''),
    agentName,
    runId,
    conversationId,
    status,
    startedAt: createdAt,
    updatedAt,
    forkedFrom: null,
    can: commands(status),
  }
}

/**
 * A run of a store as it is there now.
 *
 * @throws {RunNotFoundError}
 * @throws {ValidationError} when it cannot be read
 */
export async function loadPast(
  store: Store,
  runId: string,
  commands: (status: SessionSummary['status']) => readonly Command['type'][],
): Promise<PastRun> {
  const [stored, history] = await Promise.all([store.load(runId), store.history(runId)])
  const { record, snapshot, messages, awaits } = stored
  const saved = readSnapshot(Object.assign({}, snapshot, { messages }))
  const visits = pastVisits(saved, history)
  return { saved, visits, awaits, summary: storedSummary(record, commands) }
}

const actorId = rootActor

/** Tells pages of a run that is not driven here; what was told of it before does not count any more. */
export function tellPast(hub: Hub, { saved, visits, awaits, summary }: PastRun): void {
  const { id: session } = summary
  const messages = messagesOf(saved.log)
  const name = summary.agentName ?? 'agent'
  const machineId = hub.machine('agent', graphJson(agentMachine))
  hub.drop(session)
  hub.tell({ type: 'session', session: summary })
  hub.tell({
    type: 'actor',
    session,
    actor: { actorId, parentId: null, name, kind: 'agent', machineId },
  })
  visits.forEach((visit, index) => tellVisit(hub, session, visit, visits[index - 1]))
  for (const span of spansOf(visits, messages)) hub.tell({ type: 'span', session, span })
  const shown = shownMessages([...messages, ...saved.context.tail])
  if (shown.length > 0) hub.tell({ type: 'messages', session, from: 0, messages: shown })
  tellState(hub, session, { saved, visits, awaits })
}

function tellVisit(hub: Hub, session: string, now: PastVisit, before: PastVisit | undefined): void {
  const { visit, kind, messageCount, atMs } = now
  const state = states[kind] ?? 'UserPrompt'
  const taken = before === undefined ? [] : [wayBetween(before.kind, state)]
  hub.tell({
    type: 'transition',
    session,
    transition: {
      actorId,
      atMs,
      event: { type: taken[0]?.event ?? 'xstate.init' },
      from: null,
      taken,
      value: kind === 'end' ? state : { [state]: 'ready' },
      status: kind === 'end' ? 'done' : 'active',
    },
  })
  hub.tell({ type: 'visit', session, visit: { visit, kind, messageCount } })
}

const states: Readonly<Record<string, string>> = {
  'user-prompt': 'UserPrompt',
  'model-request': 'ModelRequest',
  'call-tools': 'CallTools',
  end: 'End',
}

const slots: Readonly<Record<string, string>> = {
  'user-prompt': 'prepare-prompt',
  'model-request': 'request-model',
  'call-tools': 'call-tools',
}

function wayBetween(kind: string, target: string): TakenWay {
  return {
    source: `${states[kind]}.active`,
    event: `xstate.done.actor.${slots[kind]}`,
    targets: [target],
  }
}

function tellState(
  hub: Hub,
  session: string,
  { saved, visits, awaits }: Pick<PastRun, 'saved' | 'visits' | 'awaits'>,
): void {
  const { context } = saved
  const run = shownState(context, {
    drive: 'step',
    node: shownNode(context.node),
    stepUsage: visits.flatMap((each) => stepUsageOf(each.visit, each.response)),
    usage: context.usage,
    awaits,
  })
  hub.tell({ type: 'run', session, run })
}

/** How long requests and calls took, by the times in the messages. */
function spansOf(visits: readonly PastVisit[], messages: readonly ModelMessage[]): readonly Span[] {
  return visits.flatMap(({ visit, response, atMs, messageCount }) => {
    if (response === undefined) return []
    const answeredMs = Date.parse(response.timestamp)
    const model: Span = {
      spanId: `${visit}/model/0`,
      kind: 'model',
      name: boundedText(response.modelName ?? 'model', { text: 200 }),
      visit,
      startMs: Math.min(atMs, answeredMs),
      endMs: answeredMs,
      toolCallId: null,
      state: response.state === 'complete' ? 'ok' : 'failed',
    }
    const results = messages
      .slice(messageCount)
      .find((each, index) => index > 0 && each.kind === 'request')
    const calls = toolCallsOf(response).map(({ toolCallId, toolName }, index): Span => {
      const part = results?.parts.find(
        (each) => 'toolCallId' in each && each.toolCallId === toolCallId,
      )
      const isWell = part?.partKind === 'tool-return' && part.outcome === 'success'
      return {
        spanId: `${visit + 1}/call-${index}/0`,
        kind: 'tool',
        name: toolName,
        visit: visit + 1,
        startMs: answeredMs,
        endMs: part !== undefined && 'timestamp' in part ? timeOf(part.timestamp) : null,
        toolCallId,
        state: part === undefined ? 'waiting' : isWell ? 'ok' : 'failed',
      }
    })
    return [model, ...calls]
  })
}

function timeOf(timestamp: unknown): number | null {
  const time = typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN
  return Number.isNaN(time) ? null : time
}
