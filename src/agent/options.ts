import type { Inspector, KeepOptions } from '../run/index.ts'
import type { Lease, Store } from '../store/index.ts'
import type { RunCapture } from './capture.ts'
import type { DeferredToolResults, ModelMessageInput, UserContentInput } from '../messages/index.ts'
import type { Clock, ModelInput } from '../models/index.ts'
import type { OutputSpec, OutputValidator } from '../output/index.ts'
import type {
  EndStrategy,
  Instruction,
  Metadata,
  SelectModel,
  SettingsLayer,
  SystemPrompt,
} from '../steps/index.ts'
import type { RunContext, Tool } from '../tools/index.ts'
import type { Toolset } from '../toolsets/index.ts'
import type { RunUsageInput, UsageLimits, UsageMeter } from '../usage/index.ts'

/** Retry budgets: one number for both, or each by itself. Default 1. */
export type Retries = number | { readonly tools?: number; readonly output?: number }

/** What an agent is made from. Everything may be left out; a run may bring what is its own matter. */
export interface AgentOptions<TDeps, TSpec extends OutputSpec<TDeps> | undefined, TOutput> {
  readonly name?: string
  readonly description?: string
  /** May be left out and given with each run. */
  readonly model?: ModelInput
  readonly instructions?: Instruction<TDeps> | readonly Instruction<TDeps>[]
  readonly systemPrompt?: SystemPrompt<TDeps> | readonly SystemPrompt<TDeps>[]
  readonly tools?: readonly Tool<TDeps>[]
  readonly toolsets?: readonly Toolset<TDeps>[]
  /** Absent means text. */
  readonly output?: TSpec
  readonly outputValidators?: readonly OutputValidator<TDeps, TOutput>[]
  readonly modelSettings?: SettingsLayer<TDeps>
  /** Chooses the model of each request; `undefined` leaves it to `model`. */
  readonly selectModel?: SelectModel<TDeps>
  readonly retries?: Retries
  readonly endStrategy?: EndStrategy
  readonly usageLimits?: UsageLimits
  /** For tools without a limit of their own, in milliseconds. Default: none. */
  readonly toolTimeoutMs?: number
  /** Tool calls of one response that run at the same time. Default: no bound. */
  readonly maxConcurrency?: number
  readonly metadata?: Metadata<TDeps>
  /** See {@link RunOptions}. */
  readonly deferred?: 'end' | 'wait'
  /** See {@link RunOptions}. */
  readonly waitTimeoutMs?: number
  /** See {@link RunOptions}. */
  readonly onWaitExpired?: 'tell-model' | 'fail'
}

/** Options of one run; they go before the agent's own. */
export interface RunOptions<
  TDeps,
  TSpec extends OutputSpec<TDeps> | undefined = OutputSpec<TDeps> | undefined,
> {
  readonly deps?: TDeps
  /** Instead of the agent's. */
  readonly output?: TSpec
  readonly messageHistory?: readonly ModelMessageInput[]
  readonly deferredToolResults?: DeferredToolResults
  readonly model?: ModelInput
  readonly modelSettings?: SettingsLayer<TDeps>
  /** Added to the agent's. */
  readonly instructions?: Instruction<TDeps> | readonly Instruction<TDeps>[]
  /** Added to the agent's. */
  readonly toolsets?: readonly Toolset<TDeps>[]
  readonly retries?: Retries
  readonly endStrategy?: EndStrategy
  readonly usageLimits?: UsageLimits
  /** Usage to start from, or a meter to share with other runs. */
  readonly usage?: RunUsageInput | UsageMeter
  readonly metadata?: Metadata<TDeps>
  /** Default: a new UUIDv7. */
  readonly runId?: string
  /** `'new'` starts a new conversation. Default: the history's, else a new UUIDv7. */
  readonly conversationId?: string
  /** Cancels the run when aborted. */
  readonly signal?: AbortSignal
  /** The context of the run that this one belongs to: shares its usage and its signal. */
  readonly parent?: RunContext
  readonly maxConcurrency?: number
  /**
   * What becomes of calls that need approval or are answered from outside. `'end'`: the run ends with them as its output,
   * and another one goes on. `'wait'`: the run goes on once they are approved, denied or answered; see
   * `run.waitingFor`. Default `'end'`.
   */
  readonly deferred?: 'end' | 'wait'
  /** How long a call waits for that, in milliseconds. A tool's own `waitTimeoutMs` goes before it. Default: no limit. */
  readonly waitTimeoutMs?: number
  /**
   * What happens when nobody said anything in time. `'tell-model'`: the model is told so. `'fail'`: the step fails with
   * a `WaitExpiredError`, and going on waits once more. Default `'tell-model'`.
   */
  readonly onWaitExpired?: 'tell-model' | 'fail'
  /**
   * How long the run may take, in milliseconds, or that and how long each model request and each tool phase may. What
   * takes longer is cancelled and fails with a `DeadlinePassedError`. Default: no limit. A model request lasts until its
   * response is there, fallbacks and retries included; `modelSettings.timeoutMs` limits each of them.
   */
  readonly timeoutMs?: number | Timeouts
  /** Chooses the model of each request; `undefined` leaves it to `model`. */
  readonly selectModel?: SelectModel<TDeps>
  /** How long a cancelled step may take to settle with what it has, in milliseconds. Default 1,000. */
  readonly cancelGraceMs?: number
  /** Default: the time of the machine. */
  readonly clock?: Clock
  /** Where the run is saved, after each step and before each effect, so that another process can go on with it. */
  readonly store?: Store | KeepOptions
  /** Gets a view of this run's messages, also when it fails. */
  readonly capture?: RunCapture
  /** Observer of XState's inspection events, of this run's actor and those below it. */
  readonly inspect?: Inspector
}

/** What a run that was put away is given again, and what is changed about it. */
export interface ResumeOptions<
  TDeps,
  TSpec extends OutputSpec<TDeps> | undefined = OutputSpec<TDeps> | undefined,
> extends Omit<
  RunOptions<TDeps, TSpec>,
  'messageHistory' | 'deferredToolResults' | 'usage' | 'runId' | 'conversationId' | 'capture'
> {
  /** Differences between the snapshot and the agent that are no mistake. */
  readonly accept?: AcceptedDifferences
}

/** What a stored run is given again. */
export type LoadOptions<
  TDeps,
  TSpec extends OutputSpec<TDeps> | undefined = OutputSpec<TDeps> | undefined,
> = Omit<ResumeOptions<TDeps, TSpec>, 'store'> & {
  readonly store: Store | KeepOptions
  /** A lease of the run that the caller holds already, such as a worker's. Default: a new one. */
  readonly lease?: Lease
}

/** In what a snapshot may differ from the agent. */
export interface AcceptedDifferences {
  /** Tools by the name in the snapshot: what they are called now; `null` for those that are gone. */
  readonly tools?: Readonly<Record<string, string | null>>
  /** The output was declared otherwise. */
  readonly output?: boolean
  /** The agent had another name. */
  readonly agent?: boolean
}

/** Time limits in milliseconds. */
export interface Timeouts {
  readonly run?: number
  readonly modelRequest?: number
  readonly toolPhase?: number
}

/** What a run is asked; `null` lets it go on from its history alone. */
export type PromptInput = string | readonly UserContentInput[] | null
