import type { Inspector } from '../run/index.ts'
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
  /** Gets a view of this run's messages, also when it fails. */
  readonly capture?: RunCapture
  /** Observer of XState's inspection events, of this run's actor and those below it. */
  readonly inspect?: Inspector
}

/** Time limits in milliseconds. */
export interface Timeouts {
  readonly run?: number
  readonly modelRequest?: number
  readonly toolPhase?: number
}

/** What a run is asked; `null` lets it go on from its history alone. */
export type PromptInput = string | readonly UserContentInput[] | null
