import { UserError } from '../errors/index.ts'
import {
  cleanHistory,
  completeMessages,
  completeUserContent,
  type ModelMessage,
  type UserContent,
  type UserContentInput,
} from '../messages/index.ts'
import { type ModelInput, systemClock, toModel } from '../models/index.ts'
import { type OutputPlan, outputPlan } from '../output/index.ts'
import type { RunStart } from '../run/index.ts'
import type { EndStrategy, RunSetup, SettingsLayer } from '../steps/index.ts'
import { combinedToolset, type Toolset } from '../toolsets/index.ts'
import { UsageMeter } from '../usage/index.ts'
import type { RunBelow } from '../tools/index.ts'
import type { AgentPlan, PlainOptions } from './agent-plan.ts'
import { conversationIdFor, runIdFor } from './identity.ts'
import { isList, listOf } from './one-or-many.ts'
import type { PromptInput, Retries, RunOptions, Timeouts } from './options.ts'
import { termsOf } from './terms.ts'
import { withoutUndefined } from './without-undefined.ts'

/** The options of a run from all who gave some: what adds to one another in lists, of the rest the latest. */
export interface MergedOptions extends Omit<
  RunOptions<unknown>,
  'instructions' | 'toolsets' | 'modelSettings' | 'metadata'
> {
  readonly instructions: RunSetup['instructions']
  readonly toolsets: readonly Toolset[]
  readonly modelSettings: RunSetup['settings']
  readonly metadata: RunSetup['metadata']
}

/** Merges options, lowest first; what is `undefined` counts as left out. */
export function mergeOptions(...layers: readonly RunOptions<unknown>[]): MergedOptions {
  const given: readonly RunOptions<unknown>[] = layers.map((layer) => withoutUndefined(layer))
  const own = given.reduce<RunOptions<unknown>>((all, layer) => ({ ...all, ...layer }), {})
  return {
    ...own,
    instructions: given.flatMap(({ instructions }) => listOf(instructions)),
    toolsets: given.flatMap(({ toolsets }) => toolsets ?? []),
    modelSettings: given.flatMap(({ modelSettings }) => optional(modelSettings)),
    metadata: given.flatMap(({ metadata }) => optional(metadata)),
  }
}

/** How a run is driven. */
export interface DriveOptions {
  readonly drive: 'auto' | 'step'
  readonly onFailure: 'fail' | 'stay'
  /** Default `false`. */
  readonly isStreamed?: boolean
  /** For the run of an agent that is a tool. */
  readonly below?: RunBelow | undefined
}

/** What new runs and those that go on are made with alike. */
export type SetUp = Pick<
  RunStart,
  'setup' | 'meter' | 'clock' | 'signal' | 'relay' | 'inspect' | 'above'
> & {
  readonly timeouts: Timeouts
}

/** @throws {UserError} when the run cannot work */
export function setUpRun(
  plan: AgentPlan,
  options: MergedOptions,
  usage: MergedOptions['usage'],
): SetUp {
  const { clock = systemClock, parent, inspect } = options
  const timeouts = timeoutsFor(options.timeoutMs)
  return {
    setup: setupRun(plan, options, timeouts),
    meter: meterFor(plan, options, usage),
    clock,
    signal: bothSignals(options.signal, parent?.signal),
    relay: parent?.relay,
    inspect,
    above: parent?.actor,
    timeouts,
  }
}

function meterFor(
  plan: AgentPlan,
  { usageLimits, parent }: MergedOptions,
  usage: MergedOptions['usage'],
): UsageMeter {
  const isShared = usage instanceof UsageMeter
  const meterAbove = isShared ? usage : parent?.meter
  return new UsageMeter({
    usage: isShared ? undefined : usage,
    limits: usageLimits ?? plan.limits,
    parent: meterAbove,
  })
}

/** A new run. */
export interface NewRun {
  readonly plan: AgentPlan
  readonly prompt: PromptInput
  readonly options: MergedOptions
  /** The options of the run itself, without those of the agent and of `with`. */
  readonly own: RunOptions<unknown>
  readonly drive: DriveOptions
}

