import type { RunContext } from '../tools/index.ts'
import { labelOf, type Toolset, type ToolsetTool } from './toolset.ts'

/** What a combinator makes of the inner toolset's tools. */
export type ChangeTools<TDeps> = (
  tools: readonly ToolsetTool<TDeps>[],
  ctx: RunContext<TDeps>,
) => readonly ToolsetTool<TDeps>[] | Promise<readonly ToolsetTool<TDeps>[]>

/**
 * The toolset that offers the inner one's tools changed and passes on everything else. What the inner one does not
 * implement is absent here, too, so that a run can tell. `change` is shared between runs.
 */
export function wrapping<TDeps>(
  maker: string,
  inner: Toolset<TDeps>,
  change: ChangeTools<TDeps>,
): Toolset<TDeps> {
  const outer: Toolset<TDeps> = {
    id: inner.id,
    label: `${maker}(${labelOf(inner)})`,
    tools: (ctx) => {
      const tools = inner.tools(ctx)
      return 'then' in tools ? tools.then((ready) => change(ready, ctx)) : change(tools, ctx)
    },
    ...(inner.instructions && { instructions: (ctx) => inner.instructions?.(ctx) }),
    ...(inner.forRun && {
      forRun: async (ctx) => {
        const own = await inner.forRun?.(ctx)
        return own === undefined || own === inner ? outer : wrapping(maker, own, change)
      },
    }),
    ...(inner.open && { open: () => inner.open?.() }),
    ...(inner.close && { close: () => inner.close?.() }),
  }
  return outer
}
