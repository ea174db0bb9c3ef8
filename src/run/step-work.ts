import type { AnyActorRef } from 'xstate'
import {
  type AgentContext,
  onlyWaits,
  type PendingMessages,
  type StepOutcome,
} from '../../machines/index.ts'
import type { DeadlineScope } from '../errors/index.ts'
import type { MessageLog } from '../messages/index.ts'
import type { Model } from '../models/index.ts'
import {
  type CallReport,
  Cancellation,
  type CutOff,
  failed,
  type Follow,
  type RunsBelow,
  type RunSetup,
  type Step,
  type StepMemo,
  type StepPorts,
  type StopError,
  type VerdictWaiter,
} from '../steps/index.ts'
import type { AgentEvent } from '../streaming/index.ts'
import type { Toolset } from '../toolsets/index.ts'
import type { RunStart } from './run-start.ts'
import { TimeLimit } from './time-limit.ts'

/** Told once what a step came to. */
export interface Settlement {
  settle(outcome: StepOutcome): void
  /** Only a step that is broken ends like this. */
  reject(error: unknown): void
}

/** What is to be done, and for whom. */
export interface Assignment {
  readonly step: Step
  readonly settlement: Settlement
}

/** What steps need of their run. */
export interface WorkHost extends Follow {
  readonly start: RunStart
  readonly state: AgentContext
  readonly log: MessageLog
  readonly memo: StepMemo
  readonly runsBelow: RunsBelow
  openToolset(): Toolset | Promise<Toolset>
  emit(event: AgentEvent): void
  report(report: CallReport): Promise<void> | undefined
  enqueue(entry: PendingMessages): void
  cancelRun(reason?: unknown): void
  awaitVerdict(index: number, deadline: number | undefined, waiter: VerdictWaiter): void
  refuseVerdicts(error: unknown): void
  actorOf(index: number | undefined): AnyActorRef | undefined
  passDeadline(scope: DeadlineScope): void
  begin(step: Step, work: StepWork): StepOutcome | Promise<StepOutcome>
  conclude(work: StepWork, assignment: Assignment, outcome: StepOutcome): void
  fail(work: StepWork, assignment: Assignment, error: unknown): void
}

const nothing: CutOff = { tail: () => [] }

/** One step under way: what it works with, and how it ends if it does not end by itself. */
export class StepWork implements StepPorts {
  readonly around: StepPorts['around'] = undefined
  readonly cancellation = new Cancellation()
  readonly log: MessageLog
  setup: RunSetup
  state: AgentContext
  /** False once the step has settled: what it says later is dropped. */
  isOpen = true
  readonly #host: WorkHost
  #cutOff: CutOff = nothing
  /** Until it has settled. */
  #assignment: Assignment | undefined
  /** The latest report, while it is written; the chart is told of it then. */
  #reporting: Promise<void> | undefined
  #timer: unknown
  #callsLimit: TimeLimit | undefined

  /** @param assignment `undefined`: nothing is to be done, the run is only looked at */
  constructor(host: WorkHost, assignment?: Assignment) {
    this.#host = host
    this.#assignment = assignment
    this.setup = host.start.setup
    this.state = host.state
    this.log = host.log
  }

  get meter(): StepPorts['meter'] {
    return this.#host.start.meter
  }
  get clock(): StepPorts['clock'] {
    return this.#host.start.clock
  }
  get memo(): StepMemo {
    return this.#host.memo
  }
  get follow(): Follow {
    return this.#host
  }
  get runsBelow(): RunsBelow {
    return this.#host.runsBelow
  }

  useModel(model: Model): void {
    this.setup = { ...this.setup, model }
  }

  /** The chart has moved on before the step began. */
  refresh(): void {
    this.state = this.#host.state
  }

  openToolset(): Toolset | Promise<Toolset> {
    return this.#host.openToolset()
  }

  emit(event: AgentEvent): void {
    if (this.isOpen) this.#host.emit(event)
  }

