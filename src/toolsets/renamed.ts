import { UserError } from '../errors/index.ts'
import { checkToolName } from '../tools/index.ts'
import { checkRenamed } from './names.ts'
import { oncePerList } from './steady.ts'
import type { Toolset, ToolsetTool } from './toolset.ts'
import { wrapping } from './wrapping.ts'

/**
 * Gives tools other names. Old names that the inner toolset does not offer are passed over, since it may offer them in
 * another step.
 * @param names new name to old name
 * @throws UserError at once for a bad new name or an old one named twice; in a step when a new name is taken
 */
export function renamedToolset<TDeps>(
  inner: Toolset<TDeps>,
  names: Readonly<Record<string, string>>,
): Toolset<TDeps> {
  const newNames = byOldName(names)
  const renameAll = oncePerList((tools: readonly ToolsetTool<TDeps>[]) => {
    const renamed = tools.map((tool) => ({
      before: tool,
      after: rename(tool, newNames.get(tool.definition.name)),
    }))
    checkRenamed(renamed)
    return renamed.map(({ after }) => after)
  })
  return wrapping('renamedToolset', inner, renameAll)
}

function rename<TDeps>(tool: ToolsetTool<TDeps>, name: string | undefined): ToolsetTool<TDeps> {
  return name === undefined ? tool : { ...tool, definition: { ...tool.definition, name } }
}

function byOldName(names: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const newNames = new Map<string, string>()
  for (const [name, old] of Object.entries(names)) {
    if (newNames.has(old)) throw new UserError(`Tool '${old}' is given two new names`)
    newNames.set(old, checkToolName(name))
  }
  return newNames
}