/** Everything that is decided before the first step. @throws {UserError} when the run cannot work */
export function startRun({ plan, prompt, options, own, drive }: NewRun): RunStart {
  const { clock = systemClock, deferredToolResults } = options
  const nowMs = clock.now()
  const history = cleanHistory(completeHistory(options.messageHistory, nowMs), {
    repairLast: false,
  })
  const setUp = setUpRun(plan, options, options.usage)
  const userPrompt = completePrompt(prompt)
  const { timeouts, meter, setup, signal, relay, inspect, above } = setUp
  return {
    setup,
    meter,
    clock,
    signal,
    relay,
    inspect,
    above,
    input: {
      drive: drive.drive,
      onFailure: drive.onFailure,
      deadline: timeouts.run === undefined ? null : { at: nowMs + timeouts.run },
      isStored: options.store !== undefined || drive.below?.isStored === true,
      runId: runIdFor(options.runId, history, nowMs),
      conversationId: conversationIdFor(options.conversationId, history, nowMs),
      metadata: null,
      messageCount: history.length,
      usage: meter.usage,
      node: {
        kind: 'user-prompt',
        userPrompt,
        ...(deferredToolResults && { deferredToolResults }),
      },
    },
    terms: termsOf(plan, [own], setup, meter),
    resumed: undefined,
    keep: keepFor(options),
    below: drive.below,
    history,
    isStreamed: drive.isStreamed ?? false,
  }
}

function setupRun(plan: AgentPlan, options: MergedOptions, timeouts: Timeouts): RunSetup {
  const { options: agent } = plan
  const settings = [...optional(agent.modelSettings), ...options.modelSettings]
  const model = modelFor(plan, options.model)
  refuseForcedTools([model.settings ?? {}, ...settings])
  const { deferred, waitTimeoutMs, onWaitExpired } = waiting(agent, options)
  return {
    agentName: agent.name,
    deps: options.deps,
    model,
    selectModel: options.selectModel ?? agent.selectModel,
    timeouts: { modelRequest: timeouts.modelRequest, toolPhase: timeouts.toolPhase },
    settings,
    instructions:
      options.instructions.length === 0
        ? plan.instructions
        : [...plan.instructions, ...options.instructions],
    systemPrompts: plan.systemPrompts,
    toolset: toolsetFor(plan, options.toolsets),
    output: outputFor(plan, options),
    validators: agent.outputValidators ?? [],
    retries: budgets(agent.retries, options.retries),
    endStrategy: endStrategyFor(options.endStrategy ?? agent.endStrategy),
    toolTimeoutMs:
      agent.toolTimeoutMs === undefined
        ? undefined
        : milliseconds('toolTimeoutMs', agent.toolTimeoutMs, 1),
    maxConcurrency: concurrency(options.maxConcurrency ?? agent.maxConcurrency),
    metadata: [...optional(agent.metadata), ...options.metadata],
    cancelGraceMs: milliseconds('cancelGraceMs', options.cancelGraceMs ?? 1_000, 0),
    deferred,
    waitTimeoutMs,
    onWaitExpired,
    renamedTools: noRenaming,
  }
}

const noRenaming: RunSetup['renamedTools'] = new Map()

function waiting(
  agent: PlainOptions,
  run: MergedOptions,
): Pick<RunSetup, 'deferred' | 'waitTimeoutMs' | 'onWaitExpired'> {
  const deferred = run.deferred ?? agent.deferred ?? 'end'
  const onWaitExpired = run.onWaitExpired ?? agent.onWaitExpired ?? 'tell-model'
  if (!['end', 'wait'].includes(deferred)) {
    throw new UserError(`\`deferred\` is '${deferred}'`, { hint: "Use 'end' or 'wait'" })
  }
  if (!['tell-model', 'fail'].includes(onWaitExpired)) {
    throw new UserError(`\`onWaitExpired\` is '${onWaitExpired}'`, {
      hint: "Use 'tell-model' or 'fail'",
    })
  }
  const timeoutMs = run.waitTimeoutMs ?? agent.waitTimeoutMs
  const waitTimeoutMs =
    timeoutMs === undefined ? undefined : milliseconds('waitTimeoutMs', timeoutMs, 1)
  return { deferred, onWaitExpired, waitTimeoutMs }
}

/** How a run is saved; `undefined`: not at all. */
export function keepFor({ store }: MergedOptions): RunStart['keep'] {
  if (store === undefined) return undefined
  return { options: 'store' in store ? store : { store } }
}

function completeHistory(
  messages: RunOptions<unknown>['messageHistory'],
  nowMs: number,
): readonly ModelMessage[] {
  if (messages === undefined) return []
  return completeMessages(messages, new Date(nowMs).toISOString())
}

