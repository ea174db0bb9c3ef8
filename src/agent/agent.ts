/// <reference lib="esnext.disposable" preserve="true" />
import { UserError } from '../errors/index.ts'
import type { InferOutput, OutputSpec } from '../output/index.ts'
import {
  AgentMachine,
  type AgentMachineLogic,
  AgentRun,
  type AgentRunResult,
  AgentStream,
  type OnLeave,
  RunHost,
  type RunStart,
} from '../run/index.ts'
import type { Tool } from '../tools/index.ts'
import type { AgentOptions, PromptInput, RunOptions } from './options.ts'
import {
  type AgentPlan,
  type DriveOptions,
  type MergedOptions,
  mergeOptions,
  planAgent,
  type PlainOptions,
  startRun,
} from './run-setup.ts'

/** The options of a run: required when the agent has deps that were not bound. */
export type RunArguments<TDeps, TSpec extends OutputSpec<TDeps> | undefined> = unknown extends TDeps
  ? [options?: RunOptions<TDeps, TSpec>]
  : [options: RunOptions<TDeps, TSpec> & { readonly deps: TDeps }]

/** {@link RunArguments} of `stream`. */
export type StreamArguments<
  TDeps,
  TSpec extends OutputSpec<TDeps> | undefined,
> = unknown extends TDeps
  ? [options?: RunOptions<TDeps, TSpec> & StreamOptions]
  : [options: RunOptions<TDeps, TSpec> & StreamOptions & { readonly deps: TDeps }]

/** What only streams know. */
export interface StreamOptions {
  /** What becomes of the run when its last reader leaves early. Default `'continue'`: it goes on unobserved. */
  readonly onLeave?: OnLeave
}

/** What a run with its own `output` ends with; without one, the agent's output. */
export type RunOutput<TSpec, TOutput> = [TSpec] extends [undefined] ? TOutput : InferOutput<TSpec>

/** What an agent is given when it runs as a machine. */
export type AgentMachineInput<TDeps> = RunOptions<TDeps, undefined> & {
  /** Default: none. */
  readonly prompt?: PromptInput
  /** Default `'fail'`: the actor ends with the error. `'stay'` rests, and `next` tries again. */
  readonly onFailure?: 'fail' | 'stay'
}

/** What `override` can replace. */
export interface AgentOverrides<TDeps> extends Pick<
  AgentOptions<TDeps, undefined, never>,
  'model' | 'modelSettings' | 'instructions' | 'toolsets' | 'usageLimits'
> {
  readonly deps?: TDeps
  readonly tools?: readonly Tool<TDeps>[]
}

/** Puts an agent back as it was; also what `using` calls. */
export interface Restore extends Disposable {
  readonly restore: () => void
}

/**
 * A configured agent: model, instructions, tools, output. Immutable and cheap to share; every run has a state of its own.
 */
export interface Agent<TDeps = unknown, TOutput = string> {
  readonly name: string | undefined
  readonly description: string | undefined
  /** The agent as an XState machine, to invoke, spawn or create an actor of. */
  readonly machine: AgentMachineLogic<AgentMachineInput<TDeps>, TOutput>
  /**
   * Runs to the end.
   * @throws what a step threw, unwrapped; `AgentRun.of(error)` is the run, which can go on
   */
  run<const TSpec extends OutputSpec<TDeps> | undefined = undefined>(
    prompt: PromptInput,
    ...options: RunArguments<TDeps, TSpec>
  ): Promise<AgentRunResult<RunOutput<TSpec, TOutput>>>
  /**
   * Starts a run to be driven node by node; nothing happens before the first `next`.
   * @throws {UserError} when the run cannot work
   */
  iter<const TSpec extends OutputSpec<TDeps> | undefined = undefined>(
    prompt: PromptInput,
    ...options: RunArguments<TDeps, TSpec>
  ): AgentRun<RunOutput<TSpec, TOutput>, TDeps>
  /**
   * Runs to the end and tells of it on the way. The run begins at once; read its events or one of the narrower views,
   * or wait for `output`.
   * @throws {UserError} when the run cannot work
   */
  stream<const TSpec extends OutputSpec<TDeps> | undefined = undefined>(
    prompt: PromptInput,
    ...options: StreamArguments<TDeps, TSpec>
  ): AgentStream<RunOutput<TSpec, TOutput>, TDeps>
  /** The same agent with options that hold for all its runs, such as deps; those of a run go before them. */
  with(defaults: RunOptions<TDeps, undefined> & { readonly deps: TDeps }): Agent<unknown, TOutput>
  with(defaults: RunOptions<TDeps, undefined>): Agent<TDeps, TOutput>
  /**
   * Replaces parts of the agent, and of those made from it by `with`, for every run that is started until it is restored,
   * over the runs' own options. What several overrides say of one part, the latest says. Meant for tests: `const { restore } = agent.override({ model: new TestModel() })`.
   */
  override(overrides: AgentOverrides<TDeps>): Restore
}

/** `new Agent(options)`, with the type of the output inferred from the options. */
export interface AgentConstructor<TDeps = unknown> {
  /** @throws {UserError} when the options contradict each other */
  new <const TSpec extends OutputSpec<TDeps> | undefined = undefined>(
    options: AgentOptions<TDeps, TSpec, InferOutput<TSpec>>,
  ): Agent<TDeps, InferOutput<TSpec>>
}

