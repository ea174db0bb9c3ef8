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
import type { AnyActorRef } from 'xstate'
import {
  type AgentContext,
  type CallAddress,
  goesOn,
  type GraphEvent,
  type PendingMessages,
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
  type CallReport,
  type ContextFacts,
  failed,
  letGo,
  type Step,
  StepContext,
  type StepMemo,
  type StopError,
  type VerdictWaiter,
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
import { draftsWith, putAway } from './put-away.ts'
import { warnOfMissingPrice } from './price-warning.ts'
import { LiveRunsBelow } from './runs-below.ts'
import type { Keeper } from './keeper.ts'
import { type KeepStart, type KeptRun, RunKeeper } from './run-keeper.ts'
import type { FollowOptions, RunStart } from './run-start.ts'
import { settledStep } from './settled-step.ts'
import { type Assignment, type Settlement, StepWork, type WorkHost } from './step-work.ts'
import { VerdictDesk } from './verdict-desk.ts'
import { whenAborted } from './when-aborted.ts'

export class RunHost implements WorkHost {
  readonly start: RunStart
  log: MessageLog
  /** Whoever follows the run. */
  readonly feed = new EventFeed()
  /** What those who come late are told. */
  readonly record = new EventRecord()
  readonly memo: StepMemo
  #actor: HostedActor | undefined
  #toolset: Promise<Toolset> | undefined
  #work: StepWork | undefined
  /** How the calls of the step ended, which only matters if it does not lead on. */
  #untold: GraphEvent | undefined
  #stopClock: (() => void) | undefined
  #ignoreSignal: (() => void) | undefined
  #hasTakenSignal = false
  #isStopped = false
  /** Where its steps wait for people; made once one does. */
  #verdicts: VerdictDesk | undefined
  /** Saves the run; `undefined` when nobody does. */
  readonly keeper: Keeper | undefined
  readonly runsBelow: LiveRunsBelow
  /** The actors of its calls; `undefined` where nobody can look at them. */
  views: CallViews | undefined
  /** Whether somebody may follow its actor: the chart is told of every move of a call, also where nothing comes of it. */
  isWatched = false
  isSubscribed = false // to its actor, by somebody besides the run itself
  readonly self = (): this => this

  constructor(start: RunStart) {
    const { keep, history } = start
    this.start = start
    this.log = keep?.kept?.log ?? logOf(history)
    this.memo = {
      selected: undefined,
      tools: undefined,
      settings: start.setup.model.settings ?? {},
      parameters: undefined,
      wire: undefined,
    }
    this.runsBelow = new LiveRunsBelow(this)
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
  perform(step: Step, settlement: Settlement): void {
    const work = new StepWork(this, { step, settlement })
    this.#work = work
    this.#untold = undefined
    this.runsBelow.clear()
    this.record.beginStep()
    this.#stopClock = this.#watchRunDeadline(work)
    this.#ignoreSignal = this.#watchSignal()
    this.keeper?.watch()
    work.start()
  }

  begin(step: Step, work: StepWork): StepOutcome | Promise<StepOutcome> {
    return this.keeper === undefined ? step(work) : this.#kept(this.keeper, work, step)
  }

  conclude(work: StepWork, { settlement }: Assignment, outcome: StepOutcome): void {
    const taken = this.#unlessCancelled(work, outcome)
    const closing = this.#closeAfter(taken)
    const end = (): void => {
      if (taken.kind === 'advanced') this.record.endStep()
      this.#leave(work)
      settlement.settle(taken)
    }
    if (closing === undefined) end()
    else void closing.then(end)
  }

  fail(work: StepWork, { settlement }: Assignment, error: unknown): void {
    this.#leave(work)
    settlement.reject(error)
  }

  #leave(work: StepWork): void {
    this.#stopClock?.()
    work.close()
    this.#verdicts?.clear()
    this.#work = undefined
    this.#ignoreSignal?.()
    this.keeper?.unwatch()
  }

  /** A step of a run that is saved: it begins when the run is known to be this process's own. */
  async #kept(keeper: Keeper, work: StepWork, step: Step): Promise<StepOutcome> {
    try {
      await keeper.open()
      work.cancellation.throwIfCancelled()
    } catch (error) {
      return failed(work, error)
    }
    work.refresh() // with what came from outside
    return step(work)
  }

  /** Writes what a step came to; `undefined` when that can wait. @throws what the store throws */
  saveStep(): Promise<void> | undefined {
    const { unsaved } = this.state
    const isOver = (): boolean => unsaved !== null && this.#isEnd(unsaved)
    const saving = this.keeper?.saveStep(settledStep(this))
    return saving?.then(() => (isOver() ? this.keeper?.release() : undefined))
  }

  /** The calls have changed. */
  notice(context: AgentContext): void {
    this.#work?.notice(context)
    this.#verdicts?.notice(context)
    this.runsBelow.notice(context)
    this.keeper?.notice?.()
  }

  #keeperFor({ below, keep }: RunStart): Keeper | undefined {
    const run = {
      saved: (events: readonly GraphEvent[]) => this.saved(events),
      send: (event: GraphEvent) => this.#send(event),
      mayStillWait: (address: CallAddress) => this.runsBelow.mayStillWait(address),
    }
    if (below !== undefined) return new BelowKeeper(run, below)
    return keep && new RunKeeper(this.#keptRun(keep), keep.options, keep.kept)
  }

  #keptRun({ options, forkedFrom = null }: KeepStart): KeptRun {
    const { input, clock } = this.start
    const drafted = draftsWith(options.retryAt)
    return {
      runId: input.runId,
      clock,
      forkedFrom,
      draft: (events) => drafted(this.saved(events)),
      send: (event) => this.#send(event),
      isEarly: (event) => 'toolCallId' in event && this.runsBelow.mayStillWait(event),
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
  #unlessCancelled(work: StepWork, outcome: StepOutcome): StepOutcome {
    const { error } = work.cancellation
    if (error === undefined || outcome.kind === 'failed') return outcome
    if (this.#untold !== undefined) this.#send(this.#untold)
    return failed(work, error, { tail: messagesOf(outcome.messages).slice(this.log.length) })
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
    this.memo.tools = undefined
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
    return new StepContext(new StepWork(this), facts)
  }

  /** What is to be closed before a step is over; `undefined`: nothing. */
  #closeAfter(outcome: StepOutcome): Promise<void> | undefined {
    const isEnd = this.#isEnd(outcome)
    if (isEnd) warnOfMissingPrice(this.start.meter)
    return isEnd || this.#isOver(outcome) ? this.#closeQuietly() : undefined // H4
  }

  /** The end of a run is not lost because a toolset does not close. */
  #closeQuietly(): Promise<void> | undefined {
    return this.#toolset === undefined ? undefined : this.close().catch(() => {})
  }

  enqueue(entry: PendingMessages): void {
    const hasEnded = this.keeper?.hasEnded ?? false
    if (hasEnded || this.state.node.kind === 'end') throw new RunEndedError()
    this.#send({ type: 'enqueue', entry })
  }

  cancelRun(reason?: unknown): void {
    this.#send({ type: 'cancel', reason })
  }

  emit(event: AgentEvent): void {
    this.record.keep(event)
    this.#tell(event)
  }

  report(report: CallReport): Promise<void> | undefined {
    const { opened, moves, nested, mustBeSaved = false, isLast = false } = report
    const { usage } = this.start.meter
    const event: GraphEvent = {
      type: 'tool-calls-moved',
      moves,
      usage,
      ...(opened && { opened }),
      ...(nested && { nested }),
    }
    if (isLast && !this.isWatched) {
      this.#untold = event
      return undefined
    }
    if (this.keeper !== undefined && !isLast) return this.keeper.report(event, mustBeSaved)
    this.#send(event)
    return undefined
  }

  awaitVerdict(index: number, deadline: number | undefined, waiter: VerdictWaiter): void {
    this.#verdicts ??= new VerdictDesk(this)
    this.memo.wire = undefined // it may wait for days: the next request looks through the history once more
    this.#verdicts.add(index, deadline, waiter)
  }

  expireWait(index: number, at: string): void {
    this.#send({ type: 'deadline-passed', scope: 'wait', index, at })
  }

  refuseVerdicts(error: unknown): void {
    this.#verdicts?.refuse(error)
  }

  actorOf(index: number | undefined): AnyActorRef | undefined {
    return this.views?.above(index)
  }

  passDeadline(scope: DeadlineScope): void {
    this.#send({ type: 'deadline-passed', scope })
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

  #watchRunDeadline(work: StepWork): (() => void) | undefined {
    const { deadline } = this.state
    return deadline === null
      ? undefined
      : work.limitTime('run', deadline.at - this.start.clock.now())
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
    return this.runsBelow.collected(putAway(moment, events), start.meter.usage)
  }

  /** The chart's context now. */
  get state(): AgentContext {
    return this.#running.getSnapshot().context
  }

  get #running(): HostedActor {
    if (this.#actor === undefined) throw new Error('The run has no actor yet')
    return this.#actor
  }

  openToolset(): Toolset | Promise<Toolset> {
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
