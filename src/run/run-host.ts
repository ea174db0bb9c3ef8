/**
 * The process's side of one run: what the chart does not hold because it cannot be put on paper.
 *
 * Owns the message log, the meter, the opened toolset and the work that is under way. Is told by the chart, through the
 * hosted slots and actions, to perform a step, commit its messages and abort it; tells the chart what happens to calls.
 *
 *   H1. At most one step is under way.
 *   H2. The log changes when the chart has taken a step's outcome, never before.
 *   H3. After an abort a step settles within the grace, with what it has; what it says later is dropped.
 *   H4. The toolset is opened at most once at a time, and closed when the run ends, fails or is disposed of.
 */
import type { InspectionEvent, Observer } from 'xstate'
import {
  type AgentContext,
  type AgentInput,
  goesOn,
  type GraphEvent,
  type StepOutcome,
} from '../../machines/index.ts'
import { type DeadlineScope, RunCancelledError, RunEndedError, UserError } from '../errors/index.ts'
import {
  logOf,
  type MessageLog,
  messagesOf,
  type ModelMessage,
  type ModelResponse,
} from '../messages/index.ts'
import type { Clock } from '../models/index.ts'
import {
  type ContextFacts,
  failed,
  type Follow,
  type RunSetup,
  type Step,
  StepContext,
  type StepPorts,
  type StopError,
} from '../steps/index.ts'
import {
  type AgentEvent,
  type AwaitedOutput,
  EventFeed,
  type EventReader,
  type ReaderOptions,
  type ResponseFold,
} from '../streaming/index.ts'
import type { EventRelay } from '../tools/index.ts'
import type { Toolset } from '../toolsets/index.ts'
import type { UsageMeter } from '../usage/index.ts'
import { EventRecord, eventsOf } from './event-record.ts'
import { StepWork } from './step-work.ts'

/** Whoever watches XState's inspection events: a function, or an observer such as `@statelyai/inspect` gives. */
export type Inspector = ((event: InspectionEvent) => void) | Observer<InspectionEvent>

/** How a run's events are followed. */
export interface EventsOptions {
  /**
   * Where to begin: `'step'` with the step under way, of which a late reader is told in whole parts what it missed;
   * `'run'` with the first step, in whole parts, too. Default `'step'`.
   */
  readonly from?: 'run' | 'step'
  /** Deltas that were not read yet become one, instead of slowing the provider. Default `false`. */
  readonly lossy?: boolean
}

/** How a reader joins. */
export interface FollowOptions extends EventsOptions, Pick<ReaderOptions, 'onLeave'> {
  /** Whether a failure is the end: nobody is there to try again. Default `false`. */
  readonly isStream?: boolean
}

/** What a run is made from. */
export interface RunStart {
  readonly input: AgentInput
  readonly setup: RunSetup
  /** Messages of earlier runs, repaired. */
  readonly history: readonly ModelMessage[]
  readonly meter: UsageMeter
  readonly clock: Clock
  /** Cancels the run. */
  readonly signal: AbortSignal | undefined
  /** Whether responses are streamed although nobody reads them yet. */
  readonly isStreamed: boolean
  /** To those who follow the run above. */
  readonly relay: EventRelay | undefined
  readonly inspect: Inspector | undefined
}

/** The run's actor, as far as its host speaks with it. */
export interface HostedActor {
  getSnapshot(): { readonly context: AgentContext; readonly status: string }
  send(event: GraphEvent): void
}

/** What all steps of a run are given alike. */
type SharedPorts = Pick<
  StepPorts,
  | 'setup'
  | 'meter'
  | 'clock'
  | 'memo'
  | 'follow'
  | 'openToolset'
  | 'around'
  | 'enqueue'
  | 'cancelRun'
>

export class RunHost implements Follow {
  readonly start: RunStart
  log: MessageLog
  /** Whoever follows the run. */
  readonly feed = new EventFeed()
  /** What those who come late are told. */
  readonly record = new EventRecord()
  readonly #shared: SharedPorts
  #actor: HostedActor | undefined
  #toolset: Promise<Toolset> | undefined
  #work: StepWork | undefined
  #hasTakenSignal = false
  #isStopped = false

  constructor(start: RunStart) {
    this.start = start
    this.log = logOf(start.history)
    this.#shared = this.#sharedPorts()
  }

  /** Whether somebody watches every transition. */
  get isInspected(): boolean {
    return this.start.inspect !== undefined
  }