/** What an agent is once the types of its deps and output have done their work. */
class ConfiguredAgent {
  readonly name: string | undefined
  readonly description: string | undefined
  readonly machine: AgentMachine
  readonly #plan: AgentPlan
  /** Lowest first. */
  readonly #defaults: readonly RunOptions<unknown>[]
  /** Latest last; one list for an agent and those made from it by `with`. */
  readonly #overrides: AgentOverrides<unknown>[]

  constructor(
    options: PlainOptions,
    defaults: readonly RunOptions<unknown>[] = [],
    plan: AgentPlan = planAgent(options),
    overrides: AgentOverrides<unknown>[] = [],
  ) {
    this.name = options.name
    this.description = options.description
    this.#plan = plan
    this.#defaults = defaults
    this.#overrides = overrides
    this.machine = new AgentMachine((input) =>
      this.#startMachine(input as AgentMachineInput<unknown>),
    )
  }

  async run(prompt: PromptInput, options: RunOptions<unknown> = {}): Promise<AgentRunResult> {
    const run = this.#open(prompt, options, 'auto')
    try {
      return await run.finish()
    } catch (error) {
      await Promise.allSettled([run.release()]) // what closing throws hides no error of the run
      throw error
    }
  }

  iter(prompt: PromptInput, options: RunOptions<unknown> = {}): AgentRun {
    return this.#open(prompt, options, 'step')
  }

  stream(prompt: PromptInput, options: RunOptions<unknown> & StreamOptions = {}): AgentStream {
    const { onLeave = 'continue', ...given } = options
    if (!['continue', 'cancel'].includes(onLeave)) {
      throw new UserError(`\`onLeave\` is '${onLeave}'`, { hint: "Use 'continue' or 'cancel'" })
    }
    const start = this.#start(prompt, given, { drive: 'auto', onFailure: 'stay', isStreamed: true })
    const host = new RunHost(start)
    return new AgentStream(() => this.#openOn(host, given), host, onLeave)
  }

  with(defaults: RunOptions<unknown>): ConfiguredAgent {
    const layers = [...this.#defaults, defaults]
    return new ConfiguredAgent(this.#plan.options, layers, this.#plan, this.#overrides)
  }

  override(overrides: AgentOverrides<unknown>): Restore {
    planAgent({ ...this.#plan.options, ...overrides }) // what cannot work is refused here
    const entry = { ...overrides }
    this.#overrides.push(entry)
    const restore = () => {
      const index = this.#overrides.indexOf(entry)
      if (index >= 0) this.#overrides.splice(index, 1)
    }
    return { restore, [Symbol.dispose]: restore }
  }

  #open(prompt: PromptInput, options: RunOptions<unknown>, drive: DriveOptions['drive']): AgentRun {
    const start = this.#start(prompt, options, { drive, onFailure: 'stay' })
    return this.#openOn(new RunHost(start), options)
  }

  #openOn(host: RunHost, options: RunOptions<unknown>): AgentRun {
    const run = new AgentRun(this.machine, host)
    const capturing = this.#defaults.findLast(({ capture }) => capture !== undefined)
    const capture = options.capture ?? capturing?.capture
    capture?.take(run)
    return run
  }

  #startMachine({
    prompt = null,
    onFailure = 'fail',
    ...run
  }: AgentMachineInput<unknown>): RunStart {
    return this.#start(prompt, run, { drive: 'auto', onFailure })
  }

  #start(prompt: PromptInput, options: RunOptions<unknown>, drive: DriveOptions): RunStart {
    const given = mergeOptions(...this.#defaults, options)
    if (this.#overrides.length === 0) return startRun(this.#plan, prompt, given, drive)
    const overrides = this.#overrides.reduce((all, latest) => ({ ...all, ...latest }), {})
    const plan = planAgent({ ...this.#plan.options, ...overrides })
    return startRun(plan, prompt, withoutOverridden(given, overrides), drive)
  }
}

/** A run's own options where an override does not take their place. */
function withoutOverridden(
  { model, usageLimits, ...given }: MergedOptions,
  overrides: AgentOverrides<unknown>,
): MergedOptions {
  return {
    ...given,
    ...(model !== undefined && !('model' in overrides) && { model }),
    ...(usageLimits !== undefined && !('usageLimits' in overrides) && { usageLimits }),
    ...('deps' in overrides && { deps: overrides.deps }),
    modelSettings: 'modelSettings' in overrides ? [] : given.modelSettings,
    instructions: 'instructions' in overrides ? [] : given.instructions,
    toolsets: 'toolsets' in overrides ? [] : given.toolsets,
  }
}

/** The constructor for one type of deps. */
export function agentConstructor<TDeps>(): AgentConstructor<TDeps> {
  // The types above say what callers may pass and get; behind them deps and outputs are only handed through.
  return ConfiguredAgent as unknown as AgentConstructor<TDeps>
}

/** Makes agents; see {@link AgentOptions}. */
export const Agent: AgentConstructor = agentConstructor<unknown>()
