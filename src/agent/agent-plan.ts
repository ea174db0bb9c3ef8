import { toModel } from '../models/index.ts'
import { type OutputPlan, outputPlan, type OutputSpec } from '../output/index.ts'
import type { RunSetup } from '../steps/index.ts'
import { combinedToolset, functionToolset, type Toolset } from '../toolsets/index.ts'
import { type ResolvedLimits, resolveLimits } from '../usage/index.ts'
import { listOf } from './one-or-many.ts'
import type { AgentOptions } from './options.ts'

/** The agent's options once the types of deps and output have done their work. */
export type PlainOptions = AgentOptions<unknown, OutputSpec | undefined, unknown>

/** What an agent works out once for all its runs. */
export interface AgentPlan {
  readonly options: PlainOptions
  readonly toolset: Toolset
  readonly output: OutputPlan
  readonly model: RunSetup['model'] | undefined
  readonly instructions: RunSetup['instructions']
  readonly systemPrompts: RunSetup['systemPrompts']
  readonly limits: ResolvedLimits
}

/** @throws {UserError} when the options contradict each other */
export function planAgent(options: PlainOptions): AgentPlan {
  const { tools = [], toolsets = [], output, model } = options
  const own = functionToolset(tools, { label: 'the agent' })
  return {
    options,
    toolset: toolsets.length === 0 ? own : combinedToolset([own, ...toolsets]),
    output: outputPlan(output),
    model: model === undefined ? undefined : toModel(model),
    instructions: listOf(options.instructions),
    systemPrompts: listOf(options.systemPrompt),
    limits: resolveLimits(options.usageLimits),
  }
}
