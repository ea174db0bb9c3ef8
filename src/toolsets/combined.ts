import { UserError } from '../errors/index.ts'
import type { RunContext } from '../tools/index.ts'
import { instructionParts } from './instructions.ts'
import { closeAll, openAll } from './lifecycle.ts'
import { checkDistinct } from './names.ts'
import { steady } from './steady.ts'
import { type InstructionPart, labelOf, type Toolset, type ToolsetTool } from './toolset.ts'

type ToolLists<TDeps> = readonly (readonly ToolsetTool<TDeps>[])[]

/**
 * All tools of several toolsets, in their order. They are asked all at once, opened one after another and closed in
 * reverse; when one cannot be opened, those before it are closed again. What no part implements is absent here, too.
 * @throws UserError in a step, when two tools have one name
 */
export function combinedToolset<TDeps>(
  toolsets: readonly Toolset<TDeps>[],
  options: { readonly id?: string } = {},
): Toolset<TDeps> {
  const { id } = options
  const join = joinedOnce(toolsets)
  const has = (what: keyof Toolset): boolean => toolsets.some((part) => part[what] !== undefined)
  const combined: Toolset<TDeps> = {
    id,
    label: `combinedToolset(${toolsets.map(labelOf).join(', ')})`,
    toolNames: toolsets.flatMap(({ toolNames }) => toolNames ?? []),
    tools: (ctx) => {
      const lists = toolsets.map((toolset) => toolset.tools(ctx))
      return areReady(lists) ? join(lists) : Promise.all(lists.map(async (list) => list)).then(join)
    },
    ...(has('instructions') && { instructions: (ctx) => allInstructions(toolsets, ctx) }),
    ...(has('forRun') && {
      forRun: async (ctx) => {
        const own = await Promise.all(toolsets.map(async (part) => part.forRun?.(ctx) ?? part))
        return steady(toolsets, own) === toolsets ? combined : combinedToolset(own, options)
      },
    }),
    ...((has('open') || has('close')) && {
      open: () => openAll(toolsets),
      close: () => closeAll(toolsets),
    }),
  }
  return combined
}

function areReady<TDeps>(
  lists: readonly ReturnType<Toolset<TDeps>['tools']>[],
): lists is ToolLists<TDeps> {
  return !lists.some((list) => 'then' in list)
}

/** Joins the lists; the same lists again give the same result again. */
function joinedOnce<TDeps>(
  toolsets: readonly Toolset<TDeps>[],
): (lists: ToolLists<TDeps>) => readonly ToolsetTool<TDeps>[] {
  let joined: readonly ToolsetTool<TDeps>[] | undefined
  let last: ToolLists<TDeps> | undefined
  return (lists) => {
    if (joined !== undefined && steady(last, lists) === last) return joined
    checkConflicts(toolsets, lists)
    last = lists
    joined = Object.freeze(lists.flat())
    return joined
  }
}

function checkConflicts<TDeps>(toolsets: readonly Toolset<TDeps>[], lists: ToolLists<TDeps>): void {
  const owners = new Map<string, Toolset<TDeps>>()
  for (const [index, toolset] of toolsets.entries()) {
    const names = (lists[index] ?? []).map(({ definition }) => definition.name)
    checkDistinct(names)
    for (const name of names) {
      const owner = owners.get(name)
      if (owner !== undefined) throw conflict(name, toolset, owner)
      owners.set(name, toolset)
    }
  }
}

function conflict<TDeps>(name: string, toolset: Toolset<TDeps>, owner: Toolset<TDeps>): UserError {
  const sides = `${labelOf(toolset)} defines a tool whose name conflicts with existing tool from ${labelOf(owner)}`
  return new UserError(`${sides}: '${name}'`, {
    hint: 'Rename the tool or wrap the toolset in a `prefixedToolset` to avoid name conflicts.',
  })
}

async function allInstructions<TDeps>(
  toolsets: readonly Toolset<TDeps>[],
  ctx: RunContext<TDeps>,
): Promise<readonly InstructionPart[]> {
  const said = await Promise.all(toolsets.map(async (toolset) => toolset.instructions?.(ctx)))
  return said.flatMap(instructionParts)
}
