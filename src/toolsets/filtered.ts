import type { RunContext, ToolDefinition } from '../tools/index.ts'
import { steady } from './steady.ts'
import type { Toolset, ToolsetTool } from './toolset.ts'
import { wrapping } from './wrapping.ts'

/** Offers the tools that `keep` says yes to; asked for every tool in every step, all at once. */
export function filteredToolset<TDeps>(
  inner: Toolset<TDeps>,
  keep: (ctx: RunContext<TDeps>, definition: ToolDefinition) => boolean | Promise<boolean>,
): Toolset<TDeps> {
  let last: readonly ToolsetTool<TDeps>[] | undefined
  return wrapping('filteredToolset', inner, async (tools, ctx) => {
    const kept = await Promise.all(tools.map(async (tool) => keep(ctx, tool.definition)))
    const offered = tools.filter((_, index) => kept[index])
    return (last = steady(last, steady(tools, offered)))
  })
}
