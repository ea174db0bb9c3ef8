import type { Schema } from '../schema/index.ts'
import type { OnCrash, RunContext, ToolDefinition } from '../tools/index.ts'

/** A text for the model's instructions; dynamic ones may differ from step to step and come after the static ones. */
export interface InstructionPart {
  readonly content: string
  readonly dynamic: boolean
}

/** A tool as a toolset offers it in one step. Combinators return changed copies. */
export interface ToolsetTool<TDeps = unknown> {
  readonly definition: ToolDefinition
  /** Checks and completes the model's arguments; absent for external tools means plain JSON Schema of the definition. */
  readonly inputSchema: Schema
  /** Retries the model gets; `undefined` means the agent's default. */
  readonly maxRetries: number | undefined
  readonly onCrash: OnCrash
  /** Asked after validation; `true` defers the call to a person unless it is approved already. */
  readonly needsApproval:
    | ((input: unknown, ctx: RunContext<TDeps>) => boolean | Promise<boolean>)
    | undefined
  readonly execute: (input: unknown, ctx: RunContext<TDeps>) => unknown
}

/**
 * A source of tools. Implement this, or use `functionToolset` and the combinators; an agent asks its toolsets anew in
 * each step, so what they offer may change during a run.
 */
export interface Toolset<TDeps = unknown> {
  /** Names the toolset in errors and snapshots. */
  readonly id?: string | undefined
  /** What errors call the toolset, such as `the agent`. Default: `toolset` and the id. */
  readonly label?: string | undefined
  /** The names of all its tools, where they are known beforehand; snapshots say that a run needs them. */
  readonly toolNames?: readonly string[] | undefined
  /** The tools of this step. Returning the same array as last time is cheapest. */
  tools(
    ctx: RunContext<TDeps>,
  ): readonly ToolsetTool<TDeps>[] | Promise<readonly ToolsetTool<TDeps>[]>
  /** Instructions that go with these tools; a string counts as static. */
  instructions?(ctx: RunContext<TDeps>): InstructionsResult | Promise<InstructionsResult>
  /** A toolset for one run, when it must not be shared between runs. Called once a run, before `open`. */
  forRun?(ctx: RunContext<TDeps>): Toolset<TDeps> | Promise<Toolset<TDeps>>
  /** Called once when a run first needs the tools, and once when the run is over or disposed of. */
  open?(): void | Promise<void>
  close?(): void | Promise<void>
}

/** One text, parts, or nothing to say. */
export type InstructionsResult = string | readonly InstructionPart[] | null | undefined

/** What errors call the toolset. */
export function labelOf<TDeps>(toolset: Toolset<TDeps>): string {
  return toolset.label ?? labelled('toolset', toolset.id)
}

/** The label of a toolset made by the function `maker`. */
export function labelled(maker: string, id: string | undefined): string {
  return id === undefined ? maker : `${maker} '${id}'`
}
