/**
 * A run that is driven here, as pages are told of it.
 *
 * Owns what was told already; is told by the run's actor and its events; tells the hub.
 *
 *   W1. What is told of a step does not grow with the history: messages are told once.
 *   W2. A run that is watched is driven, waits and fails like any other: reading its events never slows it down.
 *   W3. Where it is is told once for all that happens at about the same time: it grows with the calls of a response.
 */
import type { AnyStateMachine } from 'xstate'
import type { AgentContext } from '../../machines/index.ts'
import { isRecord } from '../codec/index.ts'
import { RunCancelledError, RunDisposedError } from '../errors/index.ts'
import { graphJson } from '../inspect/index.ts'
import type { ModelResponse } from '../messages/index.ts'
import type { AgentRun } from '../run/index.ts'
import type { AgentEvent } from '../streaming/index.ts'
import { type ActorDesk, ActorWatch } from './actor-watch.ts'
import { bounded, messageBounds } from './bounded.ts'
import type { Hub } from './hub.ts'
import type { ActorInfo, RunState, SessionSummary, Span } from './protocol.ts'
import { liveCommands, shownMessages, shownNode, shownState, stepUsageOf } from './run-facts.ts'
import { isAtWork, SpanBook } from './span-book.ts'

/** What is known of a run before it is there. */
export type RunFacts = Pick<SessionSummary, 'id' | 'title' | 'agentName' | 'forkedFrom'>

/** In milliseconds. */
const together = 25

export class RunWatch {
  readonly #hub: Hub
  readonly #actors: ActorWatch
  readonly #spans: SpanBook
  /** Those of agents below, by their actors. */
  readonly #spansBelow = new Map<string, SpanBook>()
  #summary: SessionSummary
  #run: AgentRun | undefined
  /** Messages of the log that pages know. */
  #known = 0
  #visit = -1
  #failure: AgentContext['failure'] = null
  /** What requests have used that pages do not know. */
  readonly #stepUsage: RunState['stepUsage'][number][] = []
  #isToBeTold = false
  #shown: { readonly node: unknown; readonly as: RunState['node'] } | undefined

  /** @param isKnown whether pages were told already what the run was before */
  constructor(hub: Hub, facts: RunFacts, isKnown = false) {
    const now = new Date().toISOString()
    this.#hub = hub
    this.#summary = {
      ...facts,
      kind: 'run',
      runId: facts.id,
      conversationId: null,
      status: 'ready',
      startedAt: now,
      updatedAt: now,
      can: [],
    }
    if (!isKnown) hub.drop(facts.id)
    hub.tell({ type: 'session', session: this.#summary })
    const desk: ActorDesk = {
      ...actorDesk(hub, facts.id),
      agentMoved: (agent, snapshot) => this.#observeBelow(agent, snapshot),
    }
    this.#actors = new ActorWatch(desk, facts.agentName ?? 'agent')
    this.#spans = new SpanBook((span) => hub.tell({ type: 'span', session: facts.id, span }))
  }

  /** For the run's `inspect`. */
  get inspect(): ActorWatch['observe'] {
    return this.#actors.observe
  }

  /** Begins to tell of the run. */
  attach(run: AgentRun): void {
    this.#run = run
    const observe = (): void => this.#observe()
    run.actor.subscribe({ next: observe, error: observe, complete: observe })
    this.#observe()
    void this.#follow(run)
  }

  #observe(): void {
    const run = this.#run
    if (run === undefined) return
    const { value, context } = run.actor.getSnapshot()
    const { modelName } = run.ctx.runContext.model
    this.#spans.observe({ context, value, modelName, atMs: Date.now() })
    this.#tellMessages(run, context)
    this.#tellVisit(context)
    this.#tellSummary(run, value, context)
    this.#tellRunSoon(run)
  }

  /** What agents below do takes time in the visit under way. */
  #observeBelow({ actorId, name }: Pick<ActorInfo, 'actorId' | 'name'>, snapshot: object): void {
    const agentName = name.replace(/^run:/, '')
    const tell = (span: Span): void => {
      const [spanId, named] = [`${actorId}/${span.spanId}`, `${agentName} › ${span.name}`]
      const below = { ...span, spanId, name: named, visit: this.#visit, toolCallId: null }
      this.#hub.tell({ type: 'span', session: this.#summary.id, span: below })
    }
    const spans = this.#spansBelow.get(actorId) ?? new SpanBook(tell)
    this.#spansBelow.set(actorId, spans)
    const { value, context } = snapshot as { value: unknown; context: AgentContext } // an agent's
    spans.observe({ context, value, modelName: 'model', atMs: Date.now() })
    if (context.node.kind === 'end') this.#spansBelow.delete(actorId)
  }

