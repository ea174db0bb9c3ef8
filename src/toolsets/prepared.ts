import { UserError } from '../errors/index.ts'
import type { RunContext, ToolDefinition } from '../tools/index.ts'
import { checkDistinct } from './names.ts'
import { steady } from './steady.ts'
import type { Toolset, ToolsetTool } from './toolset.ts'
import { wrapping } from './wrapping.ts'

/**
 * Changes in each step what the model is told about the tools: give back the definitions, changed or fewer or in
 * another order; `null` leaves all of them out. Arguments are still checked by the tool's own schema.
 * @throws UserError in a step, when `prepare` adds or renames a tool or gives one back twice
 */
export function preparedToolset<TDeps>(
  inner: Toolset<TDeps>,
  prepare: (
    ctx: RunContext<TDeps>,
    definitions: readonly ToolDefinition[],
  ) => readonly ToolDefinition[] | null | Promise<readonly ToolDefinition[] | null>,
): Toolset<TDeps> {
  let last: readonly ToolsetTool<TDeps>[] | undefined
  return wrapping('preparedToolset', inner, async (tools, ctx) => {
    const definitions = (await prepare(ctx, tools.map(definitionOf))) ?? []
    return (last = steady(last, steady(tools, matched(tools, definitions))))
  })
}

function matched<TDeps>(
  tools: readonly ToolsetTool<TDeps>[],
  definitions: readonly ToolDefinition[],
): readonly ToolsetTool<TDeps>[] {
  checkDistinct(definitions.map(({ name }) => name))
  const byName = new Map(tools.map((tool) => [tool.definition.name, tool]))
  return definitions.map((definition) => {
    const tool = byName.get(definition.name)
    if (tool === undefined) throw addedOrRenamed(definition.name)
    return tool.definition === definition ? tool : { ...tool, definition }
  })
}

function addedOrRenamed(name: string): UserError {
  return new UserError(`A \`prepare\` function cannot add or rename tools, and '${name}' is new`, {
    hint: 'Add tools with another toolset, and rename them with a `renamedToolset`',
  })
}

function definitionOf<TDeps>({ definition }: ToolsetTool<TDeps>): ToolDefinition {
  return definition
}