  report(report: CallReport): Promise<void> | undefined {
    if (!this.isOpen) return undefined
    const reporting = this.#host.report(report)
    this.#reporting = reporting ?? this.#reporting
    return reporting
  }

  awaitVerdict(index: number, deadline: number | undefined, waiter: VerdictWaiter): void {
    const { error } = this.cancellation
    if (error === undefined) this.#host.awaitVerdict(index, deadline, waiter)
    else queueMicrotask(() => waiter.refuse(error))
  }

  refuseVerdicts(error: unknown): void {
    this.#host.refuseVerdicts(error)
  }

  cancelRun(reason?: unknown): void {
    this.#host.cancelRun(reason)
  }

  enqueue(entry: PendingMessages): void {
    this.#host.enqueue(entry)
  }

  actorOf(index: number | undefined): AnyActorRef | undefined {
    return this.#host.actorOf(index)
  }

  onCutOff(cutOff: CutOff): void {
    this.#cutOff = cutOff
  }

  limitTime(scope: DeadlineScope, ms: number | undefined): () => void {
    if (ms === undefined) return doNothing
    const limit = new TimeLimit(this.clock, ms, () => {
      if (this.isOpen) this.#host.passDeadline(scope) // H3
    })
    if (scope === 'tool-phase') {
      this.#callsLimit = limit
      this.notice(this.#host.state)
    }
    return () => limit.stop()
  }

  /** The calls have changed: time in which only people are waited for is not theirs. */
  notice(context: AgentContext): void {
    if (this.#callsLimit === undefined) return
    if (onlyWaits(context)) this.#callsLimit.pause()
    else this.#callsLimit.goOn()
  }

  /** Tells the step to stop, and cuts it off when it has not settled within the grace. */
  cancel(error: StopError): void {
    const { isCancelled } = this.cancellation
    this.cancellation.cancel(error)
    if (isCancelled) return
    this.#host.refuseVerdicts(error)
    this.#timer = this.clock.setTimeout(() => this.#giveUp(), this.setup.cancelGraceMs)
  }

  /**
   * Does the step, not before the chart has taken the transition that leads here. Hands on what the step settles with,
   * or what it has when it is cut off: once.
   */
  start(): void {
    queueMicrotask(() => this.#perform())
  }

  #perform(): void {
    if (this.#assignment === undefined) return
    try {
      const outcome = this.#host.begin(this.#assignment.step, this)
      if (!('then' in outcome)) return this.#settle(outcome)
      outcome.then(
        (settled) => this.#settle(settled),
        (error: unknown) => this.#fail(error),
      )
    } catch (error) {
      this.#fail(error)
    }
  }

  /** A step that is to be repeated has not failed before the chart knows what has happened to calls. */
  #settle(outcome: StepOutcome): void {
    const leadsOn = outcome.kind === 'advanced' && !this.cancellation.isCancelled
    if (leadsOn || this.#reporting === undefined) return this.#conclude(outcome)
    const conclude = (): void => this.#conclude(outcome)
    this.#reporting.then(conclude, conclude)
  }

  #conclude(outcome: StepOutcome): void {
    const assignment = this.#take()
    if (assignment !== undefined) this.#host.conclude(this, assignment, outcome)
  }

  #fail(error: unknown): void {
    const assignment = this.#take()
    if (assignment !== undefined) this.#host.fail(this, assignment, error)
  }

  #giveUp(): void {
    const outcome = failed(this, this.cancellation.error, { tail: this.#cutOff.tail() })
    const assignment = this.#take()
    if (assignment === undefined) return
    this.#cutOff.abandon?.()
    this.isOpen = false
    this.#host.conclude(this, assignment, outcome)
  }

  /** Whoever ends it first is the only one. */
  #take(): Assignment | undefined {
    const assignment = this.#assignment
    this.#assignment = undefined
    return assignment
  }

  /** The step is over, whatever it still does. */
  close(): void {
    this.isOpen = false
    if (this.#timer !== undefined) this.clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }
}

function doNothing(): void {}
