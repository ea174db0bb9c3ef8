import { tool, type RunContext, type Tool } from '../../src/tools/index.ts'
import type { Toolset, ToolsetTool } from '../../src/toolsets/index.ts'

/** A tool that answers with its own name. */
export function named(name: string): Tool {
  return tool({ name, execute: () => name })
}

export async function namesIn<TDeps>(toolset: Toolset<TDeps>, ctx: RunContext<TDeps>) {
  return (await toolset.tools(ctx)).map(({ definition }) => definition.name)
}

/** The tool of this name as the toolset offers it now. */
export async function toolIn<TDeps>(
  toolset: Toolset<TDeps>,
  name: string,
  ctx: RunContext<TDeps>,
): Promise<ToolsetTool<TDeps>> {
  const found = (await toolset.tools(ctx)).find(({ definition }) => definition.name === name)
  if (found === undefined) throw new Error(`There is no tool '${name}'`)
  return found
}

/** A toolset without tools that writes down its lifecycle; `failing` moments throw. */
export function logged(
  id: string,
  log: string[],
  failing: readonly ('open' | 'close')[] = [],
): Toolset {
  const enter = (moment: 'open' | 'close') => () => {
    log.push(`${moment} ${id}`)
    if (failing.includes(moment)) throw new Error(`${id} does not ${moment}`)
  }
  return { id, tools: () => [], open: enter('open'), close: enter('close') }
}
