import type { RunContext, ToolDefinition } from '../tools/index.ts'
import { oncePerList } from './steady.ts'
import type { Toolset, ToolsetTool } from './toolset.ts'
import { wrapping } from './wrapping.ts'

/** Whether a call needs a person's approval; `input` is what the tool's schema made of the arguments. */
export type NeedsApproval<TDeps> = (
  ctx: RunContext<TDeps>,
  definition: ToolDefinition,
  input: unknown,
) => boolean | Promise<boolean>

/**
 * Lets a person approve calls before they run: all of them, or those that `needsApproval` says yes to. What the tools
 * themselves ask for stays in force; external tools, which never run here, are left as they are.
 */
export function approvalRequiredToolset<TDeps>(
  inner: Toolset<TDeps>,
  needsApproval: NeedsApproval<TDeps> = () => true,
): Toolset<TDeps> {
  const guardAll = oncePerList((tools: readonly ToolsetTool<TDeps>[]) =>
    tools.map((tool) => guarded(tool, needsApproval)),
  )
  return wrapping('approvalRequiredToolset', inner, guardAll)
}

function guarded<TDeps>(
  tool: ToolsetTool<TDeps>,
  needsApproval: NeedsApproval<TDeps>,
): ToolsetTool<TDeps> {
  if (tool.definition.kind === 'external') return tool
  return {
    ...tool,
    needsApproval: async (input, ctx) =>
      (await needsApproval(ctx, tool.definition, input)) ||
      ((await tool.needsApproval?.(input, ctx)) ?? false),
  }
}
