import type { AcceptedDifferences } from '../agent/index.ts'
import type { AnyActorRef } from 'xstate'
import type {
  AgentContext,
  CallFacts,
  CallMove,
  NestedRun,
  PendingMessages,
  StepAdvanced,
  StepFailed,
  StepOutcome,
  Verdict,
} from '../../machines/index.ts'
import type { MessageLog, ModelMessage, ModelResponse } from '../messages/index.ts'
import type { Clock, Model, ModelSettings } from '../models/index.ts'
import type { OutputPlan, OutputValidator } from '../output/index.ts'
import { DeadlinePassedError, type DeadlineScope } from '../errors/index.ts'
import type { Cancellation, StopError } from './cancellation.ts'
import type { AgentEvent, AwaitedOutput, ResponseFold } from '../streaming/index.ts'
import type { Toolset } from '../toolsets/index.ts'
import type { UsageMeter } from '../usage/index.ts'
import type { WireMemo } from './request-messages.ts'
import type { ParametersMemo } from './request-parameters.ts'
import type { StepTools } from './step-tools.ts'
import type { EndStrategy } from './end-strategies.ts'
import type { Instruction } from './instructions.ts'
import type { SelectedModel, SelectModel } from './select-model.ts'
import type { SettingsLayer } from './settings.ts'
import type { SystemPrompt } from './system-prompts.ts'
import type { AttachedRun, RunContext } from '../tools/index.ts'

/** JSON data that goes with a run, or a function that makes it when the run starts. */
export type Metadata<TDeps> =
  | Readonly<Record<string, unknown>>
  | ((ctx: RunContext<TDeps>) => Readonly<Record<string, unknown>>)

/** What was decided about a run before its first step: the agent's configuration with the run's own on top. */
export interface RunSetup {
  readonly agentName: string | undefined
  /** Given later to a run that was put away with some. */
  deps: unknown
  readonly model: Model
  readonly selectModel: SelectModel | undefined
  /** Time limits in milliseconds; `undefined` for none. */
  readonly timeouts: {
    readonly modelRequest: number | undefined
    readonly toolPhase: number | undefined
  }
  /** Lowest first. */
  readonly settings: readonly SettingsLayer<unknown>[]
  readonly instructions: readonly Instruction<unknown>[]
  readonly systemPrompts: readonly SystemPrompt<unknown>[]
  readonly toolset: Toolset
  readonly output: OutputPlan
  readonly validators: readonly OutputValidator<unknown, unknown>[]
  readonly retries: { readonly tools: number; readonly output: number }
  readonly endStrategy: EndStrategy
  readonly toolTimeoutMs: number | undefined
  readonly maxConcurrency: number
  readonly metadata: readonly Metadata<unknown>[]
  readonly cancelGraceMs: number
  /** What becomes of calls that somebody outside is to approve or to answer: the run ends with them, or waits. */
  readonly deferred: 'end' | 'wait'
  /** How long a call waits, in milliseconds; `undefined`: as long as it takes. */
  readonly waitTimeoutMs: number | undefined
  /** What happens then. */
  readonly onWaitExpired: 'tell-model' | 'fail'
  /** Tools that were called otherwise when the run was put away; `null`: they are gone. */
  readonly renamedTools: ReadonlyMap<string, string | null>
  /** What else was accepted when the run was taken up; runs below are taken up with it, too. */
  readonly accept?: AcceptedDifferences
}

/** What steps remember for the next one. Only a saving of work: after a restore it is empty. */
export interface StepMemo {
  /** The model that was chosen for the last request, if the run chooses. */
  selected: SelectedModel | undefined
  tools: StepTools | undefined
  settings: ModelSettings
  parameters: ParametersMemo | undefined
  wire: WireMemo | undefined
}

/** What happened to calls since the last report; see the event `tool-calls-moved`. */
export interface CallReport {
  readonly opened?: readonly CallFacts[]
  readonly moves: readonly CallMove[]
  readonly nested?: readonly { readonly index: number; readonly run: NestedRun | null }[]
  /** What follows has effects: it must not happen unless this is written. */
  readonly mustBeSaved?: boolean
  /** The phase ends with it, and with it the ledger: only those who look want to know. */
  readonly isLast?: boolean
}

/** What is under way, for whoever wraps it. */
export interface WorkFacts {
  readonly kind: 'model-request' | 'tool-call'
  /** The model's or the tool's name. */
  readonly name: string
  readonly toolCallId?: string
}

