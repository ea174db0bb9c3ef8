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
import type { AgentContext, AgentInput, GraphEvent, StepOutcome } from '../../machines/index.ts'
import { logOf, type MessageLog, messagesOf, type ModelMessage } from '../messages/index.ts'
import {
  type Clock,
  failed,
  type RunSetup,
  type Step,
  StepContext,
  type StepMemo,
  type StepPorts,
} from '../steps/index.ts'
import type { AgentEvent } from '../streaming/index.ts'
import type { Toolset } from '../toolsets/index.ts'
import type { UsageMeter } from '../usage/index.ts'
import { StepWork } from './step-work.ts'

/** Whoever watches XState's inspection events: a function, or an observer such as `@statelyai/inspect` gives. */
export type Inspector = ((event: InspectionEvent) => void) | Observer<InspectionEvent>

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
  readonly onEvent: ((event: AgentEvent) => void) | undefined
  readonly inspect: Inspector | undefined
}

/** The run's actor, as far as its host speaks with it. */
export interface HostedActor {
  getSnapshot(): { readonly context: AgentContext }
  send(event: GraphEvent): void
}

export class RunHost {
  readonly start: RunStart
  log: MessageLog
  readonly #memo: StepMemo
  #actor: HostedActor | undefined
  #toolset: Promise<Toolset> | undefined
  #work: StepWork | undefined
  #hasTakenSignal = false
  #isStopped = false

  constructor(start: RunStart) {
    this.start = start
    this.log = logOf(start.history)
    this.#memo = {
      tools: undefined,
      settings: start.setup.model.settings ?? {},
      parameters: undefined,
      wire: undefined,
    }
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
    const ignoreSignal = this.#watchSignal()
    try {
      const outcome = this.#unlessCancelled(ports, await work.settled(step(ports), ports))
      if (outcome.kind === 'advanced' && outcome.node.kind === 'end') await this.#end()
      else if (this.#isOver(outcome)) await this.#closeQuietly() // H4
      return outcome
    } finally {
      work.isOpen = false
      this.#work = undefined
      ignoreSignal?.()
    }
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
  abort(reason: unknown): void {
    this.#work?.cancel(reason)
  }

  /** The actor was stopped from outside. */
  stop(): void {
    this.#isStopped = true
    if (this.#work === undefined) void this.#closeQuietly()
    else this.#work.cancel('The actor was stopped')
  }

  /** Closes the toolset; a run that goes on opens it again. @throws what closing threw */
  async close(): Promise<void> {
    const toolset = this.#toolset
    this.#toolset = undefined
    this.#memo.tools = undefined
    if (toolset !== undefined) await (await toolset).close?.() // H4
  }

  /** A view of the run for code outside of steps. */
  context(): StepContext {
    return new StepContext(this.#ports(new StepWork(this.start)))
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

  #ports(work: StepWork): StepPorts {
    const { setup, meter, clock, onEvent } = this.start
    return {
      setup,
      state: this.state,
      log: this.log,
      meter,
      clock,
      cancellation: work.cancellation,
      memo: this.#memo,
      openToolset: () => this.#openToolset(),
      emit: (event) => {
        if (work.isOpen) onEvent?.(event)
      },
      report: (report) => {
        if (work.isOpen) this.#send({ type: 'tool-calls-moved', ...report, usage: meter.usage })
      },
      around: (_, perform) => perform(),
      cancelRun: (reason) => this.#send({ type: 'cancel', reason }),
      onCutOff: (cutOff) => {
        work.cutOff = cutOff
      },
    }
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

  #send(event: GraphEvent): void {
    this.#actor?.send(event)
  }
}

/** Calls back when the signal is aborted, at once if it is. @returns stops listening */
function whenAborted(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) callback()
  else signal.addEventListener('abort', callback, { once: true })
  return () => signal.removeEventListener('abort', callback)
}

const NO_PRICE =
  'A cost limit is set, but no price was found for the model: nothing was held to the limit. Install @pydantic/genai-prices, or check the name of the model.'
