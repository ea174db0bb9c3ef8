/**
 * One session of the page: what the server has told of it.
 *
 *   Takes in single messages, and shows what they came to, in signals, when it is asked to `publish`: a thousand
 *   messages at once are drawn once, and only what shows a thing is drawn again when it changes.
 */
import { batch, computed, type Signal, signal } from '@preact/signals'
import type { RunState, ServerMessage, SessionSummary, Span, VisitInfo } from '../protocol.ts'
import { ActorView } from './actor-view.ts'
import type { Graph } from './chart/graph.ts'
import { type Block, responseBlocks } from './entries.ts'
import { fieldOf, isObject, type JsonObject, textOf } from './json.ts'
import { foldResponse } from './live-response.ts'

/** What the server tells of one session. */
type Told = Extract<
  ServerMessage,
  { type: 'run' | 'messages' | 'event' | 'actor' | 'transition' | 'visit' | 'span' }
>

type Listed = 'actors' | 'callActors' | 'visits' | 'spans' | 'stepUsage' | 'messages' | 'live'
type StepUsage = RunState['stepUsage'][number]

/** A node that is being edited. */
export interface NodeDraft {
  /** Of the node. */
  readonly visit: number
  readonly text: string
}

/** What is told of one run, or of a foreign system. */
export class Session {
  readonly id: string
  readonly summary: Signal<SessionSummary>
  readonly run = signal<RunState | null>(null)
  /** By step. */
  readonly stepUsage = signal<ReadonlyMap<number, StepUsage>>(new Map())
  readonly messages = signal<readonly JsonObject[]>([])
  readonly visits = signal<readonly VisitInfo[]>([])
  readonly spans = signal<readonly Span[]>([])
  readonly actors = signal<readonly ActorView[]>([])
  /** Those of tool calls, the newest of each, by the call's id. */
  readonly callActors = signal<ReadonlyMap<string, ActorView>>(new Map())
  /** Parts of the response that streams. */
  readonly liveParts = signal<readonly JsonObject[]>([])
  /** Results that are in, but not yet in the messages. */
  readonly liveAnswers = signal<readonly JsonObject[]>([])
  /** Whose chart is shown; `null`: the first actor's. */
  readonly shownActor = signal<string | null>(null)
  /** The pending node as somebody edits it; `null`: nobody does. */
  readonly draft = signal<NodeDraft | null>(null)

  /** The request that is about to be sent, which is no part of the log yet. */
  readonly #pending = computed((): readonly JsonObject[] => {
    const run = this.run.value
    const visit = this.visits.value.find((one) => one.visit === run?.visit)
    const isSent = visit === undefined || this.messages.value.length > visit.messageCount
    return run === null || isSent ? [] : pendingRequest(run.node)
  })
  /** The messages, and the request behind them that is about to be sent. */
  readonly log = computed(() => [...this.messages.value, ...this.#pending.value])
  readonly liveBlocks = computed((): readonly Block[] => responseBlocks(this.liveParts.value, []))
  readonly actor = computed(() => {
    const shown = this.shownActor.value
    const found = this.actors.value.find(({ info }) => info.actorId === shown)
    return found ?? this.actors.value.find(({ info }) => info.machineId !== null) ?? null
  })

  // What was told and may not show yet.
  readonly #actors = new Map<string, ActorView>()
  readonly #callActors = new Map<string, ActorView>()
  readonly #visits = new Map<number, VisitInfo>()
  readonly #spans = new Map<string, Span>()
  readonly #stepUsage = new Map<number, StepUsage>()
  readonly #movedActors = new Set<ActorView>()
  readonly #changed = new Set<Listed>()
  #messages: JsonObject[] = []
  #liveParts: readonly JsonObject[] = []
  #liveAnswers: JsonObject[] = []

  constructor(summary: SessionSummary) {
    this.id = summary.id
    this.summary = signal(summary)
  }

  /** Takes in what is told of this session. */
  take(message: Told, graphs: ReadonlyMap<string, Graph>): void {
    switch (message.type) {
      case 'run':
        return this.#takeRun(message.run)
      case 'messages':
        return this.#takeMessages(message.from, message.messages)
      case 'event':
        return this.#takeEvent(message.event)
      case 'actor':
        this.#actors.set(message.actor.actorId, new ActorView(message.actor))
        this.#changed.add('actors')
        return
      case 'transition': {
        const actor = this.#actors.get(message.transition.actorId)
        if (actor === undefined) return
        actor.add(message.transition, graphs.get(actor.info.machineId ?? ''))
        this.#movedActors.add(actor)
        return this.#meetCall(actor, message.transition.context?.['toolCallId'])
      }
      case 'visit':
        this.#visits.set(message.visit.visit, message.visit)
        this.#changed.add('visits')
        return
      case 'span':
        this.#spans.set(message.span.spanId, message.span)
        this.#changed.add('spans')
        return
    }
  }

  /** Shows what was taken in. */
  publish(): void {
    const has = (what: Listed): boolean => this.#changed.delete(what)
    batch(() => {
      for (const actor of this.#movedActors) actor.publish()
      this.#movedActors.clear()
      if (has('actors')) this.actors.value = [...this.#actors.values()]
      if (has('callActors')) this.callActors.value = new Map(this.#callActors)
      if (has('visits')) this.visits.value = [...this.#visits.values()]
      if (has('spans')) this.spans.value = [...this.#spans.values()]
      if (has('stepUsage')) this.stepUsage.value = new Map(this.#stepUsage)
      if (has('messages')) this.messages.value = [...this.#messages]
      if (has('live')) {
        this.liveParts.value = this.#liveParts
        this.liveAnswers.value = [...this.#liveAnswers]
      }
    })
  }

  #meetCall(actor: ActorView, toolCallId: unknown): void {
    if (actor.info.kind !== 'call' || typeof toolCallId !== 'string') return
    if (this.#callActors.get(toolCallId) === actor) return
    this.#callActors.set(toolCallId, actor)
    this.#changed.add('callActors')
  }

  /** What each step used is told once and kept. */
  #takeRun(run: RunState): void {
    this.run.value = run
    for (const step of run.stepUsage) this.#stepUsage.set(step.visit, step)
    if (run.stepUsage.length > 0) this.#changed.add('stepUsage')
  }

  #takeMessages(from: number, messages: readonly unknown[]): void {
    this.#messages.splice(from, Infinity, ...messages.filter(isObject))
    this.#liveParts = []
    this.#liveAnswers = []
    this.#changed.add('messages').add('live')
  }

  #takeEvent(event: JsonObject): void {
    const { eventKind, part } = event
    const isFirst = eventKind === 'part_start' && event['index'] === 0
    this.#liveParts = foldResponse(isFirst ? [] : this.#liveParts, event)
    if (textOf(eventKind).endsWith('_tool_result') && isObject(part)) this.#liveAnswers.push(part)
    this.#changed.add('live')
  }

  /** A result that came for a call of the last response. */
  liveAnswer(toolCallId: string): JsonObject | undefined {
    return this.liveAnswers.value.find((part) => fieldOf(part, 'toolCallId') === toolCallId)
  }
}

function pendingRequest(node: JsonObject): readonly JsonObject[] {
  const { kind, request, userPrompt } = node
  if (kind === 'model-request' && isObject(request)) return [request]
  if (kind !== 'user-prompt' || userPrompt == null) return []
  return [{ kind: 'request', parts: [{ partKind: 'user-prompt', content: userPrompt }] }]
}
