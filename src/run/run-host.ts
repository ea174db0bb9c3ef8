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
import {
  type AgentContext,
  type CallAddress,
  goesOn,
  type GraphEvent,
  type StepOutcome,
} from '../../machines/index.ts'
import { type DeadlineScope, RunEndedError } from '../errors/index.ts'
import {
  logOf,
  type MessageLog,
  messagesOf,
  type ModelResponse,
  truncate,
} from '../messages/index.ts'
import {
  type AwaitedCall,
  type RunSnapshot,
  type SavedRun,
  writeSnapshot,
} from '../snapshot/index.ts'
import {
  type ContextFacts,
  failed,
  type Follow,
  letGo,
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
  type ResponseFold,
} from '../streaming/index.ts'
import type { Toolset } from '../toolsets/index.ts'
import { awaitedIn } from './awaited.ts'
import type { CallViews } from './call-views.ts'
import { EventRecord, eventsOf, withResult } from './event-record.ts'
import { BelowKeeper } from './below-keeper.ts'
import type { HostedActor, HostedSnapshot } from './hosted-actor.ts'
import { draftOf, putAway } from './put-away.ts'
import { warnOfMissingPrice } from './price-warning.ts'
import { LiveRunsBelow } from './runs-below.ts'
import type { Keeper } from './keeper.ts'
import { type KeepStart, type KeptRun, RunKeeper } from './run-keeper.ts'
import type { FollowOptions, RunStart } from './run-start.ts'
import { StepWork } from './step-work.ts'
import { TimeLimit } from './time-limit.ts'
import { VerdictDesk } from './verdict-desk.ts'
import { whenAborted } from './when-aborted.ts'

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
  readonly #verdicts: VerdictDesk
  /** Saves the run; `undefined` when nobody does. */
  readonly keeper: Keeper | undefined
  readonly #below: LiveRunsBelow
  /** The actors of its calls; `undefined` where nobody can look at them. */
  views: CallViews | undefined
  /** Whether somebody may follow its actor: the chart is told of every move of a call, also where nothing comes of it. */
  isWatched = false
  readonly self = (): this => this

  constructor(start: RunStart) {
    const { keep, history, clock } = start
    this.start = start
    this.log = keep?.kept?.log ?? logOf(history)
    this.#shared = this.#sharedPorts()
    this.#verdicts = new VerdictDesk(clock, (event) => this.#send(event))
    this.#below = new LiveRunsBelow(
      () => this.state,
      async () => this.keeper?.save(),
    )
    this.keeper = this.#keeperFor(start)
  }

  attach(actor: HostedActor): void {
    this.#actor = actor
  }

  /** Deps for a run that was put away with some. */
  takeDeps(deps: unknown): void {
    this.start.setup.deps = deps
  }

  /** Does the work of a state. */
  async perform(step: Step): Promise<StepOutcome> {
    const work = new StepWork(this.start)
    const ports = this.#ports(work)
    this.#work = work
    this.#below.clear()
    this.record.beginStep()
    const stopClock = this.#watchRunDeadline(work)
    const ignoreSignal = this.#watchSignal()
    this.keeper?.watch()
    try {
      const working = this.keeper === undefined ? step(ports) : this.#kept(this.keeper, ports, step)
      const outcome = this.#unlessCancelled(ports, await work.settled(working, ports))
      if (this.#isEnd(outcome)) await this.#end()
      else if (this.#isOver(outcome)) await this.#closeQuietly() // H4
      if (outcome.kind === 'advanced') this.record.endStep()
      return outcome
    } finally {
      stopClock()
      work.close()
      this.#verdicts.clear()
      this.#work = undefined
      ignoreSignal?.()
      this.keeper?.unwatch()
    }
  }

  /** A step of a run that is saved: it begins when the run is known to be this process's own. */
  async #kept(keeper: Keeper, ports: StepPorts, step: Step): Promise<StepOutcome> {
    try {
      await keeper.open()
      ports.cancellation.throwIfCancelled()
    } catch (error) {
      return failed(ports, error)
    }
    return step({ ...ports, state: this.state }) // with what came from outside
  }

  /** Writes what a step came to. @throws what the store throws */
  async saveStep(): Promise<void> {
    const { unsaved } = this.state
    await this.keeper?.save(unsaved?.kind === 'advanced')
    if (unsaved !== null && this.#isEnd(unsaved)) await this.keeper?.release()
  }

  /** The calls have changed. */
  notice(context: AgentContext): void {
    this.#work?.notice(context)
    this.#verdicts.notice(context)
    this.#below.notice(context)
    this.keeper?.notice?.()
  }

  #keeperFor({ below, keep }: RunStart): Keeper | undefined {
    const run = {
      saved: (events: readonly GraphEvent[]) => this.saved(events),
      send: (event: GraphEvent) => this.#send(event),
      mayStillWait: (address: CallAddress) => this.#below.mayStillWait(address),
    }
    if (below !== undefined) return new BelowKeeper(run, below)
    return keep && new RunKeeper(this.#keptRun(keep), keep.options, keep.kept)
  }

  #keptRun({ options, forkedFrom = null }: KeepStart): KeptRun {
    const { input, clock } = this.start
    return {
      runId: input.runId,
      clock,
      forkedFrom,
      draft: (events) => draftOf(this.saved(events), options.retryAt ?? (() => null)),
      send: (event) => this.#send(event),
      isEarly: (event) => 'toolCallId' in event && this.#below.mayStillWait(event),
      enqueue: (enqueueId, content, how) => this.context().enqueueAs(enqueueId, content, how),
      lose: (error) => this.#work?.cancel(letGo(error)),
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
  commit(outcome: StepOutcome | null): void {
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
    else this.#work.cancel(letGo())
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

  /** A view of the run for code outside of steps. */
  context(facts: ContextFacts = {}): StepContext {
    return new StepContext(this.#ports(new StepWork(this.start)), facts)
  }

  async #end(): Promise<void> {
    warnOfMissingPrice(this.start.meter)
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
        const hasEnded = this.keeper?.hasEnded ?? false
        if (hasEnded || this.state.node.kind === 'end') throw new RunEndedError()
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
      report: ({ mustBeSaved = false, isLast = false, ...report }) => {
        if (!work.isOpen || (isLast && !this.isWatched)) return undefined
        const { usage } = this.start.meter
        const event = { type: 'tool-calls-moved', ...report, usage } as const
        if (this.keeper !== undefined && !isLast) return this.keeper.report(event, mustBeSaved)
        this.#send(event)
        return undefined
      },
      verdictOn: (index, deadline) => {
        const known = this.state.ledger[index]?.verdict
        if (known !== undefined) return Promise.resolve(known)
        return this.#verdicts.on(index, deadline, work.cancellation)
      },
      runsBelow: this.#below,
      actorOf: (index) => this.views?.above(index),
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
    const limit = new TimeLimit(this.start.clock, ms, () => {
      if (work.isOpen) this.#send({ type: 'deadline-passed', scope }) // H3
    })
    if (scope === 'tool-phase') work.limitCalls(limit, this.state)
    return () => limit.stop()
  }

  /** What the run waits for. */
  get awaits(): readonly AwaitedCall[] {
    return awaitedIn(this.state, this.start.setup.agentName ?? null)
  }

  /** The run on paper, as of now or after events that the chart is still to be told of. */
  saved(events: readonly GraphEvent[] = []): SavedRun {
    return this.#savedAt(this.#running.getSnapshot(), events)
  }

  /** The run on paper, as of a snapshot of its actor. */
  written(snapshot: HostedSnapshot = this.#running.getSnapshot()): RunSnapshot {
    return writeSnapshot(this.#savedAt(snapshot, []))
  }

  #savedAt(snapshot: HostedSnapshot, events: readonly GraphEvent[]): SavedRun {
    const { start } = this
    const log = truncate(this.log, snapshot.context.messageCount)
    const stop = this.#work?.cancellation.error
    const moment = { snapshot, log, terms: start.terms(snapshot.context), stop }
    return this.#below.collected(putAway(moment, events), start.meter.usage)
  }

  /** The chart's context now. */
  get state(): AgentContext {
    return this.#running.getSnapshot().context
  }

  get #running(): HostedActor {
    if (this.#actor === undefined) throw new Error('The run has no actor yet')
    return this.#actor
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

function nothing(): void {}