  /** What was said since the last time; what a failed step would have added goes again when it is repeated. */
  #tellMessages(run: AgentRun, context: AgentContext): void {
    const { messageCount, failure, visit, node } = context
    const isSame = messageCount === this.#known && failure === this.#failure
    if (isSame) return
    const from = Math.min(this.#known, messageCount)
    const fresh = run.allMessages().slice(from)
    this.#hub.tell({
      type: 'messages',
      session: this.#summary.id,
      from,
      messages: shownMessages(fresh),
    })
    const isAnswered = messageCount > this.#known && node.kind === 'call-tools'
    const last = fresh[messageCount - 1 - from]
    this.#known = messageCount
    this.#failure = failure
    if (isAnswered) this.#stepUsage.push(...stepUsageOf(visit - 1, responseOf(last)))
  }

  #tellVisit({ visit, node, messageCount }: AgentContext): void {
    if (visit === this.#visit) return
    this.#visit = visit
    const { id: session } = this.#summary
    this.#hub.tell({ type: 'visit', session, visit: { visit, kind: node.kind, messageCount } })
  }

  /** W3 */
  #tellRunSoon(run: AgentRun): void {
    if (this.#isToBeTold) return
    this.#isToBeTold = true
    setTimeout(() => this.#tellRun(run), together)
  }

  #tellRun(run: AgentRun): void {
    this.#isToBeTold = false
    const { context } = run.actor.getSnapshot()
    const { node, drive } = context
    const stepUsage = this.#stepUsage.splice(0)
    if (this.#shown?.node !== node) this.#shown = { node, as: shownNode(node) }
    const { usage, waitingFor: awaits } = run
    const facts = { drive, node: this.#shown.as, stepUsage, usage, awaits }
    this.#hub.tell({ type: 'run', session: this.#summary.id, run: shownState(context, facts) })
  }

  #tellSummary(run: AgentRun, value: unknown, context: AgentContext): void {
    const { conversationId } = run
    const status = statusOf(run, value, context)
    if (status === this.#summary.status && this.#summary.conversationId === conversationId) return
    const updatedAt = new Date().toISOString()
    const can = liveCommands(status)
    this.#summary = { ...this.#summary, conversationId, status, updatedAt, can }
    this.#hub.tell({ type: 'session', session: this.#summary })
  }

  async #follow(run: AgentRun): Promise<void> {
    for (;;) {
      try {
        for await (const event of run.events({ lossy: true })) this.#tellEvent(event)
        return
      } catch (error) {
        if (error instanceof RunDisposedError || run.result !== null) return
        // a step has failed: the next try is followed, too
      }
    }
  }

  #tellEvent(event: AgentEvent): void {
    if (originOf(event).eventKind === 'agent_run_result') return // the run says it
    const shown = bounded(event, messageBounds)
    if (!isRecord(shown)) return
    const { id: session } = this.#summary
    const { eventKind } = event
    this.#hub.tell({ type: 'event', session, atMs: Date.now(), event: { ...shown, eventKind } })
  }
}

/** Tells the hub of the actors of a session. */
export function actorDesk(hub: Hub, session: string): ActorDesk {
  const known = new Map<unknown, string | null>()
  const machineId: ActorDesk['machineId'] = (name, logic) => {
    const id = hub.machine(name, graphJson(logic as AnyStateMachine)) // it has states
    known.set(configOf(logic), id)
    return id
  }
  return {
    actor: (actor) => hub.tell({ type: 'actor', session, actor }),
    transition: (transition) => hub.tell({ type: 'transition', session, transition }),
    machineId: (name, logic) => known.get(configOf(logic)) ?? machineId(name, logic),
  }
}

function configOf(logic: unknown): unknown {
  return logic instanceof Object ? Reflect.get(logic, 'config') : undefined
}

function statusOf(
  run: AgentRun,
  value: unknown,
  { failure, node }: AgentContext,
): SessionSummary['status'] {
  const { status } = run.actor.getSnapshot()
  if (node.kind === 'end') return 'done'
  if (status === 'stopped') return 'stopped'
  if (isAtWork(value) || isSaving(value)) return isWaiting(value) ? 'waiting' : 'running'
  if (failure === null) return 'ready'
  return failure.error instanceof RunCancelledError ? 'stopped' : 'failed'
}

function isWaiting(value: unknown): boolean {
  return JSON.stringify(value) === '{"CallTools":{"active":"waiting"}}'
}

function isSaving(value: unknown): boolean {
  return JSON.stringify(value).endsWith('{"saving":"writing"}}')
}

function responseOf(message: unknown): ModelResponse | undefined {
  return isResponse(message) ? message : undefined
}

function isResponse(message: unknown): message is ModelResponse {
  return isRecord(message) && message['kind'] === 'response'
}

function originOf(event: AgentEvent): AgentEvent {
  return event.eventKind === 'nested' ? originOf(event.event) : event
}
