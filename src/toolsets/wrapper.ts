import type { RunContext } from '../tools/index.ts'
import { oncePerList } from './steady.ts'
import type { Toolset, ToolsetTool } from './toolset.ts'
import { type ChangeTools, wrapping } from './wrapping.ts'

/**
 * Stands around the calls of a toolset's tools.
 * @param next runs the tool itself; give it the input, changed or not. Not calling it skips the tool.
 */
export type CallTool<TDeps> = (
  name: string,
  input: unknown,
  ctx: RunContext<TDeps>,
  next: (input: unknown) => Promise<unknown>,
) => unknown

/**
 * The base for combinators of your own: what is left out of `overrides` is the inner toolset's.
 * @param overrides `tools` gives the list of a step from the inner one's; `callTool` stands around each call of these.
 * The input has been validated already and is not validated again. External tools are never called.
 */
export function wrapperToolset<TDeps>(
  inner: Toolset<TDeps>,
  overrides: { readonly callTool?: CallTool<TDeps>; readonly tools?: ChangeTools<TDeps> },
): Toolset<TDeps> {
  const { callTool, tools: changeTools = (tools) => tools } = overrides
  if (callTool === undefined) return wrapping('wrapperToolset', inner, changeTools)
  const wrapAll = oncePerList((tools: readonly ToolsetTool<TDeps>[]) =>
    tools.map((tool) => wrapped(tool, callTool)),
  )
  return wrapping('wrapperToolset', inner, async (tools, ctx) =>
    wrapAll(await changeTools(tools, ctx)),
  )
}

function wrapped<TDeps>(tool: ToolsetTool<TDeps>, callTool: CallTool<TDeps>): ToolsetTool<TDeps> {
  const { name, kind } = tool.definition
  if (kind === 'external') return tool
  return {
    ...tool,
    execute: (input, ctx) =>
      callTool(name, input, ctx, async (nextInput) => tool.execute(nextInput, ctx)),
  }
}
