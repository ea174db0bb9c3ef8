import { checkToolName } from '../tools/index.ts'
import { oncePerList } from './steady.ts'
import type { Toolset, ToolsetTool } from './toolset.ts'
import { wrapping } from './wrapping.ts'

/**
 * Puts `prefix_` before the name of each tool, as the model sees it.
 * @throws UserError when a step's tool gets a name that no provider takes
 */
export function prefixedToolset<TDeps>(inner: Toolset<TDeps>, prefix: string): Toolset<TDeps> {
  checkToolName(prefix)
  const prefixAll = oncePerList((tools: readonly ToolsetTool<TDeps>[]) =>
    tools.map((tool) => {
      const name = checkToolName(`${prefix}_${tool.definition.name}`)
      return { ...tool, definition: { ...tool.definition, name } }
    }),
  )
  return wrapping('prefixedToolset', inner, prefixAll)
}