/** Everything a step needs from its host. */
export interface StepPorts {
  readonly setup: RunSetup
  /** The chart's context when the step began. */
  readonly state: AgentContext
  readonly log: MessageLog
  readonly meter: UsageMeter
  readonly clock: Clock
  /** Whether the step is still under way; what it says once it has settled is dropped. */
  readonly isOpen: boolean
  readonly cancellation: Cancellation
  readonly memo: StepMemo
  /** Who follows the run's events. */
  readonly follow: Follow
  /** The runs below its calls. */
  readonly runsBelow: RunsBelow
  /** Wraps each piece of work; hooks and spans hang here. `undefined`: nobody wants to. */
  readonly around:
    | (<TValue>(facts: WorkFacts, work: () => Promise<TValue>) => Promise<TValue>)
    | undefined
  /** From now on, the step is one with this model. */
  useModel(model: Model): void
  /** The run's toolset, opened at first use. */
  openToolset(): Toolset | Promise<Toolset>
  emit(event: AgentEvent): void
  /**
   * Tells the chart what happened to calls. A promise when the run is stored: it resolves once that is written, and
   * rejects only if it had to be and could not.
   */
  report(report: CallReport): Promise<void> | undefined
  /** Waits for what somebody outside says about the call at this place; until `deadline`, if there is one. */
  awaitVerdict(index: number, deadline: number | undefined, waiter: VerdictWaiter): void
  /** Whoever waits for a verdict gets this error instead. */
  refuseVerdicts(error: unknown): void
  cancelRun(reason?: unknown): void
  enqueue(entry: PendingMessages): void
  /** Gives what is under way so much time. @returns gives it all the time there is */
  limitTime(scope: DeadlineScope, ms: number | undefined): () => void
  /** The actor that a run below this call is shown under; without one, below the run. `undefined`: nobody looks. */
  actorOf(index: number | undefined): AnyActorRef | undefined
  /** Says what is to be done if the step must be cut off because it does not end by itself. */
  onCutOff(cutOff: CutOff): void
}

/** Runs below the calls of a step, by the place of their call. */
export interface RunsBelow {
  attach(index: number, run: AttachedRun): void
  /** Does nothing when another run has taken its place: that of a later try. */
  detach(index: number, run: AttachedRun): void
  /** Resolves once the run is saved as it is now; at once when nobody saves it. */
  keep(): Promise<void>
}

/** Who waits for verdicts. Is told one of the two for each call, once, and not before who said it has gone on. */
export interface VerdictWaiter {
  take(index: number, verdict: Verdict): void
  /** The step is to stop. */
  refuse(error: unknown): void
}

/** What a step knows of those who follow the run. */
export interface Follow {
  /** Whether responses are wanted piece by piece. Changes as readers come and go. */
  readonly isStreamed: boolean
  /** Resolves when the readers have caught up; `undefined` when there is room now. */
  room(): Promise<void> | undefined
  /** Told of the response that is being streamed, so that late readers learn how far it is. */
  growing(fold: ResponseFold): void
  /** Told of a response that is whole. `isTold`: it was streamed in this step; else who reads now learns of it here. */
  whole(response: ModelResponse, awaited: AwaitedOutput, isTold: boolean): void
}

/** How a step that does not end is left behind. */
export interface CutOff {
  /** What the log would get if the step ended now. */
  readonly tail: () => readonly ModelMessage[]
  /** Gives back what was reserved; what comes later does not count. */
  readonly abandon?: () => void
}

/** The work of one state; a promise only if something has to be waited for. */
export type Step = (ports: StepPorts) => StepOutcome | Promise<StepOutcome>

/** Now, as messages have it. */
export function timestamp({ clock }: Pick<StepPorts, 'clock'>): string {
  const nowMs = clock.now()
  if (nowMs !== latest.ms) latest = { ms: nowMs, text: new Date(nowMs).toISOString() }
  return latest.text
}

/** A step asks for the time of many parts within one millisecond. */
let latest = { ms: Number.NaN, text: '' }

export function advanced(
  ports: StepPorts,
  outcome: Omit<StepAdvanced, 'kind' | 'usage'>,
): StepAdvanced {
  return { kind: 'advanced', usage: ports.meter.usage, ...outcome }
}

export function failed(
  ports: StepPorts,
  error: unknown,
  { isFinal = false, tail = [], heldResponse = null }: FailureFacts = {},
): StepFailed {
  const { error: cancelled } = ports.cancellation
  return {
    kind: 'failed',
    error: cancelled ?? error, // whatever a step fails with once it is cancelled comes of that
    isFinal: cancelled === undefined ? isFinal : isOver(cancelled),
    tail,
    usage: ports.meter.usage,
    heldResponse,
  }
}

/** Time does not come back: trying again needs a new deadline. */
function isOver(error: StopError): boolean {
  return error instanceof DeadlinePassedError && error.scope === 'run'
}

export interface FailureFacts {
  readonly isFinal?: boolean
  readonly tail?: readonly ModelMessage[]
  readonly heldResponse?: ModelResponse | null
}
