/// <reference lib="esnext.disposable" preserve="true" />
import { type SnapshotMismatch, UserError } from '../errors/index.ts'
import type { InferOutput, OutputSpec } from '../output/index.ts'
import {
  AgentMachine,
  type AgentMachineLogic,
  AgentRun,
  type AgentRunResult,
  AgentStream,
  type OnLeave,
  processName,
  RunHost,
  type RunStart,
} from '../run/index.ts'
import { readSnapshot, type SavedActor } from '../snapshot/index.ts'
import type { SchemaInput } from '../schema/index.ts'
import type { RunContext, Tool } from '../tools/index.ts'
import type { ChartActor } from '../toolsets/index.ts'
import { type AgentPlan, planAgent, type PlainOptions } from './agent-plan.ts'
import { asTool, type AsToolOptions, type PromptArguments } from './as-tool.ts'
import type { DecideArguments, Decision, PlainDecideOptions, PlainDecision } from './decide.ts'
import type {
  AgentOptions,
  LoadOptions,
  PromptInput,
  ResumeOptions,
  RunOptions,
} from './options.ts'
import { optionsBelow } from './options-below.ts'
import type { ReplayOptions, ReplayReport } from './time-travel/replay.ts'
import { findMismatches, resumeRun, type Resumption } from './resume.ts'
import { type DriveOptions, type MergedOptions, mergeOptions, startRun } from './run-setup.ts'
import { givenAnew, optionsFrom } from './terms.ts'
import type { ForkOptions } from './time-travel/fork.ts'

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

/** {@link RunArguments} of `resume`. */
export type ResumeArguments<
  TDeps,
  TSpec extends OutputSpec<TDeps> | undefined,