  attach(actor: HostedActor): void {
    this.#actor = actor
  }

  /** Does the work of a state. */
  async perform(step: Step): Promise<StepOutcome> {
    const work = new StepWork(this.start)
    const ports = this.#ports(work)
    this.#work = work
    this.record.beginStep()
    const stopClock = this.#watchRunDeadline(work)
    const ignoreSignal = this.#watchSignal()
    try {
      const outcome = this.#unlessCancelled(ports, await work.settled(step(ports), ports))
      if (this.#isEnd(outcome)) await this.#end()
      else if (this.#isOver(outcome)) await this.#closeQuietly() // H4
      if (outcome.kind === 'advanced') this.record.endStep()
      return outcome
    } finally {
      stopClock()
      work.close()
      this.#work = undefined
      ignoreSignal?.()
    }
  }

  #isEnd(outcome: StepOutcome): boolean {
    return (
      outcome.kind === 'advanced' && outcome.node.kind === 'end' && !goesOn(this.state, outcome)
    )
  }

  /** Whether nobody can drive the run on, although it has not reached its end. */
  #isOver({ kind }: StepOutcome): boolean {
    return this.#isStopped || (kind === 'failed' && this.start.input.onFailure === 'fail')
  }

  /** A step that was too far to stop is repeated when the run goes on: a cancel is never lost. */
  #unlessCancelled(ports: StepPorts, outcome: StepOutcome): StepOutcome {
    const { error } = ports.cancellation
    if (error === undefined || outcome.kind === 'failed') return outcome
    return failed(ports, error, { tail: messagesOf(outcome.messages).slice(this.log.length) })
  }

  /** The signal cancels once; a run that goes on afterwards is not cancelled by it again. */
  #watchSignal(): (() => void) | undefined {
    const { signal } = this.start
    if (signal === undefined || this.#hasTakenSignal) return undefined
    return whenAborted(signal, () => {
      this.#hasTakenSignal = true
      this.#send({ type: 'cancel', reason: signal.reason })
    })
  }

  /** Takes over the messages of a step. */
  commit(outcome: StepOutcome | undefined): void {
    if (outcome?.kind === 'advanced') this.log = outcome.messages // H2
  }

  /** The chart is cancelling: the step under way is to settle soon. */
  abort(error: StopError): void {
    this.#work?.cancel(error)
    this.feed.release() // readers hold up no cancel
  }

  /** The actor was stopped from outside. */
  stop(): void {
    this.#isStopped = true
    if (this.#work === undefined) void this.#closeQuietly()
    else this.#work.cancel(new RunCancelledError('The actor was stopped'))
  }

  /** Closes the toolset; a run that goes on opens it again. @throws what closing threw */
  async close(): Promise<void> {
    const toolset = this.#toolset
    this.#toolset = undefined
    this.#shared.memo.tools = undefined
    if (toolset !== undefined) await (await toolset).close?.() // H4
  }

  /** Joins the readers of the run's events; one that is over tells them once more. */
  follow(options: FollowOptions, result: unknown): EventReader {
    const { from = 'step', isStream = false, ...rest } = options
    const { failure } = this.state
    const isOver = result !== null || (isStream && failure !== null)
    const told = this.record.replay(from, failure !== null && !isOver)
    const reader = this.feed.join({
      ...rest,
      backlog: result === null ? told : withResult(told, result),
    })
    if (isOver) reader.close(failure ?? undefined)
    return reader
  }

  /** @throws {UserError} for a number of milliseconds that is none */
  deadlineIn(ms: number | null): { readonly at: number } | null {
    if (ms === null) return null
    if (ms >= 1 && Number.isFinite(ms)) return { at: this.start.clock.now() + ms }
    throw new UserError(`\`timeoutMs\` is ${ms}`, {
      hint: 'Give a number of milliseconds, or `null` for no limit',
    })
  }

  /** A view of the run for code outside of steps. */
  context(facts: ContextFacts = {}): StepContext {
    return new StepContext(this.#ports(new StepWork(this.start)), facts)
  }

  async #end(): Promise<void> {
    const { limits, usage } = this.start.meter
    if (limits.costLimit !== null && usage.cost === null && usage.requests > 0) {
      globalThis.process?.emitWarning?.(NO_PRICE, 'AgentWarning')
    }
    await this.#closeQuietly()
  }

  /** The end of a run is not lost because a toolset does not close. */
  async #closeQuietly(): Promise<void> {
    if (this.#toolset === undefined) return
    await Promise.allSettled([this.close()])
  }

  /** What is the same for all steps is made once. */
  #sharedPorts(): SharedPorts {
    const { setup, meter, clock } = this.start
    return {
      setup,
      meter,
      clock,
      memo: {
        selected: undefined,
        tools: undefined,
        settings: setup.model.settings ?? {},
        parameters: undefined,
        wire: undefined,
      },
      follow: this,
      openToolset: () => this.#openToolset(),
      around: (_, perform) => perform(),
      enqueue: (entry) => {
        if (this.state.node.kind === 'end') throw new RunEndedError()
        this.#send({ type: 'enqueue', entry })
      },
      cancelRun: (reason) => this.#send({ type: 'cancel', reason }),
    }
  }

  #ports(work: StepWork): StepPorts {
    return {
      ...this.#shared,
      state: this.state,
      log: this.log,
      work,
      cancellation: work.cancellation,
      emit: (event) => {
        if (!work.isOpen) return
        this.record.keep(event)
        this.#tell(event)
      },
      report: (report) => {
        if (!work.isOpen) return
        this.#send({ type: 'tool-calls-moved', ...report, usage: this.start.meter.usage })
      },
      limitTime: (scope, ms) => this.#limitTime(work, scope, ms),
      onCutOff: (cutOff) => {
        work.cutOff = cutOff
      },
    }
  }

  /** To those who follow this run, and those above it. */
  #tell(event: AgentEvent): void {
    this.feed.push(event)
    const { relay, input, setup } = this.start
    if (relay?.isStreamed !== true) return
    relay.tell({ runId: input.runId, agentName: setup.agentName ?? null }, event)
  }

  get isStreamed(): boolean {
    const { isStreamed, relay } = this.start
    return isStreamed || this.feed.hasReaders || relay?.isStreamed === true
  }

  room(): Promise<void> | undefined {
    return this.feed.room() ?? this.start.relay?.room()
  }

  growing(fold: ResponseFold): void {
    this.record.follow(fold)
  }

  whole(response: ModelResponse, awaited: AwaitedOutput, isTold: boolean): void {
    this.record.keepResponse(response, awaited)
    if (isTold || !this.isStreamed) return
    for (const event of eventsOf(response, awaited)) this.#tell(event)
  }

  #watchRunDeadline(work: StepWork): () => void {
    const { deadline } = this.state
    const ms = deadline === null ? undefined : deadline.at - this.start.clock.now()
    return this.#limitTime(work, 'run', ms)
  }

  #limitTime(work: StepWork, scope: DeadlineScope, ms: number | undefined): () => void {
    if (ms === undefined) return nothing
    const { clock } = this.start
    const pass = (): void => {
      if (work.isOpen) this.#send({ type: 'deadline-passed', scope }) // H3
    }
    if (ms <= 0) {
      pass() // at once: a step that is quicker than a timer would get through
      return nothing
    }
    const id = clock.setTimeout(pass, ms)
    return () => clock.clearTimeout(id)
  }

  /** The chart's context now. */
  get state(): AgentContext {
    if (this.#actor === undefined) throw new Error('The run has no actor yet')
    return this.#actor.getSnapshot().context
  }

  #openToolset(): Toolset | Promise<Toolset> {
    const { toolset } = this.start.setup
    if (toolset.forRun === undefined && toolset.open === undefined) return toolset
    this.#toolset ??= this.#opened(toolset)
    return this.#toolset
  }

  async #opened(toolset: Toolset): Promise<Toolset> {
    try {
      const own = (await toolset.forRun?.(this.context())) ?? toolset
      await own.open?.()
      return own
    } catch (error) {
      this.#toolset = undefined // the next step tries again
      throw error
    }
  }

  /** What comes after the end, from a context that was kept, is nothing. */
  #send(event: GraphEvent): void {
    if (this.#actor?.getSnapshot().status === 'active') this.#actor.send(event)
  }
}

function* withResult(told: Iterable<AgentEvent>, result: unknown): Generator<AgentEvent> {
  yield* told
  yield { eventKind: 'agent_run_result', result }
}

function nothing(): void {}

/** Calls back when the signal is aborted, at once if it is. @returns stops listening */
function whenAborted(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) callback()
  else signal.addEventListener('abort', callback, { once: true })
  return () => signal.removeEventListener('abort', callback)
}

const NO_PRICE =
  'A cost limit is set, but no price was found for the model: nothing was held to the limit. Install @pydantic/genai-prices, or check the name of the model.'