export function completePrompt(prompt: PromptInput): string | readonly UserContent[] | null {
  if (prompt === null || typeof prompt === 'string') return prompt
  if (isList<UserContentInput>(prompt)) return prompt.map(completeUserContent)
  throw new UserError('The prompt is neither text nor a list of content', {
    hint: 'Pass a string, a list, or null to go on from the history alone',
  })
}

function modelFor({ model }: AgentPlan, given: ModelInput | undefined): RunSetup['model'] {
  if (given !== undefined) return toModel(given)
  if (model !== undefined) return model
  throw new UserError('`model` must either be set on the agent or included when calling it.', {
    hint: "For instance: new Agent({ model: 'openai:gpt-5.2' }), or agent.run(prompt, { model })",
  })
}

function toolsetFor({ toolset }: AgentPlan, added: readonly Toolset[]): Toolset {
  return added.length === 0 ? toolset : combinedToolset([toolset, ...added])
}

function outputFor(
  { options, output }: AgentPlan,
  { output: given }: Pick<RunOptions<unknown>, 'output'>,
): OutputPlan {
  if (given === undefined) return output
  if ((options.outputValidators ?? []).length > 0) {
    throw new UserError('Cannot set a custom run `output` when the agent has output validators')
  }
  return outputPlan(given)
}

function budgets(agent: Retries = {}, run: Retries = {}): RunSetup['retries'] {
  const [base, over] = [agent, run].map((retries) =>
    typeof retries === 'number' ? { tools: retries, output: retries } : retries,
  )
  const { tools = 1, output = 1 } = { ...base, ...over }
  for (const count of [tools, output]) {
    if (Number.isInteger(count) && count >= 0) continue
    throw new UserError(`\`retries\` is ${count}`, { hint: 'Give a whole number, 0 or more' })
  }
  return { tools, output }
}

function endStrategyFor(given: EndStrategy = 'graceful'): EndStrategy {
  if (['early', 'graceful', 'exhaustive'].includes(given)) return given
  throw new UserError(`\`endStrategy\` is '${given}'`, {
    hint: "Use 'early', 'graceful' or 'exhaustive'",
  })
}

/** @throws {UserError} for a number of milliseconds that is none, or below `least` */
function milliseconds(name: string, given: number, least: number): number {
  if (Number.isFinite(given) && given >= least) return given
  throw new UserError(`\`${name}\` is ${given}`, { hint: 'Give a number of milliseconds' })
}

function timeoutsFor(given: RunOptions<unknown>['timeoutMs']): Timeouts {
  const timeouts: Timeouts = typeof given === 'number' ? { run: given } : (given ?? {})
  for (const [name, ms] of Object.entries<number | undefined>({ ...timeouts })) {
    const isKnown = ['run', 'modelRequest', 'toolPhase'].includes(name)
    if (!isKnown) {
      throw new UserError(`\`timeoutMs.${name}\` is no time limit`, {
        hint: 'There are `run`, `modelRequest` and `toolPhase`',
      })
    }
    if (ms !== undefined) milliseconds(`timeoutMs.${name}`, ms, 1)
  }
  return timeouts
}

function concurrency(given = Number.POSITIVE_INFINITY): number {
  if (given >= 1) return given
  throw new UserError(`\`maxConcurrency\` is ${given}`, { hint: 'Give a number of 1 or more' })
}

/** A model that must always call a tool would never end the run. */
function refuseForcedTools(layers: readonly SettingsLayer<unknown>[]): void {
  const last = layers.findLast(
    (layer) => typeof layer !== 'function' && layer.toolChoice !== undefined,
  )
  const toolChoice = typeof last === 'object' ? last.toolChoice : undefined
  if (toolChoice === undefined || toolChoice === 'auto' || toolChoice === 'none') return
  const shown =
    toolChoice === 'required'
      ? `'required'`
      : `[${toolChoice.map((name) => `'${name}'`).join(', ')}]`
  throw new UserError(
    `\`tool_choice=${shown}\` prevents the agent from producing a final response because output tools are excluded.`,
    { hint: 'Give `modelSettings` as a function, which can force tools in some steps only' },
  )
}

function bothSignals(one?: AbortSignal, other?: AbortSignal): AbortSignal | undefined {
  return one && other ? AbortSignal.any([one, other]) : (one ?? other)
}

function optional<TValue>(value: TValue | undefined): readonly TValue[] {
  return value === undefined ? [] : [value]
}