> = unknown extends TDeps
  ? [options?: ResumeOptions<TDeps, TSpec>]
  : [options: ResumeOptions<TDeps, TSpec> & { readonly deps: TDeps }]

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
  readonly machine: AgentMachineLogic<AgentMachineInput<TDeps> | undefined, TOutput>
  /**
   * Runs to the end.
   * @throws what a step threw, unwrapped; `AgentRun.of(error)` is the run, which can go on
   */
  run<const TSpec extends OutputSpec<TDeps> | undefined = undefined>(
    prompt: PromptInput,
    ...options: RunArguments<TDeps, TSpec>
  ): Promise<AgentRunResult<RunOutput<TSpec, TOutput>>>
  /**
   * Makes one choice for an actor of yours: the model is given the events that its chart accepts now, has to pick one,
   * and that one is sent. A guard that refuses it is a retry. Nothing is sent before the run is over.
   *
   * @throws {IllegalEventError} when the chart accepts nothing, or moved on while the model chose
   * @throws what the actor fails with, and as `run` does
   */
  decide<TActor extends ChartActor>(
    actor: TActor,
    ...options: DecideArguments<TDeps, TActor>
  ): Promise<Decision<TActor>>
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
  /**
   * The same run from where it was put away, in this process or another one. It rests: nothing happens before the first
   * `next`, and finished work is not done again.
   *
   * @param snapshot what `run.snapshot()` gave, through JSON or not
   * @throws {ValidationError} naming the place, for what is no snapshot
   * @throws {SnapshotVersionError} for one of a version that is not known
   * @throws {SnapshotMismatchError} when it does not fit this agent or these options; see `check`
   */
  resume<const TSpec extends OutputSpec<TDeps> | undefined = undefined>(
    snapshot: unknown,
    ...options: ResumeArguments<TDeps, TSpec>
  ): AgentRun<RunOutput<TSpec, TOutput>, TDeps>
  /**
   * The run of this id from its store, to be driven on by this process; it rests, with what came from outside meanwhile.
   *
   * @throws {RunNotFoundError}
   * @throws {RunLockedError} while another process drives it
   * @throws as `resume` does
   */
  load<const TSpec extends OutputSpec<TDeps> | undefined = undefined>(
    runId: string,
    options: LoadOptions<TDeps, TSpec>,
  ): Promise<AgentRun<RunOutput<TSpec, TOutput>, TDeps>>
  /**
   * A new run that begins where a stored one was, at any step that is kept, with what is to be otherwise. It belongs to
   * the same conversation, has an id of its own, and rests. The original is only read: it stays as it is, whoever drives it.
   *
   * @throws {RunNotFoundError}
   * @throws {StepNotFoundError} for a step that is not kept
   * @throws {UserError} for edits that do not fit the step; it says what is there
   * @throws as `resume` does
   */
  fork<const TSpec extends OutputSpec<TDeps> | undefined = undefined>(
    runId: string,
    options: ForkOptions<TDeps, TSpec>,
  ): Promise<AgentRun<RunOutput<TSpec, TOutput>, TDeps>>
  /**
   * Goes through a stored run once more with this agent as it is now, on the recorded responses and results, and tells
   * the first difference. No model is asked and no tool runs; other code of yours does: instructions, prompts,
   * settings, validators and output functions.
   *
   * @throws {RunNotFoundError}
   * @throws {SnapshotMismatchError} when options are missing that the run was given
   */
  replay(runId: string, options: ReplayOptions<TDeps>): Promise<ReplayReport>
  /**
   * What keeps a snapshot from being resumed by this agent with these options; empty when nothing does.
   *
   * @throws {ValidationError} naming the place, for what is no snapshot
   * @throws {SnapshotVersionError} for one of a version that is not known
   */
  check(snapshot: unknown, options?: ResumeOptions<TDeps>): readonly SnapshotMismatch[]
  /**
   * The agent as a tool of another one. Its run belongs to the call: it shares usage, limits and signal with the run
   * above, is put away and resumed with it, and what it waits for is asked there.
   *
   * @throws {UserError} without a name
   */
  asTool<TInput extends SchemaInput = PromptArguments>(
    options?: AsToolOptions<TDeps, TInput>,
  ): Tool<TDeps>
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
    this.machine = new AgentMachine({
      begin: (input) => this.#startMachine(input as AgentMachineInput<unknown> | undefined),
      revive: (actor) => this.#revive(actor),
    })
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

  async decide(actor: ChartActor, options: PlainDecideOptions = {}): Promise<PlainDecision> {
    const { decide } = await import('./decide.ts')
    return decide(this, actor, options)
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

  resume(snapshot: unknown, options: ResumeOptions<unknown> = {}): AgentRun {
    const resumption = this.#resumption(snapshot, options)
    return this.#openOn(new RunHost(resumeRun(resumption)), options)
  }

  check(snapshot: unknown, options: ResumeOptions<unknown> = {}): readonly SnapshotMismatch[] {
    return findMismatches(this.#resumption(snapshot, options))
  }

  async load(runId: string, { lease, ...options }: LoadOptions<unknown>): Promise<AgentRun> {
    const keep = 'store' in options.store ? options.store : { store: options.store }
    const { store, owner = processName(), leaseMs = 30_000 } = keep
    const held = lease ?? (await store.acquire(runId, { owner, ttlMs: leaseMs }))
    try {
      const { record, snapshot, messages } = await store.load(runId)
      const resumption = this.#resumption(Object.assign({}, snapshot, { messages }), {
        ...options,
        store: { ...keep, owner },
      })
      const { seq, forkedFrom } = record
      const kept = { lease: held, seq, log: resumption.saved.log }
      const run = this.#openOn(
        new RunHost(resumeRun({ ...resumption, stored: { kept, forkedFrom } })),
        options,
      )
      await run.reopen()
      return run
    } catch (error) {
      await store.release(held).catch(() => {}) // the error that keeps it from being loaded says more
      throw error
    }
  }

  async fork(runId: string, options: ForkOptions<unknown>): Promise<AgentRun> {
    const { forkRun } = await import('./time-travel/fork.ts')
    const start = await forkRun(runId, options, (...given) => this.#resumption(...given))
    return this.#openOn(new RunHost(start), {})
  }

  async replay(runId: string, options: ReplayOptions<unknown>): Promise<ReplayReport> {
    const { replayRun } = await import('./time-travel/replay.ts')
    return replayRun(runId, options, (...given) => this.#resumption(...given))
  }

  #resumption(snapshot: unknown, { accept = {}, ...options }: ResumeOptions<unknown>): Resumption {
    const saved = readSnapshot(snapshot)
    const own = [optionsFrom(saved.terms.options), givenAnew(options, saved.terms.options)]
    const { plan, given } = this.#overridden(mergeOptions(...this.#defaults, ...own))
    return {
      plan,
      saved,
      options: given,
      own,
      now: options,
      accept,
      drive: { drive: 'step', onFailure: 'stay' },
    }
  }

  asTool(options: AsToolOptions<unknown, SchemaInput> = {}): Tool {
    return asTool(this, options)
  }

  /** The run of a call of this agent as a tool: where an earlier try has left it, or a new one. */
  openBelow(prompt: () => PromptInput, ctx: RunContext): AgentRun {
    const { below } = ctx
    const options = optionsBelow(ctx, [this.#plan.options, ...this.#defaults])
    const accepted = below?.accept === undefined ? {} : { accept: below.accept }
    const drive = { drive: 'step', onFailure: 'stay', below } as const
    const start =
      below?.saved === undefined
        ? this.#start(prompt(), options, drive)
        : resumeRun({ ...this.#resumption(below.saved, { ...options, ...accepted }), drive })
    return this.#openOn(new RunHost(start), options)
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
    const run = AgentRun.begin(this.machine, host)
    const capturing = this.#defaults.findLast(({ capture }) => capture !== undefined)
    const capture = options.capture ?? capturing?.capture
    capture?.take(run)
    return run
  }

  #startMachine({
    prompt = null,
    onFailure = 'fail',
    ...run
  }: AgentMachineInput<unknown> = {}): RunStart {
    return this.#start(prompt, run, { drive: 'auto', onFailure })
  }

  /** A run whose actor was put away. Deps may come later: they are no part of what is saved. */
  #revive({ run, drive, onFailure }: SavedActor): RunStart {
    return resumeRun({
      ...this.#resumption(run, {}),
      drive: { drive, onFailure },
      mayLackDeps: true,
    })
  }

  #start(prompt: PromptInput, options: RunOptions<unknown>, drive: DriveOptions): RunStart {
    const merged = mergeOptions(...this.#defaults, options)
    const { plan, given } = this.#overridden(merged)
    return startRun({ plan, prompt, options: given, own: options, drive })
  }

  /** The agent and a run's options with the overrides in their place. */
  #overridden(given: MergedOptions): { readonly plan: AgentPlan; readonly given: MergedOptions } {
    if (this.#overrides.length === 0) return { plan: this.#plan, given }
    const overrides = this.#overrides.reduce((all, latest) => ({ ...all, ...latest }), {})
    const plan = planAgent({ ...this.#plan.options, ...overrides })
    return { plan, given: withoutOverridden(given, overrides) }
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
