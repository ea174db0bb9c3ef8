import { UserError } from '../errors/index.ts'
import {
  checkToolName,
  type PrepareTool,
  type RunContext,
  type Tool,
  type ToolDefinition,
} from '../tools/index.ts'
import { dynamicParts, instructionParts } from './instructions.ts'
import { checkDistinct, checkRenamed, type Renaming } from './names.ts'
import { steady } from './steady.ts'
import {
  type InstructionPart,
  type InstructionsResult,
  labelled,
  type Toolset,
  type ToolsetTool,
} from './toolset.ts'

/** A fixed text, or a function that makes it anew for every request. */
export type ToolsetInstruction<TDeps> =
  | string
  | ((ctx: RunContext<TDeps>) => InstructionsResult | Promise<InstructionsResult>)

/** What holds for all tools of the list. */
export interface FunctionToolsetOptions<TDeps> {
  readonly id?: string
  /** What errors call the toolset. Default: `functionToolset` and the id. */
  readonly label?: string
  /** For tools that set none themselves. Default: the agent's tool retries. */
  readonly maxRetries?: number
  /** For tools that set none themselves, in milliseconds. Default: the agent's `toolTimeoutMs`. */
  readonly timeoutMs?: number
  /** Goes with the tools, whichever of them are offered. */
  readonly instructions?: ToolsetInstruction<TDeps> | readonly ToolsetInstruction<TDeps>[]
}

/**
 * The toolset of a list of tools. Tools with `prepare` are asked anew in each step, all at once; the order stays.
 * @throws UserError when two tools have one name, and for what is no list of what `tool()` made
 */
export function functionToolset<TDeps = unknown>(
  tools: readonly Tool<TDeps>[],
  options: FunctionToolsetOptions<TDeps> = {},
): Toolset<TDeps> {
  const { id, label = labelled('functionToolset', id), instructions } = options
  checkTools(tools, label)
  checkDistinct(tools.map(({ definition }) => definition.name))
  const offers = tools.map((tool) => ({ tool: offer(tool, options), prepare: tool.prepare }))
  const offered = Object.freeze(offers.map(({ tool }) => tool))
  const hasPrepare = offers.some(({ prepare }) => prepare)
  return {
    id,
    label,
    toolNames: tools.map(({ definition }) => definition.name),
    tools: hasPrepare ? preparing(offers) : () => offered,
    ...(instructions !== undefined && {
      instructions: (ctx) => allInstructions(instructions, ctx),
    }),
  }
}

function checkTools(tools: unknown, label: string): void {
  if (!Array.isArray(tools)) {
    throw new UserError(`The tools of ${label} are not an array`, {
      hint: 'Write `tools: [tool({ … })]`',
    })
  }
  const index = tools.findIndex((one) => !isTool(one))
  if (index === -1) return
  throw new UserError(`tools[${index}] of ${label} is no tool`, {
    hint: 'Make it with `tool({ name, execute })`; a toolset goes under `toolsets`',
  })
}

/** By its shape: it may come from a copy of the package of its own. */
function isTool(value: unknown): boolean {
  const isObject = typeof value === 'object' && value !== null
  return isObject && 'definition' in value && 'execute' in value && 'inputSchema' in value
}

function offer<TDeps>(
  tool: Tool<TDeps>,
  defaults: FunctionToolsetOptions<TDeps>,
): ToolsetTool<TDeps> {
  const { inputSchema, onCrash, needsApproval, execute } = tool
  return Object.freeze({
    definition: withTimeout(tool.definition, defaults.timeoutMs),
    inputSchema,
    maxRetries: tool.maxRetries ?? defaults.maxRetries,
    onCrash,
    needsApproval,
    execute,
  })
}

function withTimeout(definition: ToolDefinition, timeoutMs: number | undefined): ToolDefinition {
  if (timeoutMs === undefined || definition.timeoutMs !== undefined) return definition
  return Object.freeze({ ...definition, timeoutMs })
}

interface Offer<TDeps> {
  readonly tool: ToolsetTool<TDeps>
  readonly prepare: PrepareTool<TDeps> | undefined
}

function preparing<TDeps>(offers: readonly Offer<TDeps>[]): Toolset<TDeps>['tools'] {
  let last: readonly ToolsetTool<TDeps>[] | undefined
  return async (ctx) => {
    const prepared = (await Promise.all(offers.map((one) => preparedOffer(one, ctx)))).flat()
    checkRenamed(prepared)
    return (last = steady(
      last,
      prepared.map(({ after }) => after),
    ))
  }
}

/** The tool as its `prepare` wants it in this step; empty when it leaves the tool out. */
async function preparedOffer<TDeps>(
  { tool, prepare }: Offer<TDeps>,
  ctx: RunContext<TDeps>,
): Promise<readonly Renaming<TDeps>[]> {
  if (prepare === undefined) return [{ before: tool, after: tool }]
  const definition = await prepare(ctx, tool.definition)
  if (definition === null) return []
  if (definition === tool.definition) return [{ before: tool, after: tool }]
  checkToolName(definition.name)
  return [{ before: tool, after: { ...tool, definition } }]
}

async function allInstructions<TDeps>(
  instructions: ToolsetInstruction<TDeps> | readonly ToolsetInstruction<TDeps>[],
  ctx: RunContext<TDeps>,
): Promise<readonly InstructionPart[]> {
  const list = [instructions].flat()
  const parts = list.map(async (one) =>
    typeof one === 'function' ? dynamicParts(await one(ctx)) : instructionParts(one),
  )
  return (await Promise.all(parts)).flat()
}
