import { UserError } from '../errors/index.ts'
import { outputModeOf, type OutputTool } from '../output/index.ts'
import type { ToolDefinition } from '../tools/index.ts'
import type { Toolset, ToolsetTool } from '../toolsets/index.ts'
import type { StepPorts } from './ports.ts'
import { StepContext } from './step-context.ts'

/** What a called name may stand for in one step. */
export type OfferedTool =
  | { readonly kind: 'output'; readonly tool: OutputTool }
  | { readonly kind: 'function' | 'external' | 'unapproved'; readonly tool: ToolsetTool }

/** The tools of one step, as the model was told about them. */
export interface StepTools {
  readonly step: number
  readonly byName: ReadonlyMap<string, OfferedTool>
  readonly functionTools: readonly ToolDefinition[]
  readonly outputTools: readonly ToolDefinition[]
  /** What they were made from; the same list again means the same tools. */
  readonly source: readonly ToolsetTool[]
}

/** The tools of a step: those prepared for it already, else asked of the toolset. */
export function toolsOfStep(ports: StepPorts, step: number): StepTools | Promise<StepTools> {
  const { memo } = ports
  return memo.tools?.step === step ? memo.tools : toolsOfRequest(ports, step)
}

/** The tools as they are offered now, also when a request is made again that has failed. */
export function toolsOfRequest(ports: StepPorts, step: number): StepTools | Promise<StepTools> {
  const toolset = ports.openToolset()
  if ('then' in toolset) return toolset.then((opened) => toolsFrom(ports, opened, step))
  return toolsFrom(ports, toolset, step)
}

function toolsFrom(
  ports: StepPorts,
  toolset: Toolset,
  step: number,
): StepTools | Promise<StepTools> {
  const source = toolset.tools(new StepContext(ports, { step }))
  if ('then' in source) return source.then((tools) => offerAgain(ports, tools, step))
  return offerAgain(ports, source, step)
}

function offerAgain(ports: StepPorts, source: readonly ToolsetTool[], step: number): StepTools {
  const { memo } = ports
  memo.tools = memo.tools?.source === source ? { ...memo.tools, step } : offer(ports, source, step)
  return memo.tools
}

/** Names that can be called, in the order in which the model is told of wrong ones. */
export function toolNames({ byName }: StepTools): readonly string[] {
  return [...byName.keys()].toSorted()
}

/** The tools of the last run that were made from a list: runs of one agent share them. */
const offered = new WeakMap<readonly ToolsetTool[], Offered>()

interface Offered {
  readonly outputs: readonly OutputTool[]
  readonly areOffered: boolean
  readonly tools: StepTools
}

function offer({ setup }: StepPorts, source: readonly ToolsetTool[], step: number): StepTools {
  const outputs = setup.output.tools
  const areOffered = outputModeOf(setup.output, setup.model.profile) === 'tool'
  const known = offered.get(source)
  if (known?.outputs === outputs && known.areOffered === areOffered) return { ...known.tools, step }
  const tools = makeTools(outputs, areOffered, source, step)
  offered.set(source, { outputs, areOffered, tools })
  return tools
}

function makeTools(
  outputs: readonly OutputTool[],
  areOffered: boolean,
  source: readonly ToolsetTool[],
  step: number,
): StepTools {
  const byName = new Map<string, OfferedTool>()
  for (const tool of outputs) byName.set(tool.definition.name, { kind: 'output', tool })
  for (const tool of source) byName.set(free(tool.definition, byName), { kind: kindOf(tool), tool })
  return {
    step,
    byName,
    functionTools: source.map((tool) => tool.definition),
    outputTools: areOffered ? outputs.map((tool) => tool.definition) : [],
    source,
  }
}

function free({ name }: ToolDefinition, byName: ReadonlyMap<string, OfferedTool>): string {
  if (!byName.has(name)) return name
  throw new UserError(`Tool name conflicts with existing tool: '${name}'`, {
    hint: 'Rename the tool, or wrap its toolset in `prefixedToolset`',
  })
}

function kindOf({ definition: { kind } }: ToolsetTool): 'function' | 'external' | 'unapproved' {
  return kind === 'output' ? 'function' : kind
}
