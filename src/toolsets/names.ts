import { UserError } from '../errors/index.ts'
import type { ToolsetTool } from './toolset.ts'

/** @throws UserError when two of the names are equal */
export function checkDistinct(names: Iterable<string>): void {
  const seen = new Set<string>()
  for (const name of names) {
    if (seen.has(name)) throw new UserError(`Tool name conflicts with existing tool: '${name}'`)
    seen.add(name)
  }
}

/** A tool before and after it may have been given another name. */
export interface Renaming<TDeps> {
  readonly before: ToolsetTool<TDeps>
  readonly after: ToolsetTool<TDeps>
}

/** @throws UserError when a tool's new name is already that of another one */
export function checkRenamed<TDeps>(tools: readonly Renaming<TDeps>[]): void {
  const taken = new Set<string>()
  const renamed: (readonly [old: string, name: string])[] = []
  for (const { before, after } of tools) {
    const [old, name] = [before.definition.name, after.definition.name]
    if (old === name) taken.add(name)
    else renamed.push([old, name])
  }
  for (const [old, name] of renamed) {
    if (taken.has(name))
      throw new UserError(`Renaming tool '${old}' to '${name}' conflicts with existing tool`)
    taken.add(name)
  }
}
