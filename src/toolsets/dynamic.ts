/**
 * A toolset that is made anew for each run or step.
 *
 * It owns the toolset it made last: opened before its first use, closed when another takes its place or the run is
 * over. It is told the step by the context of each call.
 *
 *   D1. Each run has its own; nothing of one run is seen in another.
 *   D2. In a step the factory is asked once, however often and however concurrently the tools are asked for; a factory
 *       or toolset that failed is asked again by the next call.
 *   D3. At most one made toolset is open; the old one is closed before the new one is opened.
 *   D4. A factory that gives the same toolset again keeps it open.
 */
import type { RunContext } from '../tools/index.ts'
import { labelled, type Toolset } from './toolset.ts'

/** Makes the toolset of a run or step; `null` for no tools. */
export type ToolsetFactory<TDeps> = (
  ctx: RunContext<TDeps>,
) => Toolset<TDeps> | null | Promise<Toolset<TDeps> | null>

/** How often the factory is asked. */
export interface DynamicToolsetOptions {
  /** Asks the factory in every step; `false` only in the first one of a run. Default `true`. */
  readonly perRunStep?: boolean
  readonly id?: string
}

/** What the factory gave, and what this run uses of it. */
interface Made<TDeps> {
  readonly given: Toolset<TDeps> | null
  readonly used: Toolset<TDeps> | null
}

/**
 * A toolset that depends on the run: `factory` makes it from the context. The toolsets it makes are opened and closed
 * here.
 */
export function dynamicToolset<TDeps>(
  factory: ToolsetFactory<TDeps>,
  options: DynamicToolsetOptions = {},
): Toolset<TDeps> {
  const { id, perRunStep = true } = options
  const nothing: Made<TDeps> = { given: null, used: null }
  let held = nothing
  let turn: { readonly step: number; readonly made: Promise<Made<TDeps>> } | undefined

  async function make(ctx: RunContext<TDeps>, before: Promise<unknown> | undefined) {
    await Promise.allSettled([before])
    const given = await factory(ctx)
    if (given === held.given) return held // D4
    await release()
    const used = (await given?.forRun?.(ctx)) ?? given
    await used?.open?.()
    return (held = { given, used })
  }

  function current(ctx: RunContext<TDeps>): Promise<Made<TDeps>> {
    if (turn !== undefined && (!perRunStep || turn.step === ctx.runStep)) return turn.made // D2
    const mine = { step: ctx.runStep, made: make(ctx, turn?.made) }
    turn = mine
    mine.made.catch(() => {
      if (turn === mine) turn = undefined
    })
    return mine.made
  }

  async function release(): Promise<void> {
    const { used } = held
    held = nothing
    await used?.close?.() // D3
  }

  return {
    id,
    label: labelled('dynamicToolset', id),
    tools: async (ctx) => (await current(ctx)).used?.tools(ctx) ?? [],
    instructions: async (ctx) => (await current(ctx)).used?.instructions?.(ctx),
    forRun: () => dynamicToolset(factory, options), // D1
    close: async () => {
      await Promise.allSettled([turn?.made])
      turn = undefined
      await release()
    },
  }
}
