import type { RunContext } from '../tools/index.ts'

/** Checks the final output: return it (changed or not), or throw `ModelRetry`. Runs in the order given. */
export type OutputValidator<TDeps, TOutput> = (
  output: TOutput,
  ctx: RunContext<TDeps>,
) => TOutput | Promise<TOutput>
